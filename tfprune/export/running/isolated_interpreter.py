"""An interpreter in a process of its own."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.error_line import error_line
from tfprune.export.running import interpreter_process
from tfprune.export.running.interpreter import UNKNOWN, UnknownOperatorError
from tfprune.export.running.runtime import Runtime

CHUNK = 1 << 20
# Loading packs weights and compiles kernels; a run of a large model is slow.
DEFAULT_SECONDS = 300.0


class LostInterpreterError(InvalidInputError):
    """A process crashed or hung; it runs nothing any more."""


class IsolatedInterpreter:
    """Runs one model after another, in a process of its own.

    Native code that meets a file which nobody has run before may crash, hang
    or abort. Here that is one clear error, and the program goes on; another
    file then needs another interpreter.

    Args:
        runtime: The runtime.
        seconds: How long one request may take.

    Example:

    ```python
    with IsolatedInterpreter(RUNTIMES["litert"]) as interpreter:
        interpreter.load("model.tflite", source="model.tflite")
        (logits,) = interpreter.run([images[:1]])
    ```
    """

    def __init__(
        self, runtime: Runtime, *, seconds: float = DEFAULT_SECONDS
    ) -> None:
        runtime.check_installed()
        self.runtime = runtime
        self.seconds = seconds
        self.source = ""
        self._custom_operators: Sequence[str] = ()
        self._complaints: IO[bytes] = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            # The folder of the script would hide modules behind its own.
            [sys.executable, "-P", interpreter_process.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
        )

    def load(
        self,
        path: str | os.PathLike[str],
        *,
        source: str,
        num_threads: int = 1,
        plain_kernels: bool = False,
        custom_operators: Sequence[str] = (),
    ) -> None:
        """Makes the process hold a model; it forgets the one before.

        Args:
            path: The `.tflite` file; it may be gone afterwards.
            source: What to call it in messages.
            num_threads: Threads of the interpreter.
            plain_kernels: Whether the runtime does without its default
                delegate.
            custom_operators: Names of the operators that are not LiteRT's
                own, for messages.

        Raises:
            UnknownOperatorError: When the runtime lacks one of those.
            LostInterpreterError: When it crashes on the model, or takes too
                long.
            InvalidInputError: When it cannot load the model.
        """
        self.source = source
        self._custom_operators = custom_operators
        self._ask(
            "load",
            [],
            path=os.fspath(path),
            module=self.runtime.module,
            num_threads=num_threads,
            plain_kernels=plain_kernels,
        )

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Computes the outputs of the model from what it stores.

        Args:
            values: One array of the dtype and the shape of each input.

        Returns:
            One array for each output, of its own dtype.

        Raises:
            InvalidInputError: As for `load`.
        """
        _, outputs = self._ask("run", values)
        return outputs

    def time(self, runs: int = 1) -> list[float]:
        """Milliseconds of runs with the inputs of the last `run`."""
        header, _ = self._ask("time", [], runs=runs)
        return [nanoseconds / 1e6 for nanoseconds in header["nanoseconds"]]

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._complaints.close()

    def __enter__(self) -> "IsolatedInterpreter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(
        self, action: str, arrays: Sequence[np.ndarray], **arguments: Any
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Sends a request and waits for the answer."""
        verb = {"load": "load"}.get(action, "run")
        request = {"action": action, **arguments}
        deadline = time.monotonic() + self.seconds
        try:
            for part in interpreter_process.pack(request, arrays):
                self._send(part)
            header, results = self._receive(deadline)
        except (BrokenPipeError, ConnectionResetError, EOFError) as error:
            raise self._crash(verb) from error
        except TimeoutError as error:
            raise LostInterpreterError(
                f"{self.runtime.title} did not {verb} '{self.source}' within "
                f"{self.seconds:g} s and was stopped. It hangs on this file, "
                "or needs longer: run it on a faster machine."
            ) from error
        if "error" in header:
            text = error_line(ValueError(header["error"]))
            if any(known in header["error"] for known in UNKNOWN):
                raise UnknownOperatorError(
                    f"{self.runtime.title} cannot {verb} '{self.source}': no "
                    "interpreter here has the operators "
                    f"{', '.join(self._custom_operators)}."
                )
            raise InvalidInputError(
                f"{self.runtime.title} cannot {verb} '{self.source}': {text}"
            )
        return header, results

    def _send(self, part: bytes | memoryview) -> None:
        """Writes a part of a request; pipes take little at a time."""
        rest = memoryview(part).cast("B")
        while rest:
            rest = rest[os.write(self._stdin, rest) :]

    def _receive(
        self, deadline: float
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Reads an answer."""
        pending = bytearray()

        def read(count: int) -> bytes:
            while len(pending) < count:
                pending.extend(self._read_some(deadline))
            data = bytes(pending[:count])
            del pending[:count]
            return data

        while b"\n" not in pending:
            pending.extend(self._read_some(deadline))
        line = read(pending.index(b"\n") + 1)
        return interpreter_process.unpack(line, read)

    def _read_some(self, deadline: float) -> bytes:
        """Reads what there is, as soon as there is something."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            if not selector.select(max(deadline - time.monotonic(), 0.0)):
                raise TimeoutError
        data = os.read(self._stdout, CHUNK)
        if not data:
            raise EOFError
        return data

    @property
    def _stdin(self) -> int:
        return pipe_of(self._process.stdin)

    @property
    def _stdout(self) -> int:
        return pipe_of(self._process.stdout)

    def _crash(self, verb: str) -> LostInterpreterError:
        """The error for a process that died."""
        code = self._process.wait()
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        return LostInterpreterError(
            f"{self.runtime.title} crashed when it should {verb} "
            f"'{self.source}' ({how}{self._last_complaint()}). The file is "
            "damaged, or meets a fault of the runtime: convert it again, or "
            "try another version of the runtime."
        )

    def _last_complaint(self) -> str:
        """The last line that the process wrote before it died."""
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").split("\n")
        told = [" ".join(line.split()) for line in lines if line.strip()]
        return f": {told[-1][:200]}" if told else ""


@contextlib.contextmanager
def temporary_file(content: bytes) -> Iterator[Path]:
    """A file of some bytes, for as long as the block lasts.

    A process that maps it needs no copy of a large model.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(content)
        yield path


def pipe_of(stream: IO[bytes] | None) -> int:
    """The file descriptor of an end of a pipe."""
    if stream is None:
        raise BrokenPipeError
    return stream.fileno()
