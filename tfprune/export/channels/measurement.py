"""The constants that channels hold, as a runtime computes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.channels.binding import Read
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.isolated_interpreter import temporary_file
from tfprune.export.running.trial_runs import TrialRuns
from tfprune.graph.channels import Mask

# Kernels add up floats in different orders.
ROUNDING = 1e-6


def measure(
    model: FlatbufferModel, reads: Sequence[Read], trials: TrialRuns
) -> dict[Read, np.ndarray]:
    """Runs a model on random inputs and looks at its inner tensors.

    It runs with the kernels of LiteRT's default delegate and without: what
    is put in the place of a constant then is the same to the last bit for
    both.

    Args:
        model: The model; it is not changed.
        reads: Sums over channels of its main subgraph.
        trials: Runs it.

    Returns:
        By read, one number for each of its channels: what is stored less the
        zero point; NaN where the channel is not constant.

    Raises:
        InvalidInputError: When LiteRT cannot run the model.
    """
    if not reads:
        return {}
    wanted = list(dict.fromkeys(read.source.tensor for read in reads))
    places = {tensor: place for place, tensor in enumerate(wanted)}
    main = replace(model.main, outputs=wanted)
    shown = FlatbufferModel([main, *model.subgraphs[1:]])
    seen: dict[Read, Seen] = {}
    with temporary_file(serialize(shown)) as path:
        for outputs in trials.of(path, shown):
            for read in reads:
                tensor = read.source.tensor
                values = outputs[places[tensor]]
                if values.shape != tensor.shape or not values.size:
                    raise InvalidInputError(
                        f"LiteRT computes the shape {values.shape} for "
                        f"'{tensor.name}', which has {tensor.shape}."
                    )
                rows = values.reshape(-1, len(read.ids))
                seen[read] = seen.get(read, Seen.of(rows)).with_rows(rows)
    found = {}
    for read, each in seen.items():
        # A proof that the runtime contradicts is none.
        same = read.constant & each.is_constant
        point = read.source.tensor.zero_point() or 0
        values = each.first.astype(np.float64) - point
        found[read] = np.where(same, values, np.nan)
    return found


@dataclass(frozen=True)
class Seen:
    """What the channels of a tensor held, over all runs and positions.

    Attributes:
        first: What was seen first, stored: shape `(channels,)`.
        lower: The least.
        upper: The greatest.
    """

    first: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> "Seen":
        """What the first of some rows holds."""
        return cls(rows[0].copy(), rows[0], rows[0])

    def with_rows(self, rows: np.ndarray) -> "Seen":
        """The same with more rows."""
        return replace(
            self,
            lower=np.minimum(self.lower, rows.min(axis=0)),
            upper=np.maximum(self.upper, rows.max(axis=0)),
        )

    @property
    def is_constant(self) -> Mask:
        """Which held one number: integers to the bit, floats rounded."""
        if self.first.dtype.kind != "f":
            return np.asarray(self.lower == self.upper)
        finite = np.isfinite(self.lower) & np.isfinite(self.upper)
        lower = np.where(finite, self.lower, 0.0)
        upper = np.where(finite, self.upper, 0.0)
        scale = max(float(np.abs([lower, upper]).max(initial=0.0)), 1.0)
        return finite & (upper - lower <= ROUNDING * scale)
