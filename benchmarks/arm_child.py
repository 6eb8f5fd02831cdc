"""Runs a `.tflite` file on another processor; needs a runtime and NumPy only.

Arguments: the package of the runtime, the file, an `.npy` of inputs, the
`.npy` of outputs to write.
"""

import importlib
import sys

import numpy as np


def main(package, model, inputs, outputs):
    """Runs every sample and stores the outputs."""
    runtime = importlib.import_module(f"{package}.interpreter")
    interpreter = runtime.Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    start = interpreter.get_input_details()[0]["index"]
    end = interpreter.get_output_details()[0]["index"]
    results = []
    for sample in np.load(inputs):
        interpreter.set_tensor(start, sample[None])
        interpreter.invoke()
        results.append(interpreter.get_tensor(end))
    np.save(outputs, np.concatenate(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
