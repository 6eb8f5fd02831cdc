"""What an export made of weights of few bits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.low_bit.layers import LowBitLayer, find_low_bit_layers
from tfprune.table import render_table

FLOAT_BYTES = 4
SHOWN = 5
# What Keras calls the operations that weigh.
PRODUCT = re.compile("matmul|conv|depthwise|einsum|tensordot", re.IGNORECASE)


@dataclass(frozen=True)
class PackedKernel:
    """The weights of one layer.

    Attributes:
        layer: Name of the operator's output, which tells the layer.
        operator: Name of the operator.
        dtype: What its weights are stored as, such as `"int4"`.
        num_weights: How many there are.
        num_bytes: Bytes that they take in the file.
        in_integers: Whether it computes with integers.
        is_binary: Whether it multiplies signs by signs.
    """

    layer: str
    operator: str
    dtype: str
    num_weights: int
    num_bytes: int
    in_integers: bool
    is_binary: bool


@dataclass(frozen=True)
class LowBitReport:
    """The layers of a file whose weights have few bits.

    Attributes:
        kernels: Their weights, in the order in which they run.
        left_float: Names of layers that were trained to few bits, and whose
            weights are on no even grid that a file can hold. An int8 model
            holds them rounded, as it holds the weights of other layers.
    """

    kernels: tuple[PackedKernel, ...]
    left_float: tuple[str, ...]

    @property
    def num_bytes(self) -> int:
        """Bytes of all packed weights in the file."""
        return sum(kernel.num_bytes for kernel in self.kernels)

    @property
    def float_bytes(self) -> int:
        """Bytes that they would take as float32."""
        return sum(FLOAT_BYTES * kernel.num_weights for kernel in self.kernels)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to look at, one sentence each."""
        if not self.left_float:
            return ()
        more = ", ..." if len(self.left_float) > SHOWN else ""
        return (
            f"The weights of {len(self.left_float)} layers of few bits are "
            "stored as other weights are, since they are too few, on no even "
            "grid of at most 127 steps either side of zero, or computed while "
            "the model runs: "
            f"{', '.join(self.left_float[:SHOWN])}{more}.",
        )

    def __str__(self) -> str:
        """The weights as a text table, by their types."""
        groups: dict[tuple[str, bool], list[PackedKernel]] = {}
        for kernel in self.kernels:
            group = groups.setdefault((kernel.dtype, kernel.in_integers), [])
            group.append(kernel)
        return render_table(
            "Weights of few bits",
            ["type", "computes with", "layers", "weights", "bytes", "float32"],
            [
                (
                    dtype,
                    "integers" if in_integers else "floats",
                    len(group),
                    sum(x.num_weights for x in group),
                    sum(x.num_bytes for x in group),
                    sum(FLOAT_BYTES * x.num_weights for x in group),
                )
                for (dtype, in_integers), group in groups.items()
            ],
        )


def report_low_bits(
    model: FlatbufferModel, trained: Sequence[str]
) -> LowBitReport | None:
    """Tells which weights of few bits a model holds.

    Args:
        model: What is written.
        trained: Names of the layers that were trained to few bits.

    Returns:
        The report; None where there are none.

    Example:

    ```python
    report_low_bits(read_tflite("bnn.tflite"), ["fc1", "fc2"])
    ```
    """
    found = find_low_bit_layers(model)
    if not found and not trained:
        return None
    # Steps of a recurrent layer share weights: equal bytes are one buffer.
    stored = {(x.dtype, x.integers.tobytes()): x for x in reversed(found)}
    kernels = tuple(
        PackedKernel(
            layer=layer.name,
            operator=layer.operator,
            dtype=layer.dtype.lower(),
            num_weights=layer.integers.size,
            num_bytes=layer.num_bytes,
            in_integers=layer.in_integers,
            is_binary=layer.is_binary,
        )
        for layer in reversed(stored.values())
    )
    told = [layer_of(kernel, trained) for kernel in stored.values()]
    left = tuple(name for name in trained if name not in told)
    # An output of the model bears its own name, not that of the layer.
    nameless = told.count(None)
    return LowBitReport(kernels, left if len(left) > nameless else ())


def layer_of(found: LowBitLayer, trained: Sequence[str]) -> str | None:
    """The layer that a kernel of a file belongs to.

    Args:
        found: The kernel. Its names may tell of what follows it, too.
        trained: Names of layers, or ends of their paths.
    """
    told = [
        (name, f"/{path}/".partition(f"/{name}/")[2])
        for path in found.paths
        for name in trained
        if f"/{name}/" in f"/{path}/"
    ]
    products = [name for name, operation in told if PRODUCT.search(operation)]
    return next(iter([*products, *(name for name, _ in told)]), None)
