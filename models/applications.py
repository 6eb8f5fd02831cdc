"""The model builders of `keras.applications`, whatever this Keras has."""

from collections.abc import Callable
from inspect import signature
from types import FunctionType, ModuleType

import keras

BUILDER_ARGUMENTS = {"weights", "include_top", "input_tensor", "input_shape"}
"""What every function of `keras.applications` that builds a model takes."""


def application_builders() -> dict[str, Callable[..., keras.Model]]:
    """Finds every function of `keras.applications` that builds a model.

    The functions are found by what they take, in the package and in its
    modules, so that a network new in Keras is in the list at once.

    Returns:
        The builders by their names, sorted.

    Example:

    ```python
    builders = application_builders()
    model = builders["MobileNetV2"](weights=None)
    ```
    """
    package = vars(keras.applications)
    modules = [x for x in package.values() if isinstance(x, ModuleType)]
    builders = {
        function.__name__: function
        for members in (package, *map(vars, modules))
        for function in members.values()
        if isinstance(function, FunctionType)
        and signature(function).parameters.keys() >= BUILDER_ARGUMENTS
    }
    return dict(sorted(builders.items()))
