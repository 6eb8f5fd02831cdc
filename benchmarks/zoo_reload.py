"""Loads smaller networks where there is no tfprune, for `zoo.py`.

Reads one folder a line, loads the network in it, runs it on the images beside
it and answers with the largest difference from the outputs that it had before
it was saved.
"""

import gc
import sys
from pathlib import Path

import keras
import numpy as np


def reload_difference(folder: Path) -> float:
    model = keras.saving.load_model(folder / "small.keras")
    images = np.load(folder / "images.npy")
    outputs = keras.ops.convert_to_numpy(model(images, training=False))
    return float(np.abs(outputs - np.load(folder / "outputs.npy")).max())


def main() -> None:
    for line in sys.stdin:
        found = reload_difference(Path(line.strip()))
        if any(name.partition(".")[0] == "tfprune" for name in sys.modules):
            raise RuntimeError(
                "tfprune was imported, so loading proves nothing"
            )
        print(found, flush=True)
        keras.utils.clear_session()
        gc.collect()


if __name__ == "__main__":
    main()
