"""Multiply-accumulates of the operators of a `.tflite` file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor


@dataclass(frozen=True)
class MacsRule:
    """How to count one operator.

    Args:
        count: Gives the multiply-accumulates.
        ranks: Least ranks of the inputs that are looked at, by position.
    """

    count: Callable[[Operator], int]
    ranks: Mapping[int, int]

    def fits(self, operator: Operator) -> bool:
        """Whether an operator has what the rule looks at."""
        shapes = {
            position: tensor.shape
            for position, tensor in enumerate(operator.inputs)
            if tensor is not None
        }
        return bool(operator.outputs) and all(
            len(shapes.get(position, ())) >= rank
            for position, rank in self.ranks.items()
        )


def count_macs(operator: Operator) -> int | None:
    """Multiply-accumulates of one run of an operator.

    Counted are convolutions, fully connected layers and matrix products, at
    the shapes in the file; zeros in the weights count too.

    Args:
        operator: The operator.

    Returns:
        The count, or None for other operators, and for those whose weights
        do not have the rank of such weights.

    Example:

    ```python
    sum(count_macs(operator) or 0 for operator in model.operators)
    ```
    """
    rule = RULES.get(operator.name)
    if rule is None or not rule.fits(operator):
        return None
    return rule.count(operator)


def convolution(operator: Operator) -> int:
    """Every output element reads one filter `(height, width, channels)`."""
    filters = given(operator, 1).shape
    return operator.outputs[0].size * product(filters[1:])


def depthwise(operator: Operator) -> int:
    """Every output element reads one filter `(height, width)`."""
    _, height, width, *_ = given(operator, 1).shape
    return operator.outputs[0].size * height * width


def transposed_convolution(operator: Operator) -> int:
    """Every input element is spread over `(filters, height, width)`."""
    filters, height, width, *_ = given(operator, 1).shape
    return given(operator, 2).size * filters * height * width


def convolution_3d(operator: Operator) -> int:
    """Every output element reads `(depth, height, width, channels)`."""
    kernel = given(operator, 1).shape
    return operator.outputs[0].size * product(kernel[:-1])


def fully_connected(operator: Operator) -> int:
    """Every output element reads one row of the weights."""
    return operator.outputs[0].size * given(operator, 1).shape[-1]


def matrix_product(operator: Operator) -> int:
    """Every output element sums over the shared axis."""
    left = given(operator, 0).shape
    return operator.outputs[0].size * left[-2 if operator.options.adjX else -1]


def given(operator: Operator, position: int) -> Tensor:
    """An input that these operators never leave out."""
    tensor = operator.inputs[position]
    if tensor is None:
        raise IndexError(f"{operator.name} lacks its input {position}.")
    return tensor


def product(sizes: tuple[int, ...]) -> int:
    """Product of the sizes of axes."""
    result = 1
    for size in sizes:
        result *= size
    return result


RULES: dict[str, MacsRule] = {
    "BATCH_MATMUL": MacsRule(matrix_product, {0: 2}),
    "CONV_2D": MacsRule(convolution, {1: 4}),
    "CONV_3D": MacsRule(convolution_3d, {1: 5}),
    "DEPTHWISE_CONV_2D": MacsRule(depthwise, {1: 4}),
    "FULLY_CONNECTED": MacsRule(fully_connected, {1: 2}),
    "TRANSPOSE_CONV": MacsRule(transposed_convolution, {1: 4, 2: 1}),
}
