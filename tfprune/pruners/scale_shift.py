"""Makes penalized scales small, so that they reach zero sooner."""

from collections import Counter
from numbers import Real
from typing import Any

import keras

from tfprune.errors import ExactnessError, InvalidInputError
from tfprune.graph import trace
from tfprune.regularizers import Penalty
from tfprune.surgery.changes import Changes
from tfprune.surgery.constants import WorkingWeights
from tfprune.surgery.fold import Folder
from tfprune.surgery.oracle import difference, tolerance
from tfprune.surgery.rebuild import rebuild


def scale_shift(
    model: keras.Model, alpha: float, *, data: Any = None
) -> keras.Model:
    """Moves a factor from penalized scales into the weights that read them.

    Scale and shift of each batch normalization whose scale carries a penalty
    of `tfprune.regularizers` are multiplied by `alpha`, and the weights that
    read its channels are divided by it: the function stays the same, and that
    is checked. In a trained network scales are near one, far from zero for
    the steps of a penalty; with `alpha=0.01` they have a hundredth of the way
    to go. Undo it after training by `1 / alpha`.

    Args:
        model: A built model; it is not changed.
        alpha: Number greater than 0; 0.001 to 0.1 before sparse training of a
            trained network.
        data: One batch of inputs to compare on, in the structure that the
            model is called with; random numbers of the input's shape when
            None.

    Returns:
        A new model, not compiled.

    Raises:
        InvalidInputError: When `alpha` is out of range, no scale is
            penalized, or something between a scale and its readers does not
            let a factor through, as a sigmoid or ReLU6 does not.
        ExactnessError: When the result differs from the model.

    Example:

    ```python
    model = tfprune.penalize_scales(trained, strength=0.01)
    model = tfprune.scale_shift(model, 0.01)
    model.compile(tfprune.optimizers.Proximal("sgd"), loss)
    model.fit(x_train, y_train)
    small = tfprune.strip(tfprune.scale_shift(model, 100))
    ```

    Reference: Ye et al., "Rethinking the Smaller-Norm-Less-Informative
    Assumption in Channel Pruning of Convolution Layers", ICLR 2018
    (arXiv:1802.00124), section 4, which scales gamma alone; beta has to be
    scaled too for the function to stay the same.
    """
    if not isinstance(alpha, Real) or not 0 < alpha < float("inf"):
        raise InvalidInputError(
            f"Expected alpha to be a number greater than 0. Received: "
            f"alpha={alpha!r}. Give for example alpha=0.01."
        )
    graph = trace(model)
    weights = WorkingWeights(graph)
    folder = Folder(graph, weights)
    calls = Counter(id(step.operation) for step in graph.steps)
    found = False
    for step in graph.steps:
        normalization = step.operation
        if not isinstance(normalization, keras.layers.BatchNormalization):
            continue
        scale = normalization.gamma
        if not isinstance(getattr(scale, "regularizer", None), Penalty):
            continue
        if calls[id(normalization)] > 1:
            raise InvalidInputError(
                f"The channels of '{step.path}' cannot be scaled: it is called "
                "several times. Leave them without a penalty, by `layers` of "
                "tfprune.penalize_scales."
            )
        found = True
        for axis, values in folder.ahead(step, 1 / alpha):
            array = weights[id(axis.variable)]
            shape = [1] * array.ndim
            shape[axis.axis] = -1
            array *= values.reshape(shape)
        for axis in step.axes:
            if axis.weight in ("gamma", "beta"):
                array = weights[id(axis.variable)]
                array *= alpha
    if not found:
        raise InvalidInputError(
            f"Model '{model.name}' has no batch normalization whose scale "
            "carries a penalty. Add some by tfprune.penalize_scales."
        )
    copy = rebuild(graph, Changes(weights=weights.changed()))
    found = difference(model, copy, data)
    if not found.relative <= tolerance(model):
        raise ExactnessError(
            f"Scaling channels of model '{model.name}' by alpha={alpha!r} "
            f"changed its output by {found.relative:.2g} of the largest output "
            f"(expected at most {tolerance(model):g}). Numbers so small or "
            "large have no room in its precision: take alpha nearer to 1."
        )
    return copy
