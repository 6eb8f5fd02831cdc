"""Signs and magnitudes in a form that rules for int8 know."""

from dataclasses import replace

from tfprune.export.flatbuffer.model import FlatbufferModel, Subgraph
from tfprune.export.low_bit.signs import find_signs
from tfprune.export.low_bit.steps import multiply, reshape


def use_quantizable_signs(model: FlatbufferModel) -> int:
    """Lets rules for int8 quantize what signs and magnitudes are taken of.

    Args:
        model: A float model whose signs are tidy; it is changed, but not what
            it computes.

    Returns:
        How many operators were added or changed.

    Example:

    ```python
    use_quantizable_signs(model)
    ```
    """
    return sum(
        multiply_by_signs(subgraph) + read_inputs_once(subgraph)
        for subgraph in model.subgraphs
    )


def multiply_by_signs(subgraph: Subgraph) -> int:
    """Computes magnitudes as products with signs that are there already.

    No rule quantizes an `ABS`.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many magnitudes were changed.
    """
    signs = {sign.source: sign for sign in find_signs(subgraph)}
    count = 0
    for operator in list(subgraph.operators):
        source = operator.inputs[0] if operator.inputs else None
        sign = None if source is None else signs.get(source)
        if operator.name != "ABS" or source is None or sign is None:
            continue
        position = subgraph.operators.index(operator)
        moved = [operator, sign.compare, sign.select]
        # The sign may stand behind what reads the magnitude.
        position -= sum(
            subgraph.operators.index(x) < position for x in moved[1:]
        )
        for step in moved:
            subgraph.operators.remove(step)
        product = multiply(source, sign.result, operator.outputs[0])
        subgraph.operators[position:position] = [*moved[1:], product]
        count += 1
    return count


def read_inputs_once(subgraph: Subgraph) -> int:
    """Puts an operator between inputs of a model and their signs.

    Signs are left to the packing, which takes the scales of the rules. The
    reshaping changes nothing, and is removed when its scale is known.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many operators were added.
    """
    count = 0
    for sign in find_signs(subgraph):
        source = sign.source
        if source not in subgraph.inputs:
            continue
        kept = replace(source, name=f"{sign.result.name}/source")
        subgraph.tensors.append(kept)
        sign.compare.inputs[0] = kept
        position = subgraph.operators.index(sign.compare)
        subgraph.operators.insert(position, reshape(source, kept, subgraph))
        count += 1
    return count
