"""Why a composite layer cannot be taken apart into what it calls."""

from typing import Any

import keras
from keras import tree

from tfprune.graph.keras_graph import has_mask, own_variables
from tfprune.graph.recorded_run import RecordedRun

TRAINING_METHODS = (
    "train_step",
    "test_step",
    "compute_loss",
    "compute_metrics",
)


def obstacle(layer: keras.layers.Layer, run: RecordedRun) -> str:
    """Why a layer's calls mean something else outside of it, or nothing.

    Args:
        layer: A composite layer.
        run: What its `call` recorded.
    """
    if layer.activity_regularizer is not None:
        return "it has an activity regularizer"
    if trains_in_its_own_way(layer):
        return "its class trains in its own way"
    if any(has_mask(x) for x in tree.flatten(run.outputs)):
        return "its output carries a mask"
    return _used_weights(layer, run)


def trains_in_its_own_way(layer: keras.layers.Layer) -> bool:
    """Whether a model's class changes what `fit` and `evaluate` do."""
    return isinstance(layer, keras.Model) and any(
        getattr(type(layer), name) is not getattr(keras.Model, name)
        for name in TRAINING_METHODS
    )


def _used_weights(layer: keras.layers.Layer, run: RecordedRun) -> str:
    """Why the weights that a `call` uses cannot be held outside of it."""
    own = {id(x) for x in own_variables(layer)}
    standing = {id(tensor): variable for tensor, variable in run.weights}
    for node in run.nodes:
        leaves = tree.flatten((node.arguments.args, node.arguments.kwargs))
        for leaf in leaves:
            variable: Any = standing.get(id(leaf), leaf)
            if not isinstance(variable, keras.Variable):
                continue
            if id(variable) not in own:
                return "its call uses weights of another layer"
            if variable.regularizer or variable.constraint:
                return "a weight that its call uses has a regularizer"
    return ""
