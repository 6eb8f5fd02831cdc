"""A kernel that a layer quantizes, and what is left of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import keras
import numpy as np

from tfprune.graph.binding import Binding, Substitute, UncoveredError
from tfprune.graph.channels import Ids, Mask
from tfprune.layers import InputScale, QuantConv2DTranspose
from tfprune.layers.rounded_bias import rounded_bias
from tfprune.quantizers import Quantizer, SubsetQuantizer


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel that is quantized.

    Attributes:
        name: Attribute of the layer that leads to it.
        attribute: Attribute that holds its quantizer.
        quantizer: The quantizer.
        inputs: Ids along the last axis but one, as the quantizer gets it;
            none where that axis carries no channels.
        filters: Ids along the last axis.
    """

    name: str
    attribute: str
    quantizer: Quantizer
    inputs: Ids
    filters: Ids

    @classmethod
    def of(
        cls, layer: Any, name: str, attribute: str, binding: Binding
    ) -> "Iterator[Kernel]":
        """The kernel of a name, if the layer quantizes it."""
        found = getattr(layer, attribute)
        if found is None:
            return
        rank = len(attrgetter(name)(layer).shape)
        ids = {x.axis % rank: x.ids for x in binding.axes if x.weight == name}
        first, last = ids.get(rank - 2), ids.get(rank - 1)
        nothing = np.zeros(0, np.int64)
        if last is None:
            # Each channel has filters of its own.
            first, last = None, np.repeat(ids[rank - 2], layer.depth_multiplier)
        elif isinstance(layer, QuantConv2DTranspose):
            first, last = last, ids[rank - 2]
        inputs = nothing if first is None else first
        yield cls(name, attribute, found, inputs, last)

    @property
    def whole(self) -> bool:
        """Whether removing channels changes more than a slice."""
        statistics = self.quantizer.statistics != "none"
        return statistics or not self.quantizer.keeps_zero

    def part(self, kept: Mask) -> Quantizer:
        """The quantizer of the kept part, at the full size.

        Args:
            kept: For the input channels and then for the filters whether they
                are kept.
        """
        count = len(self.inputs)
        return SubsetQuantizer(
            self.quantizer,
            kept[:count].tolist() if count else None,
            kept[count:].tolist(),
        )


def check_part(kernel: Kernel) -> None:
    """Refuses a quantizer whose kept part cannot be told.

    Raises:
        UncoveredError: With the reason.
    """
    if isinstance(kernel.quantizer, SubsetQuantizer):
        raise UncoveredError("stands for a layer that lost channels")
    if kernel.whole and kernel.quantizer.weights:
        raise UncoveredError(
            f"its {type(kernel.quantizer).__name__} has weights and does not "
            "keep zeros, or takes statistics"
        )


def as_multiplied(layer: Any, kernel: Kernel, values: Any) -> Any:
    """A kernel, given as it is stored, as the layer multiplies by it."""
    factor = layer.kernel_rates.of(kernel.name)
    latent = keras.ops.convert_to_tensor((factor * values).astype("float32"))
    quantized = kernel.quantizer(layer.filters_last(kernel.name, latent))
    back = layer.filters_back(quantized, tuple(values.shape))
    return np.asarray(keras.ops.convert_to_numpy(back), "float64")


def as_added(layer: Any, values: Any, range_scale: float | None) -> Any:
    """A bias, given as it is stored, as the layer adds it."""
    bias = keras.ops.convert_to_tensor(values.astype("float32"))
    added = rounded_bias(bias, layer.bias_scale(range_scale))
    return np.asarray(keras.ops.convert_to_numpy(added), "float64")


def substitute(
    layer: Any, kernels: Sequence[Kernel], scaled: Ids | None = None
) -> Substitute | None:
    """The layer that quantizes without the dropped channels.

    Args:
        layer: The layer.
        kernels: Its quantized kernels.
        scaled: Ids of the input channels, if their magnitudes are counted.
    """
    whole = [x for x in kernels if x.whole]
    parts = [np.concatenate([x.inputs, x.filters]) for x in whole]
    if scaled is not None:
        parts.append(scaled)
    if not parts:
        return None
    ends = np.cumsum([len(x) for x in parts])[:-1]

    def make(kept: Mask) -> Any:
        pieces = np.split(kept, ends)
        config = dict(layer.get_config())
        for kernel, piece in zip(whole, pieces, strict=False):
            config[kernel.attribute] = keras.saving.serialize_keras_object(
                kernel.part(piece)
            )
        if scaled is not None:
            config["input_scale"] = InputScale(pieces[-1].tolist())
        return type(layer).from_config(config)

    return Substitute(np.concatenate(parts), make)
