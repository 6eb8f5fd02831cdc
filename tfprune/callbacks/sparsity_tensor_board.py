"""Shows in TensorBoard what becomes sparse."""

from pathlib import Path
from typing import Any

import keras

from tfprune.callbacks.event_file import EventFile
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.callbacks.proximal_of import proximal_or_none
from tfprune.callbacks.stripped import stripped
from tfprune.errors import InvalidInputError
from tfprune.graph import trace


class SparsityTensorBoard(keras.callbacks.Callback):
    """Writes the channels of each group for TensorBoard, epoch by epoch.

    It adds a run `sparsity` beside those that `keras.callbacks.TensorBoard`
    makes in the same folder, which shows the loss, metrics and whatever else
    is in the logs. The run has

    - `left/macs` and `left/parameters`: the parts of the model that stripping
      would leave;
    - `width/<group>`: how many channels of a group it would leave;
    - `norm/<group>`: how large its channels are, as a distribution of the
      norms of their penalized weights; for those with gates `opening/<group>`:
      what the gates multiply them by;
    - `penalty/all` and `penalty/scale`: the sum of the penalties at a scale
      of 1, and their scale; `penalty/<group>` where
      `tfprune.callbacks.UpdateCosts` weighs them.

    It needs the package `tensorboard` (`pip install 'tfprune[tensorboard]'`)
    and works with every backend of Keras.

    Args:
        log_dir: Folder that TensorBoard is pointed to.

    Raises:
        MissingDependencyError: When `tensorboard` is not installed.
        InvalidInputError: When `log_dir` is no folder; when training begins
            and no penalty or gate closes channels.
        TfpruneError: When a weight is not a number any more.

    Example:

    ```python
    callbacks = [
        keras.callbacks.TensorBoard("logs"),
        tfprune.callbacks.SparsityTensorBoard("logs"),
    ]
    model.fit(x_train, y_train, epochs=20, callbacks=callbacks)
    ```
    """

    def __init__(self, log_dir: str | Path) -> None:
        super().__init__()
        if not isinstance(log_dir, str | Path):
            raise InvalidInputError(
                "Expected log_dir to be a folder. Received: "
                f"log_dir={log_dir!r}. Give for example 'logs'."
            )
        self.log_dir = Path(log_dir)

    def on_train_begin(self, logs: Any = None) -> None:
        """Traces the model and begins a file."""
        graph = trace(self.model)
        self._channels = LiveChannels(graph, "macs")
        self._parameters = LiveChannels(graph, "parameters")
        self._file = EventFile(self.log_dir / "sparsity")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes what the epoch has left."""
        # Under JAX the variables hold what training has made of them only
        # once the model is asked for.
        proximal = proximal_or_none(self.model.optimizer)
        channels = self._channels
        # Before anything is counted: it refuses what is no number.
        channels.travel(epoch)
        alive = stripped(channels.graph)
        numbers = {
            "left/macs": channels.share(alive),
            "left/parameters": self._parameters.share(alive),
            "penalty/all": channels.penalty(),
        }
        if proximal is not None:
            scale = keras.ops.convert_to_numpy(proximal.penalty_scale)
            numbers["penalty/scale"] = float(scale)
            if len(proximal.factors):
                factors = channels.factors(proximal)
                for one, factor in zip(channels.steered, factors, strict=True):
                    numbers[f"penalty/{one.group.name}"] = factor
        for one, sizes in zip(channels.steered, channels.sizes(), strict=True):
            name = one.group.name
            numbers[f"width/{name}"] = int(alive[one.group.labels].sum())
            gated = id(one.parts[0].axis.variable) in channels.gates
            kind = "opening" if gated else "norm"
            self._file.histogram(f"{kind}/{name}", sizes, epoch)
        for tag, number in numbers.items():
            self._file.scalar(tag, number, epoch)
        self._file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Ends the file."""
        self._file.close()
