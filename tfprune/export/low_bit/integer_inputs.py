"""Layers of whole weights in a model that computes with int8."""

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.integer_constant import (
    integer_constant,
    integers_of,
)
from tfprune.export.low_bit.integer_form import (
    CLIP,
    LAYERS,
    SIGN_SCALE,
    is_integer_layer,
)
from tfprune.export.low_bit.integer_layers import (
    choose_integers,
    store_in_integers,
)
from tfprune.export.low_bit.real_constant import real_numbers
from tfprune.export.low_bit.signs import find_signs, is_choice
from tfprune.export.low_bit.weighing import WEIGHING, bias_of, set_bias

# Whole weights are doubled, so that no sum lies on a threshold.
LARGEST = 63
NEARLY_WHOLE = 1e-3


def use_integer_inputs(model: FlatbufferModel) -> int:
    """Lets layers that make signs of int8 numbers do without floats.

    A layer of whole weights, of int8 inputs, whose sums are compared with
    thresholds, becomes one operator, as `use_integer_layers` has it; only its
    inputs are rounded to int8. Other signs of int8 numbers are told from the
    integers. Layers that read signs as rounded numbers read the signs
    themselves.

    Args:
        model: A model that rules have quantized to int8, whose thresholds are
            floats; it is changed.

    Returns:
        How many operators were changed.

    Example:

    ```python
    use_integer_inputs(model)
    ```
    """
    return sum(
        threshold_in(subgraph) + compare_in(subgraph) + read_signs_in(subgraph)
        for subgraph in model.subgraphs
    )


def threshold_in(subgraph: Subgraph) -> int:
    """Compares within layers what is compared behind them."""
    count = 0
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
        result = steps[2].outputs[0]
        operator.outputs[0] = result
        for step in steps:
            subgraph.operators.remove(step)
        if result.dtype == "FLOAT32":
            store_in_integers(subgraph, {result}, set())
        count += 1
    return count


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
    real = filters * np.resize(scales, len(filters)).astype("f8")[:, None]
    whole = np.rint(real)
    if np.abs(real - whole).max() > NEARLY_WHOLE:
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


def compare_in(subgraph: Subgraph) -> int:
    """Compares integers with the one that stands for zero."""
    count = 0
    for sign in find_signs(subgraph):
        integers = Wiring(subgraph).integers_behind(sign.source)
        # The kernel takes no scale of 1 or more.
        if integers is None or (integers.scale() or 1.0) >= 1:
            continue
        zero = integer_constant(
            f"{integers.name}/zero",
            np.full((), integers.zero_point()),
            "INT8",
        )
        zero.quantization = integers.quantization
        subgraph.tensors.append(zero)
        sign.compare.inputs[:] = [integers, zero]
        if sign.result.dtype == "FLOAT32":
            choose_integers(sign.select, subgraph)
            store_in_integers(subgraph, {sign.result}, set())
        count += 1
    return count


def read_signs_in(subgraph: Subgraph) -> int:
    """Lets int8 layers read signs that were unpacked and packed again."""
    count = 0
    for operator in subgraph.operators:
        if operator.name not in LAYERS:
            continue
        source = operator.inputs[0]
        signs = signs_behind(source, Wiring(subgraph))
        old = None if source is None else source.scale()
        if signs is None or old is None:
            continue
        bias = bias_of(operator)
        if bias is not None:
            set_bias(operator, rescaled(bias, old, subgraph))
        operator.inputs[0] = signs
        count += 1
    return count


def signs_behind(tensor: Tensor | None, wiring: Wiring) -> Tensor | None:
    """Signs that were turned into floats and into int8 of another scale."""
    packing = wiring.producer(tensor)
    if packing is None or packing.name != "QUANTIZE":
        return None
    integers = wiring.integers_behind(packing.inputs[0])
    if integers is None or integers.dtype != "INT8":
        return None
    return integers if integers.scale() == SIGN_SCALE else None


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
