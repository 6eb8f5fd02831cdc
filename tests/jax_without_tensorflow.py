"""The training side on JAX, with TensorFlow impossible to import.

Run as a program: `python -m tests.jax_without_tensorflow`.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import keras  # noqa: E402
import numpy as np  # noqa: E402

import tfprune  # noqa: E402
from tfprune import models  # noqa: E402
from tfprune.optimizers import Proximal  # noqa: E402


def main() -> None:
    """Trains one step, traces, masks, removes, strips and saves."""
    dataset = models.data.load("digits")
    model = models.get("residual_cnn")(input_shape=dataset.input_shape)
    model = tfprune.penalize_scales(model, strength=10.0)
    model.compile(
        Proximal(keras.optimizers.SGD(0.05)), "sparse_categorical_crossentropy"
    )
    model.fit(
        dataset.x_train[:64], dataset.y_train[:64], batch_size=16, verbose=0
    )
    scales = [x for x in model.weights if x.path.endswith("gamma")]
    zeros = sum(int(keras.ops.sum(keras.ops.equal(x, 0))) for x in scales)
    graph = tfprune.trace(model)
    keep = tfprune.keep_mask(model, sparsity=0.5)
    masked = tfprune.mask_channels(model, keep)
    small = tfprune.remove_channels(model, keep)
    difference = tfprune.compare(masked, small).difference.relative
    stripped = tfprune.strip(model)
    print(
        f"backend {keras.backend.backend()}, {len(graph.groups())} groups, "
        f"{zeros} exact zeros, removed - masked {difference:.2g}, "
        f"{model.count_params()} -> {stripped.count_params()} parameters"
    )
    failed = (
        zeros == 0
        or not difference < 1e-5
        or stripped.count_params() >= model.count_params()
        or not np.isfinite(difference)
        or any(name.startswith("tensorflow.") for name in sys.modules)
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
