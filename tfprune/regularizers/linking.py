"""Tells the parts of penalties which variables they share a norm with."""

from collections.abc import Iterable, Iterator
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.regularizers.joint_group_lasso import JointGroupLasso
from tfprune.regularizers.sum import Sum


def link(model: keras.Model | Iterable[keras.Variable]) -> None:
    """Links the penalties of variables whose norms are taken together.

    `tfprune.penalize_groups` and `tfprune.optimizers.Proximal` do it by
    themselves, and so does loading a model that was saved when compiled with
    `Proximal`. Others need it once after they were loaded or copied.

    Args:
        model: A model, or the variables that may carry penalties.

    Raises:
        InvalidInputError: When a penalty finds more or fewer variables than
            it was made for.

    Example:

    ```python
    model = keras.saving.load_model("penalized.keras", compile=False)
    tfprune.regularizers.link(model)
    model.compile("sgd", "mse")
    ```
    """
    variables: Iterable[Any] = getattr(model, "trainable_variables", model)
    found: dict[str, list[tuple[Any, JointGroupLasso]]] = {}
    for variable in variables:
        for part in parts_of(getattr(variable, "regularizer", None)):
            found.setdefault(part.group, []).append((variable, part))
    for group, members in found.items():
        check_members(group, members)
        for place, (_, part) in enumerate(members):
            part.linked, part.place = tuple(members), place


def parts_of(penalty: Any) -> Iterator[JointGroupLasso]:
    """The parts of joint penalties that one variable carries."""
    if isinstance(penalty, JointGroupLasso):
        yield penalty
    elif isinstance(penalty, Sum):
        for one in penalty.penalties:
            yield from parts_of(one)


def check_members(
    group: str, members: list[tuple[Any, JointGroupLasso]]
) -> None:
    """Refuses a group that is not what it was when it was penalized.

    Raises:
        InvalidInputError: With how many variables there should be.
    """
    first = members[0][1]
    if len(members) != first.members:
        raise InvalidInputError(
            f"The penalty on channel group '{group}' spans {first.members} "
            f"trainable variables, found {len(members)}: "
            f"{', '.join(x.path for x, _ in members)}. Make frozen layers "
            "trainable, or call tfprune.penalize_groups on the model as it is."
        )
    for variable, part in members:
        if (part.strength, part.width) != (first.strength, first.width):
            raise InvalidInputError(
                f"The penalties on channel group '{group}' contradict each "
                f"other: strength {first.strength:g} over {first.width} "
                f"channels, but {part.strength:g} over {part.width} at "
                f"'{variable.path}'. Give all parts the same."
            )
