"""SavedModels as users of TensorFlow Model Optimization have them.

It runs in the environment that `benchmarks/tfmot_models.sh` makes. Beside each
SavedModel lies an `.npz` file of the same name with inputs `x` and the outputs
`y` of tf_keras.

    FOLDER/venv/bin/python benchmarks/tfmot_models.py FOLDER/models
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402, TID251
import tensorflow_model_optimization as tfmot  # noqa: E402
import tf_keras  # noqa: E402
from tf_keras import layers  # noqa: E402

CLASSES = 5
SHAPE = (12, 12, 3)


def data(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Images whose brightest corner is their class."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(count, *SHAPE)).astype("float32")
    y = generator.integers(0, CLASSES, count)
    for image, label in zip(x, y, strict=True):
        image[2 * label : 2 * label + 3, :, label % 3] += 2.0
    return x, y


def network() -> Any:
    return tf_keras.Sequential(
        [
            layers.InputLayer(SHAPE, name="image"),
            layers.Conv2D(16, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(32, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(CLASSES, name="scores"),
        ]
    )


def trained(model: Any, callbacks: tuple[Any, ...] = ()) -> Any:
    loss = tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    model.fit(*data(256), epochs=3, verbose=0, callbacks=list(callbacks))
    return model


def pruned() -> Any:
    wrapped = tfmot.sparsity.keras.prune_low_magnitude(
        trained(network()),
        tfmot.sparsity.keras.PolynomialDecay(0.0, 0.5, 0, 20, frequency=5),
    )
    update = tfmot.sparsity.keras.UpdatePruningStep()
    return trained(wrapped, (update,))


def clustered() -> Any:
    start = tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS
    wrapped = tfmot.clustering.keras.cluster_weights(
        trained(network()),
        number_of_clusters=16,
        cluster_centroids_init=start,
    )
    return tfmot.clustering.keras.strip_clustering(trained(wrapped))


MODELS: dict[str, Callable[[], Any]] = {
    # Compiled and trained: the optimizer and its slots are saved, too.
    "plain": lambda: trained(network()),
    "pruned": pruned,
    "pruned_stripped": lambda: tfmot.sparsity.keras.strip_pruning(pruned()),
    "clustered_stripped": clustered,
    "quantization_aware": lambda: trained(
        tfmot.quantization.keras.quantize_model(trained(network()))
    ),
}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    x, _ = data(64)
    for name, build in MODELS.items():
        tf_keras.utils.set_random_seed(0)
        model = build()
        tf.saved_model.save(model, str(folder / name))
        np.savez(folder / f"{name}.npz", x=x, y=model.predict(x, verbose=0))
        print(f"{folder / name}")


if __name__ == "__main__":
    main()
