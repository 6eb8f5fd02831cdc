"""The flags that commands share which write a report, or replace files."""

from absl import flags as absl_flags


def define_report_flags(
    flags: absl_flags.FlagValues, *, more: str = ""
) -> None:
    """Adds the file of the report, and the leave to replace it.

    Args:
        flags: Where to add them.
        more: What else the help text says of the file, one sentence.
    """
    absl_flags.DEFINE_string(
        "json",
        None,
        f"Write the report to this file, too, as JSON. {more}".strip(),
        flag_values=flags,
    )
    define_overwrite_flag(flags)


def define_overwrite_flag(flags: absl_flags.FlagValues) -> None:
    """Adds the leave to replace files."""
    absl_flags.DEFINE_boolean(
        "overwrite", False, "Replace files that exist.", flag_values=flags
    )
