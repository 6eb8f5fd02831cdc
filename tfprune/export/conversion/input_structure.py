"""The nested tensors that a Keras model takes."""

from collections.abc import Mapping
from typing import Any

import keras

from tfprune.errors import InvalidInputError


def input_structure(model: keras.Model, input_shape: Any = None) -> Any:
    """Returns symbolic inputs of a model, nested as its call wants them.

    Functional and Sequential models know their inputs. A subclassed model
    remembers the shapes that it was first called with; their first axis is
    taken for the batch, and their dtype for the model's own.

    Args:
        model: A built model.
        input_shape: Shape of one sample; used where a subclassed model
            remembers none.

    Raises:
        InvalidInputError: When the model is not built, or its inputs cannot
            be known.
    """
    if not isinstance(model, keras.Model):
        raise InvalidInputError(
            f"Expected a `keras.Model`. Received: {type(model).__name__}. "
            "Load a file with `keras.saving.load_model` first."
        )
    if not model.built:
        raise InvalidInputError(
            f"Model '{model.name}' is not built, so its weights do not exist "
            "yet. Call it once on a batch."
        )
    if isinstance(model, keras.Sequential):
        return model.inputs[0]
    if getattr(model, "inputs", None):
        return model.input
    shapes = (model.get_build_config() or {}).get("input_shape")
    if shapes is None and isinstance(input_shape, tuple):
        shapes = (None, *input_shape)
    if shapes is None:
        raise InvalidInputError(
            f"Model '{model.name}' does not remember the shape of its inputs. "
            "Pass `input_shape`, without the batch axis, or wrap it: "
            "keras.Model(inputs, model(inputs))."
        )
    return symbolic(shapes, model.input_dtype)


def symbolic(shapes: Any, dtype: str) -> Any:
    """Turns nested shapes into nested symbolic tensors of open batch."""
    if isinstance(shapes, Mapping):
        return {key: symbolic(value, dtype) for key, value in shapes.items()}
    if all(size is None or isinstance(size, int) for size in shapes):
        return keras.KerasTensor((None, *shapes[1:]), dtype)
    return [symbolic(item, dtype) for item in shapes]
