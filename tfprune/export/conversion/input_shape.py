"""Shapes of one sample, where a model leaves some of its sizes open."""

from collections.abc import Mapping, Sequence

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.registry import did_you_mean

InputShape = tuple[int, ...] | Mapping[str, tuple[int, ...]] | None
# A shape of which even the number of axes is unknown is None.
OpenShape = Sequence[int | None] | None


def shapes_by_name(
    input_shape: InputShape, names: Sequence[str]
) -> Mapping[str, tuple[int, ...]]:
    """The shapes that the user gave, by input name.

    Raises:
        InvalidInputError: When a name is unknown, or one shape is given for
            several inputs.
    """
    if input_shape is None:
        return {}
    if isinstance(input_shape, Mapping):
        for name in input_shape:
            if name not in names:
                raise InvalidInputError(
                    f"`input_shape` names the unknown input '{name}'."
                    f"{did_you_mean(name, names)} The inputs are: "
                    f"{', '.join(names)}."
                )
        return input_shape
    if len(names) > 1:
        raise InvalidInputError(
            "Expected `input_shape` as a dict by input name for the inputs "
            f"{', '.join(names)}. Received: {input_shape}."
        )
    return {names[0]: tuple(input_shape)}


def static_shape(
    known: OpenShape, wanted: tuple[int, ...] | None, name: str, title: str
) -> tuple[int, ...]:
    """Fills the open sizes of an input.

    Args:
        known: Shape of one sample as the model states it.
        wanted: The same as the user states it, or None.
        name: Name of the input.
        title: What to call the model in messages.

    Raises:
        InvalidInputError: When some stay open, or contradict the model.
    """
    if known is None and wanted is None:
        raise InvalidInputError(
            f"Input '{name}' of {title} takes any shape, and an exported "
            "model needs every size. Pass `input_shape`, without the batch "
            "axis."
        )
    given = tuple(known or ()) if wanted is None else tuple(wanted)
    fits = known is None or (
        len(given) == len(known)
        and all(
            size in (None, new) for size, new in zip(known, given, strict=True)
        )
    )
    if not fits:
        raise InvalidInputError(
            f"Expected `input_shape` to fit {tuple(known or ())}, input "
            f"'{name}' of {title}. Received: {given}. Leave out the batch "
            "axis."
        )
    if None in given:
        raise InvalidInputError(
            f"Input '{name}' of {title} has the shape {given}, "
            "and an exported model needs every size. Pass `input_shape`, "
            "without the batch axis."
        )
    return tuple(int(size) for size in given if size is not None)


def read_input(
    name: str,
    shape: OpenShape,
    dtype: str,
    wanted: tuple[int, ...] | None,
    title: str,
) -> ModelInput:
    """Makes an input of a tensor, whose first axis may or may not be a batch.

    An axis of open size, or of size 1, in the first place is taken for the
    batch; any other tensor is a sample as a whole.

    Args:
        name: Name of the input.
        shape: Shape of the tensor, with its batch axis.
        dtype: Name of its dtype.
        wanted: Shape of one sample as the user states it, or None.
        title: What to call the model in messages.

    Raises:
        InvalidInputError: When a size stays open, or contradicts the model.
    """
    batched = shape is None or (len(shape) > 0 and shape[0] in (None, 1))
    known = shape[1:] if batched and shape is not None else shape
    return ModelInput(
        name, static_shape(known, wanted, name, title), dtype, batched
    )
