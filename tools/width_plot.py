"""A picture of how wide each layer is, before and after."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from tfprune.atomic_file import atomic_path

BEFORE = "#c9ced6"
AFTER = "#1f5fa8"
INCHES_A_LAYER = 0.32


def plot_widths(
    path: Path, title: str, before: Mapping[str, int], after: Mapping[str, int]
) -> None:
    """Writes a bar chart of the layers' channels as a PNG file.

    Args:
        path: The file to write.
        title: Line above the chart.
        before: Channels by layer, first layer first.
        after: Channels by layer, of the same layers.
    """
    figure = Figure(
        figsize=(7.5, 1.4 + INCHES_A_LAYER * len(before)), layout="constrained"
    )
    axes = figure.add_subplot()
    layers = list(before)
    rows = range(len(layers))
    whole = list(before.values())
    left = [after.get(layer, 0) for layer in layers]
    axes.barh(rows, whole, color=BEFORE, height=0.7, label="before")
    axes.barh(rows, left, color=AFTER, height=0.7, label="after")
    for row, (width, kept) in enumerate(zip(whole, left, strict=True)):
        axes.annotate(
            f"{kept} of {width}" if kept != width else f"{width}",
            (width, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(rows, layers, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("channels", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlim(0, 1.15 * max(whole))
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    # Inside the axes it would lie on the bars of some networks.
    figure.legend(loc="outside lower right", ncols=2, frameon=False, fontsize=8)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=150)
