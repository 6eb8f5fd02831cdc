"""Running a `.tflite` file in a process of its own."""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES
from tfprune.export.running import interpreter_process
from tfprune.export.running.interpreter import (
    UNKNOWN,
    UnknownOperatorError,
    custom_operators,
)
from tfprune.export.running.runtime import Runtime, runtime_for
from tfprune.export.running.tensor_info import TensorInfo

CHUNK = 1 << 20
# Loading packs weights and compiles kernels; a run of a large model is slow.
DEFAULT_SECONDS = 300.0


class IsolatedRunner:
    """Runs a model as `TfliteRunner` does, in a process of its own.

    Native code that meets a file which nobody has run before may crash, hang
    or abort. Here that is one clear error, and the program goes on.

    Args:
        content: Bytes of a `.tflite` file.
        source: What to call them in messages.
        num_threads: Threads of the interpreter.
        runtime: Name of the runtime: `"litert"` or `"tflite_runtime"`.
        seconds: How long one request may take.

    Raises:
        UnknownOperatorError: When the file holds an operator that the
            runtime does not have.
        InvalidInputError: When the runtime cannot load the model, crashes on
            it, or takes longer than `seconds`.
        MissingDependencyError: When the runtime is not installed.

    Example:

    ```python
    content = Path("model.tflite").read_bytes()
    with IsolatedRunner(content, source="model.tflite") as runner:
        (logits,) = runner.run([images[:1]])
    ```
    """

    def __init__(
        self,
        content: bytes,
        *,
        source: str,
        num_threads: int = 1,
        runtime: str = "litert",
        seconds: float = DEFAULT_SECONDS,
    ) -> None:
        model = parse_tflite(content, source=source)
        self.inputs = tuple(map(TensorInfo.of, model.main.inputs))
        self.outputs = tuple(map(TensorInfo.of, model.main.outputs))
        check_numbers(self.inputs, source)
        self._custom_operators = custom_operators(model)
        self.source = source
        self.seconds = seconds
        self.runtime: Runtime = runtime_for(model, runtime)
        self._complaints: IO[bytes] = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            # The folder of the script would hide modules behind its own.
            [sys.executable, "-P", interpreter_process.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
        )
        try:
            self._ask(
                "load",
                [np.frombuffer(content, np.uint8)],
                module=self.runtime.module,
                num_threads=num_threads,
            )
        except InvalidInputError:
            self.close()
            raise

    @property
    def batch_size(self) -> int:
        """Samples that one run computes."""
        first = self.inputs[0].shape if self.inputs else ()
        return max(first[0], 1) if first else 1

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Computes the outputs for one batch.

        Args:
            values: Real numbers, one array of the shape of each input.

        Returns:
            One array for each output: float32 where the file stores scaled
            integers, else of its own dtype.
        """
        stored = [
            info.to_stored(value)
            for info, value in zip(self.inputs, values, strict=True)
        ]
        _, outputs = self._ask("run", stored)
        return [
            info.to_real(output)
            for info, output in zip(self.outputs, outputs, strict=True)
        ]

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

    def __enter__(self) -> "IsolatedRunner":
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
            raise InvalidInputError(
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

    def _crash(self, verb: str) -> InvalidInputError:
        """The error for a process that died."""
        code = self._process.wait()
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        return InvalidInputError(
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


def check_numbers(inputs: Sequence[TensorInfo], source: str) -> None:
    """Refuses a model that takes texts, handles or packed integers.

    Raises:
        InvalidInputError: When there is such an input.
    """
    known = {dtype.name for dtype in NUMPY_TYPES.values()}
    for info in inputs:
        if info.dtype not in known:
            raise InvalidInputError(
                f"Input '{info.name}' of '{source}' takes values of the type "
                f"{info.dtype}, which tfprune cannot make. Expected numbers: "
                f"{', '.join(sorted(known))}."
            )


def pipe_of(stream: IO[bytes] | None) -> int:
    """The file descriptor of an end of a pipe."""
    if stream is None:
        raise BrokenPipeError
    return stream.fileno()
