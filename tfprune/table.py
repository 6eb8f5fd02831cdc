"""Plain-text tables for reports."""

import io
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def render_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    width: int = 120,
) -> str:
    """Renders rows as a text table; every column but the first aligns right.

    Args:
        title: Line above the table.
        columns: Column headings.
        rows: One sequence of cells a row; integers get thousands separators.
        width: Greatest width of the table, in characters.

    Returns:
        The table as text without colour codes.

    Example:

    >>> print(render_table("Sizes", ["layer", "bytes"], [["conv", 1200]]))
    """
    # A name such as "block[/conv]" is text, not a style or a symbol.
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if index else "left")
    for row in rows:
        table.add_row(*(Text(format_cell(cell)) for cell in row))
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def format_cell(cell: object) -> str:
    """Text of one table cell: `1200` becomes `1,200`, `None` a dash."""
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return str(cell)
