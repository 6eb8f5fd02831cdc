"""Silence while the backend of Keras is loaded."""

import contextlib
import importlib
import os
from collections.abc import Iterator

STDERR = 2


def load_keras_quietly() -> None:
    """Imports Keras and wakes its backend, without their native messages.

    TensorFlow reports on processors and on missing GPUs straight to file
    descriptor 2, when it is imported and again at the first operation,
    whatever log level the environment asks for.
    """
    # `tfprune.export.quiet` does more, but to import it loads Keras.
    with silent_stderr():
        keras = importlib.import_module("keras")
        keras.ops.zeros(())


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Sends what is written to file descriptor 2 nowhere meanwhile."""
    with contextlib.ExitStack() as stack:
        # A daemon may run with its standard error closed: nothing to silence.
        with contextlib.suppress(OSError):
            saved = os.dup(STDERR)
            stack.callback(os.close, saved)
            sink = os.open(os.devnull, os.O_WRONLY)
            stack.callback(os.close, sink)
            os.dup2(sink, STDERR)
            stack.callback(os.dup2, saved, STDERR)
        yield
