"""One command: flags in, one job, an exit code out."""

import importlib
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError, TfpruneError
from tfprune.tools.exit_codes import DONE, FAILED, INTERRUPTED, WRONG_USAGE
from tfprune.tools.failure import one_line
from tfprune.tools.help_page import help_page
from tfprune.tools.standard_output import give_up


@dataclass(frozen=True)
class Command:
    """A command of the console.

    Attributes:
        name: What the user types; the module of `tfprune.tools.commands`.
        summary: What it is for, in the list of the commands.
    """

    name: str
    summary: str

    def execute(self, words: Sequence[str]) -> int:
        """Parses flags and does the job that they describe.

        A fault that the flags alone show is wrong usage; whatever goes wrong
        later, with files, data or the work, is a failure.

        Args:
            words: What follows the name of the command.

        Returns:
            The exit code.
        """
        module = importlib.import_module(f"tfprune.tools.commands.{self.name}")
        flags = absl_flags.FlagValues()
        module.define_flags(flags)
        define_common_flags(flags)
        try:
            files = flags([self.name, *words])[1:]
        except (absl_flags.Error, ValueError) as error:
            return self.complain(error, WRONG_USAGE)
        if flags.help:
            print(help_page(self.name, module.__doc__ or "", flags))
            return DONE
        try:
            return self.do_job(module, flags, files)
        except KeyboardInterrupt:
            print(f"tfprune {self.name}: Interrupted.", file=sys.stderr)
            return INTERRUPTED

    def do_job(
        self, module: Any, flags: absl_flags.FlagValues, files: Sequence[str]
    ) -> int:
        """Makes the job from its flags, runs it and reports what fails."""
        try:
            job = module.read_flags(flags, files)
        except InvalidInputError as error:
            return self.complain(error, WRONG_USAGE, debug=flags.debug)
        try:
            job.run()
            sys.stdout.flush()
        except BrokenPipeError:
            give_up()
            return FAILED
        except (TfpruneError, OSError) as error:
            return self.complain(error, FAILED, debug=flags.debug)
        return DONE

    def complain(
        self, error: Exception, code: int, *, debug: bool = False
    ) -> int:
        """Prints an error in one line, and its traceback if asked for.

        Returns:
            The exit code that it was given.
        """
        if debug:
            traceback.print_exception(error)
        hint = f" See 'tfprune {self.name} --help'."
        print(
            f"tfprune {self.name}: {one_line(error)}"
            f"{hint if code == WRONG_USAGE else ''}",
            file=sys.stderr,
        )
        return code


def define_common_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags that every command has."""
    # Files may stand before flags: `compress model.keras --macs=0.5`.
    flags.set_gnu_getopt(True)
    absl_flags.DEFINE_boolean(
        "debug",
        False,
        "Show where in the program an error arose.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "flagfile",
        None,
        "A file to read more flags from, one a line.",
        flag_values=flags,
    )
    absl_flags.DEFINE_boolean(
        "help", False, "Show this text.", short_name="h", flag_values=flags
    )
