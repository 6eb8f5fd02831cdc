"""Versions that say what a runtime must know."""

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.versions.required import is_certain, required_version
from tfprune.export.versions.runtime import state_min_runtime


def set_operator_versions(model: FlatbufferModel) -> int:
    """Gives operators the versions that their types and settings need.

    A runtime refuses a version that it does not know, so a version that is
    too low makes old runtimes compute garbage without a word: some
    quantizers leave every operator at 1. A version that is too low is raised.
    One that is too high is lowered where the rules know all that could ask
    for more; converters give all operators of a name the version of the most
    demanding one, and that stays. The oldest runtime that the file states is
    set too.

    Args:
        model: The model; it is changed.

    Returns:
        How many versions were changed, the stated runtime among them.

    Example:

    ```python
    model = read_tflite("quantized.tflite")
    set_operator_versions(model)
    ```
    """
    by_name: dict[str, list[Operator]] = {}
    for operator in model.operators:
        if not operator.is_custom:
            by_name.setdefault(operator.name, []).append(operator)
    count = sum(map(set_versions_of, by_name.values()))
    return count + state_min_runtime(model)


def set_versions_of(operators: list[Operator]) -> int:
    """Sets the versions of operators of one name; returns how many."""
    needed = {operator: required_version(operator) for operator in operators}
    highest = max(needed.values())
    certain = all(map(is_certain, operators))
    count = 0
    for operator, lowest in needed.items():
        version = max(operator.version, lowest)
        if certain:
            version = min(version, highest)
        if version != operator.version:
            operator.version = version
            count += 1
    return count
