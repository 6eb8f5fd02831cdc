"""Draws what training has made sparse."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfprune.atomic_file import atomic_path
from tfprune.callbacks.sparsity_history import SparsityHistory, read_records
from tfprune.errors import InvalidInputError

MOST_NAMES = 12
"""Groups that the legend names."""


def plot_sparsity(
    history: str | Path | SparsityHistory | Sequence[Mapping[str, Any]],
    path: str | Path,
) -> None:
    """Draws what each epoch left of a model and of its groups of channels.

    Args:
        history: A `tfprune.callbacks.SparsityHistory`, its records, or the
            file that it wrote.
        path: Image to write: `.png`, `.svg` or `.pdf`.

    Raises:
        InvalidInputError: When there are no records, or the name ends in no
            known kind of image.

    Example:

    ```python
    tfprune.plot_sparsity("sparsity.jsonl", "sparsity.png")
    ```
    """
    # Training does not need it.
    from matplotlib.figure import Figure

    if isinstance(history, SparsityHistory):
        history = history.records
    elif isinstance(history, (str, Path)):
        history = read_records(history)
    path = Path(path)
    figure = Figure(figsize=(9, 7), layout="constrained")
    kinds = figure.canvas.get_supported_filetypes()
    if path.suffix[1:] not in kinds:
        raise InvalidInputError(
            f"Expected the name of an image: .{', .'.join(sorted(kinds))}. "
            f"Received: '{path}'."
        )
    if not history:
        raise InvalidInputError(
            "Expected at least one epoch to draw, received none. Give "
            "tfprune.callbacks.SparsityHistory to fit, and draw afterwards."
        )
    epochs = [x["epoch"] for x in history]
    above, below = figure.subplots(2, 1, sharex=True)
    for name in ("live_macs", "live_parameters"):
        above.plot(epochs, [x[name] for x in history], marker=".", label=name)
    above.set(ylabel="part that is left", ylim=(0, 1.05))
    above.legend(loc="lower left")
    if all("penalty_scale" in x for x in history):
        scale = above.twinx()
        scales = [x["penalty_scale"] or float("nan") for x in history]
        scale.semilogy(epochs, scales, "k:", label="penalty_scale")
        scale.set(ylabel="scale of the penalties (dotted)")
    # Penalties may have come and gone between one run and the next.
    names = dict.fromkeys(name for x in history for name in x["groups"])
    none = {"live": float("nan")}
    for number, name in enumerate(names):
        live = [x["groups"].get(name, none)["live"] for x in history]
        label = name if number < MOST_NAMES else None
        below.plot(epochs, live, marker=".", label=label)
    below.set(xlabel="epoch", ylabel="channels that are left")
    below.set_ylim(bottom=0)
    below.legend(fontsize="small", ncols=2)
    with atomic_path(path) as beside:
        figure.savefig(beside, format=path.suffix[1:])
