"""The help text of a command."""

import textwrap
from collections.abc import Iterator

from absl import flags as absl_flags

WIDTH = 80


def help_page(name: str, text: str, flags: absl_flags.FlagValues) -> str:
    """Renders what a command is for and which flags it takes.

    Args:
        name: The command.
        text: What it is for: the docstring of its module.
        flags: Its flags.
    """
    lines = [f"tfprune {name}", "", text.strip(), "", "Flags:"]
    seen: list[absl_flags.Flag] = []
    for flag in (flags[key] for key in flags):
        # A flag with a short name is listed under each of its names.
        if not any(flag is other for other in seen):
            seen.append(flag)
            lines += flag_lines(flag)
    return "\n".join(lines)


def flag_lines(flag: absl_flags.Flag) -> Iterator[str]:
    """The lines on one flag: its name, its help, its default."""
    value = "" if flag.boolean else "=..."
    yield f"  --{flag.name}{value}"
    text = flag.help
    if flag.default_as_str and flag.default != [] and not flag.boolean:
        text += f" Default: {flag.default_as_str.strip(chr(39))}."
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6
    )
