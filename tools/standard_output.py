"""What a report is printed to, which may be less than a terminal."""

import io
import os
import sys


def make_lenient() -> None:
    """Lets standard output replace characters that it cannot show.

    The rules of tables are such characters where the encoding is ASCII.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def give_up() -> None:
    """Stops writing to a standard output that nobody reads any more.

    Without it Python complains when it flushes the stream at exit.
    """
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
