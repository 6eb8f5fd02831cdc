"""Silence for native libraries that write past Python's logging."""

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator

STDERR = 2
LOGGERS = ("absl", "tensorflow")


@contextlib.contextmanager
def quiet_native_logs() -> Iterator[None]:
    """Drops what TensorFlow's and LiteRT's native code prints meanwhile.

    The converter reports its stages through C++ straight to file descriptor
    2, through `sys.stderr`, through loggers and through `warnings`. Nothing
    of it helps a user whose conversion succeeded, and a failure comes back as
    an exception. All are restored when the block ends, so no log level of the
    process is changed. Run no code of the user inside the block: its standard
    error would be lost too.

    Example:

    ```python
    with quiet_native_logs():
        content = converter.convert()
    ```
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        # In a notebook it is no file descriptor.
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        for logger in map(logging.getLogger, LOGGERS):
            logger.addFilter(drop_record)
            stack.callback(logger.removeFilter, drop_record)
        # A daemon may run with its standard error closed: nothing to silence.
        with contextlib.suppress(OSError):
            saved = os.dup(STDERR)
            stack.callback(os.close, saved)
            sink = os.open(os.devnull, os.O_WRONLY)
            stack.callback(os.close, sink)
            os.dup2(sink, STDERR)
            stack.callback(os.dup2, saved, STDERR)
        yield


def drop_record(record: logging.LogRecord) -> bool:
    """A logging filter that lets nothing through."""
    return False
