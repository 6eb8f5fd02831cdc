"""Conditions on the settings of an operator."""

from collections.abc import Mapping, Sequence
from typing import Any

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.targets.conditions.condition import condition


@condition
def options_equal(operator: Operator, value: Mapping[str, Any]) -> bool:
    """These settings have these values; an absent one counts as 0."""
    return all(
        getattr(operator.options, name, 0) == wanted
        for name, wanted in value.items()
    )


@condition
def options_match(operator: Operator, value: Sequence[str]) -> bool:
    """These settings all have the same value."""
    return len({getattr(operator.options, name, 1) for name in value}) == 1


@condition
def options_exclude(operator: Operator, value: Mapping[str, Any]) -> bool:
    """These settings do not have these values, all of them at once."""
    return not value or any(
        getattr(operator.options, name, 0) != unwanted
        for name, unwanted in value.items()
    )


@condition
def axis_above(operator: Operator, value: int) -> bool:
    """The axis that the settings name is beyond this one."""
    axis = getattr(operator.options, "axis", 0)
    rank = len(operator.outputs[0].shape)
    return axis % rank > value if rank else True
