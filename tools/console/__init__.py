"""The door of the console command, installed as `tfprune_console`.

It lies outside of the package `tfprune`, because importing that loads Keras,
and before Keras is loaded its environment must be set and TensorFlow's native
messages silenced.
"""

import contextlib
import importlib
import os
from collections.abc import Iterator

# Only TensorFlow exports, whatever the user's Keras is set to by default.
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
STDERR = 2


def run() -> int:
    """Runs one command with the words of the process.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with silent_stderr():
        keras = importlib.import_module("keras")
        # TensorFlow speaks again at the first operation.
        keras.ops.zeros(())
        main = importlib.import_module("tfprune.tools.main")
    return main.run()


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
