"""The console command `tfprune`."""

import sys
from collections.abc import Sequence

from tfprune.registry import did_you_mean
from tfprune.tools.command import Command
from tfprune.tools.exit_codes import DONE, WRONG_USAGE
from tfprune.tools.standard_output import make_lenient

COMMANDS = (
    Command("demo", "train, shrink and deploy a network in a minute"),
    Command("compress", "shrink a network to a budget, fine-tune, deploy"),
    Command(
        "convert", "write a model of any format as a verified .tflite file"
    ),
    Command("strip", "remove what does nothing from a .tflite file"),
    Command("sparsify", "store a pruned .tflite file without its zeros"),
    Command("check", "tell whether a device takes a .tflite file"),
    Command("verify", "compare what two .tflite files compute"),
    Command("benchmark", "time .tflite files here or on a phone"),
    Command("describe", "tell an app developer what a .tflite file is"),
    Command("inspect", "show what a model of any format holds and costs"),
)


def run(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The words after `tfprune`; those of the process when None.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage.

    Example:

    ```python
    run(["inspect", "model.keras"])
    ```
    """
    make_lenient()
    name, *words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("--help", "-h", "help"):
        print(overview())
        return DONE
    for command in COMMANDS:
        if command.name == name:
            return command.execute(words)
    names = [command.name for command in COMMANDS]
    print(
        f"tfprune: Unknown command '{name}'.{did_you_mean(name, names)} "
        f"Expected one of: {', '.join(names)}.",
        file=sys.stderr,
    )
    return WRONG_USAGE


def overview() -> str:
    """The list of the commands."""
    lines = [f"  {command.name:<10}{command.summary}" for command in COMMANDS]
    return "\n".join(
        [
            "tfprune makes Keras 3 models small and fast.",
            "",
            "Usage: tfprune <command> [flags]",
            "",
            *lines,
            "",
            "'tfprune <command> --help' lists the flags of a command.",
        ]
    )
