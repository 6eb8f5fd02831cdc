"""Conditions on names, versions and types."""

from collections.abc import Mapping, Sequence

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.targets.conditions.condition import (
    activations_of,
    condition,
)
from tfprune.export.versions.required import required_version


@condition
def is_listed(operator: Operator, value: Sequence[str]) -> bool:
    """The name, or the custom code, is one of these."""
    return operator.name in value


@condition
def version_at_most(operator: Operator, value: Mapping[str, int]) -> bool:
    """Neither the stated nor the needed version is above that of its name.

    Names without an entry are another rule's business.
    """
    needed = max(operator.version, required_version(operator))
    return operator.is_custom or needed <= value.get(operator.name, needed)


@condition
def activation_types(operator: Operator, value: Sequence[str]) -> bool:
    """All that is computed has one of these types."""
    return all(x.dtype in value for x in activations_of(operator))


@condition
def input_type(operator: Operator, value: Mapping[str, list[str]]) -> bool:
    """The inputs at these positions have one of these types."""
    for position, dtypes in value.items():
        index = int(position)
        tensor = (
            operator.inputs[index] if index < len(operator.inputs) else None
        )
        if tensor is not None and tensor.dtype not in dtypes:
            return False
    return True


@condition
def same_types(operator: Operator, value: Sequence[int]) -> bool:
    """The inputs at these positions have one type."""
    found = [
        operator.inputs[position]
        for position in value
        if position < len(operator.inputs)
    ]
    return len({tensor.dtype for tensor in found if tensor is not None}) < 2


@condition
def type_pairs(operator: Operator, value: Sequence[Sequence[str]]) -> bool:
    """The types of first input and first output are one of these pairs."""
    source = operator.inputs[0]
    pair = ["" if source is None else source.dtype, operator.outputs[0].dtype]
    return pair in [list(allowed) for allowed in value]
