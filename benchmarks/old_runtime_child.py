"""Runs a `.tflite` file in an old runtime; needs that and NumPy only.

Arguments: the file, an `.npz` of inputs by position, the `.npz` to write.
"""

import sys

import numpy as np
from tflite_runtime.interpreter import Interpreter


def main(model, inputs, outputs):
    """Runs every sample and stores the outputs by position."""
    interpreter = Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    with np.load(inputs) as archive:
        # Each look into the archive would read the array again.
        data = [archive[str(i)] for i in range(len(archive.files))]
    results = []
    for sample in range(len(data[0])):
        for i, entry in enumerate(interpreter.get_input_details()):
            value = data[i][sample : sample + 1].astype(entry["dtype"])
            interpreter.set_tensor(entry["index"], value)
        interpreter.invoke()
        results.append(
            [
                interpreter.get_tensor(entry["index"]).copy()
                for entry in interpreter.get_output_details()
            ]
        )
    np.savez(
        outputs,
        **{
            str(i): np.concatenate([result[i] for result in results])
            for i in range(len(results[0]))
        },
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
