"""Shows epoch by epoch what becomes sparse."""

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfprune.atomic_file import atomic_path
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.callbacks.proximal_of import proximal_or_none
from tfprune.callbacks.stripped import stripped
from tfprune.errors import InvalidInputError
from tfprune.graph import trace


class SparsityHistory(keras.callbacks.Callback):
    """Records the channels that are left after each epoch, and what they cost.

    The parts of the MACs and parameters that `tfprune.strip` would leave at
    the time, the sum of the penalties and their scale go to the logs:
    `History`, the progress bar, and a `keras.callbacks.TensorBoard` or
    `CSVLogger` that comes later in the list of callbacks all show them. What is
    left of each group of channels goes to `records` and to a file of JSON
    lines, which `tfprune.plot_sparsity` draws.

    A record is plain data: `epoch` (from 1 on), `live_macs` and
    `live_parameters` (parts of the model's, by the rules of
    `tfprune.dead_channels`: a scale of zero whose shift padding keeps from
    being absorbed is alive), `penalty` (of the weights, at a
    scale of 1), `penalty_scale` where there is one, the numbers of the logs (a
    list where a metric has several), and `groups`, by name: `width`, `live`,
    and `norms`, the least, median and largest size of its channels. The size
    of a channel is the norm of its penalized weights; with gates, what the
    channel is multiplied by.

    Args:
        path: File that gets one line of JSON an epoch; it is whole after each.
            A run that goes on at a later epoch keeps the lines before it.
        verbose: 1 for a line in the terminal after each epoch.

    Raises:
        InvalidInputError: When training begins and no penalty or gate closes
            channels.
        TfpruneError: When a weight is not a number any more.

    Example:

    ```python
    history = tfprune.callbacks.SparsityHistory("sparsity.jsonl")
    model.fit(x_train, y_train, epochs=20, callbacks=[controller, history])
    tfprune.plot_sparsity("sparsity.jsonl", "sparsity.png")
    ```
    """

    def __init__(
        self, path: str | Path | None = None, *, verbose: int = 0
    ) -> None:
        super().__init__()
        self.path = None if path is None else Path(path)
        self.verbose = verbose
        self.records: list[dict[str, Any]] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Traces the model.

        Raises:
            InvalidInputError: When no penalty or gate closes channels.
        """
        model = self.model
        graph = trace(model)
        self._channels = LiveChannels(graph, "macs")
        self._parameters = LiveChannels(graph, "parameters")
        self._proximal = proximal_or_none(model.optimizer)
        self._started = False
        self._said = ""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Reads what an interrupted run has recorded."""
        self._say()
        if not self._started:
            self._started = True
            before = self.records
            if self.path is not None and epoch > 0 and self.path.exists():
                before = read_records(self.path)
            self.records = [x for x in before if x["epoch"] <= epoch]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds a record, and numbers to the logs."""
        # Under JAX the variables hold what training has made of them only
        # once the model is asked for.
        self.model  # noqa: B018
        logs = {} if logs is None else logs
        # Before anything is counted: it refuses what is no number.
        self._channels.travel(epoch)
        alive = stripped(self._channels.graph)
        logs["live_macs"] = self._channels.share(alive)
        logs["live_parameters"] = self._parameters.share(alive)
        logs["penalty"] = self._channels.penalty()
        if self._proximal is not None:
            scale = keras.ops.convert_to_numpy(self._proximal.penalty_scale)
            logs["penalty_scale"] = float(scale)
        groups = {}
        for one, sizes in zip(
            self._channels.steered, self._channels.sizes(), strict=True
        ):
            groups[one.group.name] = {
                "width": one.group.width,
                "live": int(alive[one.group.labels].sum()),
                "norms": np.quantile(sizes, [0, 0.5, 1]).tolist(),
            }
        numbers = {name: plain(value) for name, value in logs.items()}
        self.records.append({"epoch": epoch + 1, **numbers, "groups": groups})
        if self.path is not None:
            write_records(self.path, self.records)
        if self.verbose:
            self._said = f"{line(self.records[-1])}\n"

    def on_train_end(self, logs: Any = None) -> None:
        """Prints the last line."""
        self._say()

    def _say(self) -> None:
        """Prints what there is to say, between two progress bars of Keras."""
        sys.stdout.write(self._said)
        self._said = ""


def plain(value: Any) -> float | list[Any]:
    """A number as a float; those of a metric with one for each class, a list.

    Args:
        value: What the logs hold.
    """
    array = keras.ops.convert_to_numpy(value)
    return float(array) if array.ndim == 0 else array.tolist()


def line(record: dict[str, Any]) -> str:
    """A record in one line of text."""
    groups = ", ".join(
        f"{name} {x['live']}/{x['width']}"
        for name, x in record["groups"].items()
    )
    return (
        f"Epoch {record['epoch']}: {record['live_macs']:.1%} of the MACs, "
        f"{record['live_parameters']:.1%} of the parameters left: {groups}"
    )


def write_records(path: Path, records: list[dict[str, Any]]) -> None:
    """Writes one line of JSON a record."""
    with atomic_path(path) as beside:
        beside.write_text(
            "".join(f"{json.dumps(x)}\n" for x in records), encoding="utf-8"
        )


def read_records(path: str | Path) -> list[dict[str, Any]]:
    """Reads the records of a run.

    Args:
        path: File that `SparsityHistory` wrote.

    Raises:
        InvalidInputError: When it is no such file.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        records = [json.loads(x) for x in lines]
        if not all("groups" in x and "epoch" in x for x in records):
            raise ValueError("a line is no record")
    except (OSError, ValueError, TypeError) as error:
        raise InvalidInputError(
            "Expected a file that tfprune.callbacks.SparsityHistory wrote. "
            f"Received: '{path}' ({error})."
        ) from None
    return records
