"""Runs `.tflite` files in an old runtime, as they are named on its input.

Needs the runtime and NumPy only. A line names the file, an `.npy` of inputs
and the `.npy` to write, with tabs between; the answer is `ran` or `refused`.
"""

import sys

import numpy as np
from tflite_runtime.interpreter import Interpreter


def run(model, inputs, outputs):
    """Runs every sample and stores the first output."""
    interpreter = Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    (source,) = interpreter.get_input_details()
    result = interpreter.get_output_details()[0]
    found = []
    for sample in np.load(inputs):
        interpreter.set_tensor(source["index"], sample[None])
        interpreter.invoke()
        found.append(interpreter.get_tensor(result["index"])[0])
    np.save(outputs, found)


def answer(line):
    """What the runtime does with one file."""
    try:
        run(*line.rstrip("\n").split("\t"))
    except (RuntimeError, SystemError, ValueError):
        return "refused"
    return "ran"


if __name__ == "__main__":
    for request in sys.stdin:
        print(answer(request), flush=True)
