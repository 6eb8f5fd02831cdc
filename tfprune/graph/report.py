"""The channel graph as text."""

from collections.abc import Sequence

from tfprune.graph.groups import Group
from tfprune.graph.step import Step
from tfprune.table import render_table


def render_graph(
    name: str, groups: Sequence[Group], unknown: Sequence[Step]
) -> str:
    """Renders groups, widths, and what is frozen and why.

    Args:
        name: The model's name.
        groups: The groups of the graph.
        unknown: Calls without a handler.

    Returns:
        A table of the groups, followed by one line for each reason to freeze.
    """
    prunable = sum(x.width for x in groups if x.prunable)
    rows = [
        (
            group.name,
            group.width,
            "yes" if group.prunable else "no",
            ", ".join(x for x in group.layers if not names(group, x)) or "-",
        )
        for group in groups
    ]
    table = render_table(
        f"Channel graph of '{name}': {len(groups)} groups, "
        f"{prunable} prunable channels",
        ["group", "channels", "prunable", "also in"],
        rows,
    )
    lines = [table]
    frozen = [
        f"  '{group.name}' ({group.width} channels) by {reason}"
        for group in groups
        for reason in group.frozen
    ]
    if frozen:
        lines += ["Frozen:", *frozen]
    if unknown:
        lines.append(
            "Unknown: "
            + ", ".join(
                f"'{x.path}' ({type(x.operation).__name__})" for x in unknown
            )
        )
    return "\n".join(lines)


def names(group: Group, layer: str) -> bool:
    """Whether a group is called after a layer or one of its runs."""
    return f"{group.name}.".startswith(f"{layer}.")
