"""Layers of whole weights in a model that computes with int8."""

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.integer_constant import (
    integer_constant,
    integers_of,
    one_scale,
)
from tfprune.export.low_bit.integer_form import (
    CLIP,
    LARGEST,
    LAYERS,
    SIGN_SCALE,
    holds,
    is_integer_layer,
)
from tfprune.export.low_bit.integer_layers import (
    moved_on,
    store_in_integers,
)
from tfprune.export.low_bit.real_constant import real_numbers
from tfprune.export.low_bit.signs import find_signs, is_choice, sign_tensors
from tfprune.export.low_bit.signs_of_integers import take_sign
from tfprune.export.low_bit.weighing import WEIGHING, bias_of, set_bias

# A half, and what float32 scales are off by.
HALF = 0.5001


def use_integer_inputs(model: FlatbufferModel) -> int:
    """Lets layers that make signs of int8 numbers do without floats.

    A layer of whole weights, of int8 inputs, whose sums are compared with
    thresholds, becomes one operator, as `use_integer_layers` has it; only its
    inputs are rounded to int8. Other signs of int8 numbers are told from the
    integers. What reads signs as rounded numbers reads the signs themselves.

    Args:
        model: A model that rules have quantized to int8, whose thresholds are
            floats; it is changed.

    Returns:
        How many signs are made of integers now.

    Example:

    ```python
    use_integer_inputs(model)
    ```
    """
    return sum(map(use_in, model.subgraphs))


def use_in(subgraph: Subgraph) -> int:
    """Changes one subgraph; returns how many signs."""
    return_floats(subgraph)
    scale_signs_alike(subgraph)
    made = {*threshold_in(subgraph), *compare_in(subgraph)}
    stored = {x for x in sign_tensors(subgraph) if x.dtype == "INT8"}
    wanted = moved_on(subgraph, made | stored)
    floats = {x for x in wanted if x.dtype == "FLOAT32"}
    store_in_integers(subgraph, floats, set())
    read_signs(subgraph)
    return len(made)


def threshold_in(subgraph: Subgraph) -> list[Tensor]:
    """Compares within layers what is compared behind them.

    Returns:
        The signs that the layers give now.
    """
    found = []
    for operator in list(subgraph.operators):
        if operator.name not in LAYERS or is_integer_layer(operator):
            continue
        steps = steps_to_sign(operator, Wiring(subgraph))
        whole = whole_weights(operator)
        source = operator.inputs[0]
        scale = None if source is None else source.scale()
        if not steps or whole is None or scale is None:
            continue
        limits = real_numbers(steps[1].inputs[1])
        if limits is None or limits.size not in (1, len(whole)):
            continue
        sizes = 255 * np.abs(whole).sum(axis=1) + 1
        least = np.ceil(limits.reshape(-1).astype("f8") / scale)
        change(operator, whole, np.clip(least, -sizes, sizes), scale, subgraph)
        operator.outputs[0] = steps[2].outputs[0]
        for step in steps:
            subgraph.operators.remove(step)
        found.append(operator.outputs[0])
    return found


def steps_to_sign(operator: Operator, wiring: Wiring) -> list[Operator]:
    """The unpacking, the comparison and the choice behind a layer."""
    found: list[Operator] = []
    for name in ("DEQUANTIZE", "GREATER_EQUAL", None):
        result = operator.outputs[0]
        users = wiring.consumers(result)
        if len(users) != 1 or wiring.is_output(result):
            return []
        operator = users[0]
        fits = is_choice(operator) if name is None else operator.name == name
        if not fits or operator.inputs[0] is not result:
            return []
        found.append(operator)
    return found


def whole_weights(operator: Operator) -> NDArray[np.int64] | None:
    """The whole weights `(filters, weights)` behind int8; None for others."""
    place = WEIGHING[operator.name]
    kernel, bias = operator.inputs[place.kernel], bias_of(operator)
    integers = integers_of(kernel)
    if kernel is None or integers is None or kernel.quantization is None:
        return None
    if bias is not None and (bias.data is None or bias.data.any()):
        return None
    filters = place.filters(integers).astype("f8")
    scales = kernel.quantization.scales
    if scales.size not in (1, len(filters)):
        return None
    steps = np.resize(scales, len(filters)).astype("f8")[:, None]
    whole = np.rint(filters * steps)
    # The rules have rounded them to steps of less than a half.
    if (np.abs(filters * steps - whole) > steps * HALF).any():
        return None
    return whole.astype("i8") if np.abs(whole).max() <= LARGEST else None


def change(
    operator: Operator,
    whole: NDArray[np.int64],
    least: NDArray[np.float64],
    scale: float,
    subgraph: Subgraph,
) -> None:
    """Gives a layer doubled weights, and thresholds for its bias."""
    place = WEIGHING[operator.name]
    kernel = operator.inputs[place.kernel]
    if kernel is None:
        return
    doubled = integer_constant(
        f"{kernel.name}/doubled",
        np.ascontiguousarray(place.laid_out(2 * whole, kernel.shape)),
        "INT8",
        1 / scale,
    )
    bias = integer_constant(
        f"{kernel.name}/thresholds",
        np.broadcast_to(1 - 2 * least, (len(whole),)),
        "INT32",
        1.0,
    )
    operator.inputs[place.kernel] = doubled
    set_bias(operator, bias)
    operator.options.fusedActivationFunction = CLIP
    subgraph.tensors += [doubled, bias]


def compare_in(subgraph: Subgraph) -> list[Tensor]:
    """Tells signs of integers from the integers; returns the signs."""
    found = []
    for sign in find_signs(subgraph):
        integers = Wiring(subgraph).integers_behind(sign.source)
        if integers is not None and integers.dtype == "INT8":
            take_sign(sign, integers, subgraph)
            found.append(sign.result)
    return found


def return_floats(subgraph: Subgraph) -> int:
    """Lets a model return signs as floats that layers read as int8.

    litert-quantizer returns the integers there.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many outputs were changed.
    """
    signs = sign_tensors(subgraph)
    count = 0
    for operator in subgraph.operators:
        source, result = operator.inputs[0], operator.outputs[0]
        if operator.name != "QUANTIZE" or source is None:
            continue
        if source not in signs or result not in subgraph.outputs:
            continue
        # The output stays the same object, which signatures refer to.
        other = {source: result, result: source}
        for user in subgraph.operators:
            user.inputs[:] = [x and other.get(x, x) for x in user.inputs]
            user.outputs[:] = [other.get(x, x) for x in user.outputs]
        kept = source.dtype, source.quantization
        source.dtype, source.quantization = result.dtype, result.quantization
        result.dtype, result.quantization = kept
        count += 1
    return count


def scale_signs_alike(subgraph: Subgraph) -> int:
    """Gives signs that layers read as int8 the scale of all signs."""
    signs = sign_tensors(subgraph)
    wiring = Wiring(subgraph)
    count = 0
    for operator in list(subgraph.operators):
        result, old = operator.outputs[0], operator.outputs[0].scale()
        if operator.name != "QUANTIZE" or operator.inputs[0] not in signs:
            continue
        users = wiring.consumers(result)
        is_read = all(x.name in LAYERS and x.inputs[0] is result for x in users)
        if result.dtype != "INT8" or old is None or not is_read:
            continue
        for user in users:
            bias = bias_of(user)
            if bias is not None:
                set_bias(user, rescaled(bias, old, subgraph))
        result.quantization = one_scale(SIGN_SCALE)
        count += 1
    return count


def read_signs(subgraph: Subgraph) -> int:
    """Rescales signs in one step that were unpacked and packed again."""
    count = 0
    for operator in subgraph.operators:
        if operator.name != "QUANTIZE":
            continue
        integers = Wiring(subgraph).integers_behind(operator.inputs[0])
        if holds(integers, {"INT8"}, SIGN_SCALE):
            operator.inputs[0] = integers
            count += 1
    return count


def rescaled(bias: Tensor, old: float, subgraph: Subgraph) -> Tensor | None:
    """A bias for inputs of the scale of signs."""
    found = bias.quantization
    if bias.data is None or found is None:
        return bias
    ratio = old / SIGN_SCALE
    whole = np.rint(bias.data.view("i4") * ratio)
    result = integer_constant(f"{bias.name}/rescaled", whole, "INT32")
    result.quantization = type(found)(
        (found.scales / ratio).astype("f4"), found.zero_points, found.axis
    )
    subgraph.tensors.append(result)
    return result
