"""Layers of few bits in a `.tflite` file, and the pattern that marks them."""

import os
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.integer_constant import integers_of
from tfprune.export.low_bit.integer_form import SIGN, is_integer_layer
from tfprune.export.low_bit.real_constant import real_numbers
from tfprune.export.low_bit.rounded_kernel import limits_of, rounded_kernel_of
from tfprune.export.low_bit.signs import is_choice, sign_tensors
from tfprune.export.low_bit.weighing import WEIGHING, bias_of

# What Keras calls the operations that weigh; TensorFlow numbers them.
PRODUCT = re.compile(r"(MatMul|convolution|depthwise|conv_transpose)[\d_]*")


@dataclass(frozen=True, eq=False)
class LowBitLayer:
    """A layer of whole weights, as a file holds it.

    Attributes:
        name: Name of the operator's output, which tells the Keras layer.
        paths: Paths of the Keras operations that it stands for, as far as the
            names in the file tell.
        operator: Name of the operator, such as `"CONV_2D"`.
        position: Positions of its subgraph and of itself in there.
        dtype: The type of its weights, `"INT2"`, `"INT4"` or `"INT8"`.
        integers: int8, the weights in the layout of the operator.
        num_bytes: Bytes of the weights in the file.
        in_integers: Whether the operator computes with integers.
        reads_signs: Whether its inputs are signs: 1, -1, or the 0 of padding.
        scales: float32, one or one for each filter: what sums of whole weights
            are multiplied by; None where only their sign is asked for.
        thresholds: float32, one for each filter: the sums from which on the
            output is 1, not -1; None where they are scaled.
    """

    name: str
    paths: tuple[str, ...]
    operator: str
    position: tuple[int, int]
    dtype: str
    integers: NDArray[np.int8]
    num_bytes: int
    in_integers: bool
    reads_signs: bool
    scales: NDArray[np.float32] | None
    thresholds: NDArray[np.float32] | None

    @property
    def layer(self) -> str | None:
        """Path of the Keras layer, such as `"block/conv"`.

        None where no name in the file tells, as that of an output, which
        bears the name of the output.
        """
        for path in self.paths:
            _, *parts = path.split("/")
            # The layer itself may have the name of an operation.
            for position in range(len(parts) - 1, 0, -1):
                if PRODUCT.fullmatch(parts[position]):
                    return "/".join(parts[:position])
        return None

    @property
    def is_binary(self) -> bool:
        """Whether it multiplies signs by signs."""
        sizes = np.abs(self.integers.astype("i2"))
        return self.reads_signs and bool((sizes == 1).all())


def find_low_bit_layers(
    model: FlatbufferModel | str | os.PathLike[str],
) -> tuple[LowBitLayer, ...]:
    """Finds the layers of few bits of a `.tflite` file.

    An export leaves each of them in one of three forms. `K` is a constant INT2,
    INT4 or INT8 tensor with one scale and the zero point 0, and the operator
    one of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, in the second form
    also CONV_3D and TRANSPOSE_CONV.

    1. *Signs in, signs out.* One operator, with integers throughout:

       `y INT8 = operator(x INT8, K, b INT32), RELU_N1_TO_1`

       with the scale 0.5 for `x` and `y`, 2 for `K` and 1 for `b`. Signs are
       stored as 2 and -2, and padding as 0. With `s` the sum of inputs times
       weights, `y = 1 if s >= (1 - b) / 2 else -1`; `b` is odd, so there is no
       tie. A MAX_POOL_2D, a RESHAPE and a MUL by INT8 constants 1 and -1 may
       follow.
    2. *Floats in or out.* The operator computes with floats:

       `y FLOAT32 = operator(x FLOAT32, DEQUANTIZE(K), nothing)`

       where the scale of `K` is a power of two, as a rule 1, and the bias is
       left out or zero. Then follow a MUL by FLOAT32 constants, one or one for
       each filter, and an ADD with the bias; or neither, where the scale of
       `K` is the scale, and the bias in its place. Where only signs are asked
       for, a GREATER_EQUAL with FLOAT32 thresholds follows instead, and a
       SELECT of 1 and -1.

    3. *Rounded numbers in or out*, as `quantize="int8"` leaves them. `x` and
       `y` are INT8 of any scale, and so is `K`, which has one scale or one for
       each filter. Its numbers are those of a grid of at most 15 steps either
       side of zero, stretched and rounded to int8: -127 and 127, say. A
       kernel of less than 64 weights, or of filters of less than 8, is not
       told from others. Where `y` is a sign as in the first form, the scale
       of `K` times that of `x` is 1, and that of `b`.

    Inputs are signs where they come from a SELECT_V2 (or SELECT) of the
    constants 1 and -1, as FLOAT32 or as INT8 of the scale 0.5, from a layer
    of the first form, or from an INT8 operator that ends as that does, with
    even weights and an odd bias; through nothing but operators that move
    numbers on, MAX_POOL_2D and DEQUANTIZE.

    Args:
        model: The path of a file, or what was read from it.

    Returns:
        The layers, in the order in which they run.

    Raises:
        InvalidInputError: When the file cannot be read.

    Example:

    ```python
    for layer in find_low_bit_layers("bnn.tflite"):
        print(layer.layer or layer.name, layer.dtype, layer.is_binary)
    ```
    """
    if not isinstance(model, FlatbufferModel):
        model = read_tflite(model)
    return tuple(
        layer
        for number, subgraph in enumerate(model.subgraphs)
        for layer in layers_in(subgraph, number)
    )


def layers_in(subgraph: Subgraph, number: int) -> list[LowBitLayer]:
    """The layers of few bits of one subgraph."""
    signs = sign_tensors(subgraph)
    wiring = Wiring(subgraph)
    found = []
    for index, operator in enumerate(subgraph.operators):
        if operator.name not in WEIGHING or operator.is_custom:
            continue
        place = WEIGHING[operator.name]
        kernel = operator.inputs[place.kernel]
        scales = thresholds = integers = None
        if is_integer_layer(operator):
            integers = integers_of(kernel)
            thresholds = integer_thresholds(operator)
        elif (grid := rounded_kernel_of(operator)) is not None:
            integers, steps = grid
            thresholds = limits_of(operator, steps)
            scales = steps if thresholds is None else None
        else:
            kernel = unpacked_kernel(operator, wiring)
            thresholds = real_thresholds(operator, wiring)
            integers = integers_of(kernel)
            if kernel is not None and thresholds is None:
                scales = scales_of(operator, kernel, wiring)
        if kernel is None or integers is None:
            continue
        found.append(
            LowBitLayer(
                name=operator.outputs[0].name,
                paths=paths_of(operator.outputs[0], kernel),
                operator=operator.name,
                position=(number, index),
                dtype=kernel.dtype,
                integers=integers,
                num_bytes=kernel.num_bytes,
                in_integers=operator.outputs[0].dtype == "INT8",
                reads_signs=operator.inputs[place.source] in signs,
                scales=scales,
                thresholds=thresholds,
            )
        )
    return found


def paths_of(*tensors: Tensor) -> tuple[str, ...]:
    """The paths that the names of tensors are made of."""
    return tuple(path for x in tensors for path in x.name.split(";") if path)


def integer_thresholds(operator: Operator) -> NDArray[np.float32] | None:
    """The thresholds of an operator that computes with integers."""
    bias = bias_of(operator)
    if bias is None or bias.data is None:
        return None
    return ((1 - bias.data.view(np.int32)) / SIGN).astype(np.float32)


def unpacked_kernel(operator: Operator, wiring: Wiring) -> Tensor | None:
    """The integers that an operator reads as floats; None for others."""
    kernel = operator.inputs[WEIGHING[operator.name].kernel]
    packed = wiring.integers_behind(kernel)
    if packed is None or not packed.is_constant or packed.zero_point() != 0:
        return None
    return packed if np.frexp(packed.scale() or 0.0)[0] == 0.5 else None


def real_thresholds(
    operator: Operator, wiring: Wiring
) -> NDArray[np.float32] | None:
    """What the outputs of an operator are compared with, if only that."""
    users = wiring.consumers(operator.outputs[0])
    if len(users) != 1 or users[0].name != "GREATER_EQUAL":
        return None
    choices = wiring.consumers(users[0].outputs[0])
    if bias_is_there(operator) or not all(map(is_choice, choices)):
        return None
    return real_numbers(users[0].inputs[1])


def bias_is_there(operator: Operator) -> bool:
    """Whether an operator adds something."""
    bias = bias_of(operator)
    numbers = real_numbers(bias)
    return bias is not None and (numbers is None or bool(numbers.any()))


def scales_of(
    operator: Operator, kernel: Tensor, wiring: Wiring
) -> NDArray[np.float32]:
    """What sums of whole weights are multiplied by."""
    scale = np.full(1, kernel.scale() or 1.0, np.float32)
    users = wiring.consumers(operator.outputs[0])
    if len(users) != 1 or users[0].name != "MUL" or bias_is_there(operator):
        return scale
    factor = real_numbers(users[0].inputs[1])
    filters = kernel.shape[WEIGHING[operator.name].axis]
    if factor is None or factor.shape[-1:] not in ((), (1,), (filters,)):
        return scale
    # A constant along another axis scales no filters.
    if factor.size not in (1, factor.shape[-1]):
        return scale
    return scale * factor.reshape(-1)
