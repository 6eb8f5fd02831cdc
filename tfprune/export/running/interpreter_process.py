"""A process that runs one `.tflite` file for another process.

It is started as a script, and imports NumPy and an interpreter but nothing of
this package, so that it is ready in a fraction of a second. Requests come on
standard input, answers go to standard output: a line of JSON, then the raw
bytes of the arrays that it lists. Nothing is ever unpickled.
"""

import importlib
import json
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import numpy as np

STDIN, STDOUT = 0, 1
Read = Callable[[int], bytes]


def pack(header: dict[str, Any], arrays: Sequence[np.ndarray]) -> list[Any]:
    """A message as parts to write, without copying the arrays.

    Args:
        header: Plain data.
        arrays: Arrays of plain numbers.
    """
    whole = [np.ascontiguousarray(array) for array in arrays]
    listed = [[array.dtype.str, list(np.shape(array))] for array in arrays]
    line = json.dumps({**header, "arrays": listed}).encode() + b"\n"
    return [line, *(array.data for array in whole if array.size)]


def unpack(line: bytes, read: Read) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The header and the arrays of a message.

    Args:
        line: Its first line.
        read: Gives exactly as many of the bytes that follow as asked for.
    """
    header = json.loads(line)
    arrays = []
    for name, shape in header.pop("arrays"):
        dtype = np.dtype(name)
        count = int(np.prod(shape, dtype="i8"))
        data = read(count * dtype.itemsize)
        arrays.append(np.frombuffer(data, dtype).reshape(shape))
    return header, arrays


class Server:
    """Holds an interpreter and answers requests.

    Args:
        source: Where requests come from.
        target: Where answers go.
    """

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self.source = source
        self.target = target
        self.interpreter: Any = None
        self.inputs: list[int] = []
        self.outputs: list[int] = []

    def serve(self) -> None:
        """Answers until there are no more requests."""
        while line := self.source.readline():
            request, arrays = unpack(line, self.source.read)
            action = getattr(self, request.pop("action"))
            try:
                header, results = action(arrays, **request)
            except Exception as error:
                # Whatever it is, the other side says it to the user.
                text = str(error) or type(error).__name__
                header, results = {"error": text}, []
            for part in pack(header, results):
                self.target.write(part)
            self.target.flush()

    def load(
        self,
        arrays: list[np.ndarray],
        *,
        path: str,
        module: str,
        num_threads: int,
        plain_kernels: bool,
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Makes the interpreter of a file, which is mapped into memory."""
        # The model before it may be large.
        self.interpreter = None
        library = importlib.import_module(module)
        options: dict[str, Any] = {}
        if plain_kernels:
            kinds = library.OpResolverType
            options["experimental_op_resolver_type"] = (
                kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            )
        self.interpreter = library.Interpreter(
            model_path=path, num_threads=num_threads, **options
        )
        self.interpreter.allocate_tensors()
        self.inputs = [x["index"] for x in self.interpreter.get_input_details()]
        self.outputs = [
            x["index"] for x in self.interpreter.get_output_details()
        ]
        return {}, []

    def run(
        self, arrays: list[np.ndarray]
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Computes the outputs of one batch of stored values."""
        for index, array in zip(self.inputs, arrays, strict=True):
            self.interpreter.set_tensor(index, array)
        self.interpreter.invoke()
        return {}, [self.interpreter.get_tensor(x) for x in self.outputs]

    def time(
        self, arrays: list[np.ndarray], *, runs: int
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Nanoseconds of each of several runs with the inputs that are set."""
        nanoseconds = []
        for _ in range(runs):
            start = time.perf_counter_ns()
            self.interpreter.invoke()
            nanoseconds.append(time.perf_counter_ns() - start)
        return {"nanoseconds": nanoseconds}, []


def main() -> None:
    """Serves the process that started this one."""
    # Native code prints to standard output too: it shall not mix with answers.
    target = os.fdopen(os.dup(STDOUT), "wb")
    os.dup2(2, STDOUT)
    with os.fdopen(os.dup(STDIN), "rb") as source, target:
        Server(source, target).serve()


if __name__ == "__main__":
    main()
