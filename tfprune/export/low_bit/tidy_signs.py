"""Signs in an order in which they are easily found."""

from tfprune.export.flatbuffer.bypass import bypass
from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.signs import (
    Sign,
    compared_with_zero,
    find_signs,
    is_choice,
    sign_tensors,
)


def tidy_signs(subgraph: Subgraph) -> None:
    """Puts signs right behind the numbers whose signs they are, once each.

    Args:
        subgraph: The subgraph; it is changed, but not what it computes.

    Example:

    ```python
    tidy_signs(model.main)
    ```
    """
    choose_before_reshaping(subgraph)
    compare_before_reshaping(subgraph)
    share_signs(subgraph)
    remove_signs_of_signs(subgraph)


def choose_before_reshaping(subgraph: Subgraph) -> int:
    """Moves reshaping of a comparison behind the choice that it is for.

    The converter puts the reshaping of signs where it likes.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many choices were moved.
    """
    wiring = Wiring(subgraph)
    count = 0
    for select in list(subgraph.operators):
        if not is_choice(select):
            continue
        reshape = wiring.producer(select.inputs[0])
        if reshape is None or reshape.name != "RESHAPE":
            continue
        compared = reshape.inputs[0]
        compare = wiring.producer(compared)
        if compared is None or compare is None:
            continue
        alone = wiring.consumers(reshape.outputs[0]) == [select]
        sizes = (x.size for x in select.inputs[1:] if x is not None)
        if not alone or any(size != 1 for size in sizes):
            continue
        result = select.outputs[0]
        signs = Tensor(f"{result.name}/signs", result.dtype, compared.shape)
        subgraph.tensors.append(signs)
        select.inputs[0], select.outputs[0] = compared, signs
        reshape.inputs[0], reshape.outputs[0] = signs, result
        one, two = map(subgraph.operators.index, (reshape, select))
        subgraph.operators[one], subgraph.operators[two] = select, reshape
        wiring = Wiring(subgraph)
        count += 1
    return count


def compare_before_reshaping(subgraph: Subgraph) -> int:
    """Moves reshaping of numbers behind the sign that alone they are for.

    Then all who want their signs find the same numbers.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many signs were moved.
    """
    count = 0
    for sign in find_signs(subgraph):
        wiring = Wiring(subgraph)
        reshape = wiring.producer(sign.source)
        if reshape is None or reshape.name != "RESHAPE":
            continue
        source = reshape.inputs[0]
        alone = wiring.consumers(sign.source) == [sign.compare]
        if source is None or not alone or wiring.is_output(sign.source):
            continue
        if not all(x is not None and x.size == 1 for x in given_to(sign)):
            continue
        result = sign.result
        signs = Tensor(f"{result.name}/signs", result.dtype, source.shape)
        subgraph.tensors.append(signs)
        sign.compare.inputs[0] = source
        sign.compare.outputs[0].shape = source.shape
        sign.select.outputs[0] = signs
        reshape.inputs[0], reshape.outputs[0] = signs, result
        subgraph.operators.remove(reshape)
        position = subgraph.operators.index(sign.select) + 1
        subgraph.operators.insert(position, reshape)
        count += 1
    return count


def given_to(sign: Sign) -> list[Tensor | None]:
    """The constants of a sign: what it compares with, and chooses from."""
    return [sign.compare.inputs[1], *sign.select.inputs[1:]]


def share_signs(subgraph: Subgraph) -> int:
    """Lets all who want the signs of the same numbers read the same signs.

    Every layer brings a sign of its own.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many operators were removed.
    """
    compares = [x for x in subgraph.operators if compared_with_zero(x)]
    count = share(compares, subgraph)
    choices = [x for x in subgraph.operators if is_choice(x)]
    return count + share(choices, subgraph)


def share(operators: list[Operator], subgraph: Subgraph) -> int:
    """Removes those of some operators that do what another one does.

    Args:
        operators: Operators that do the same with their first inputs.
        subgraph: Where they stand; it is changed.
    """
    alike: dict[tuple[Tensor | None, str], list[Operator]] = {}
    for operator in operators:
        key = operator.inputs[0], operator.outputs[0].dtype
        alike.setdefault(key, []).append(operator)
    count = 0
    for first, *others in alike.values():
        # What the subgraph returns stays.
        kept = next(
            (x for x in (first, *others) if x.outputs[0] in subgraph.outputs),
            first,
        )
        position = subgraph.operators.index(first)
        subgraph.operators.remove(kept)
        subgraph.operators.insert(position, kept)
        for operator in (first, *others):
            same = operator.outputs[0].shape == kept.outputs[0].shape
            if operator is not kept and same:
                result = kept.outputs[0]
                wiring = Wiring(subgraph)
                count += bypass(operator, result, subgraph, wiring)
    return count


def remove_signs_of_signs(subgraph: Subgraph) -> int:
    """Removes signs of what is a sign already.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many were removed.
    """
    count = 0
    for sign in find_signs(subgraph):
        if sign_tensors(subgraph).get(sign.source, True):
            continue
        wiring = Wiring(subgraph)
        if bypass(sign.select, sign.source, subgraph, wiring):
            subgraph.operators.remove(sign.compare)
            count += 1
    return count
