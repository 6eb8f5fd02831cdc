"""Whether what a `.tflite` file says of itself can be true.

The bytes have the form of the schema by now. Here positions must point at
something, sizes must fit each other, and operators must run in the order in
which they stand. The runtime refuses most of what is refused here, and some
of it crashes the runtime.
"""

import math
from collections import Counter
from typing import Any, NoReturn

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.call_graph import called_by, find_recursion
from tfprune.export.flatbuffer.operator_form import form_of
from tfprune.export.flatbuffer.padded_shape import padded_shape
from tfprune.export.flatbuffer.schema import (
    TENSOR_TYPES,
    operator_name,
    schema,
    text,
)
from tfprune.export.flatbuffer.sparse_size import stored_elements
from tfprune.export.flatbuffer.tensor import BITS

SCHEMA_VERSION = 3
# What NumPy can hold.
MAX_RANK = 64
# Kernels count the numbers of a tensor in 32 bits.
MAX_ELEMENTS = 2**31 - 1
PADDING = frozenset({"PAD", "PADV2", "MIRROR_PAD"})


class Consistency:
    """Checks of an unpacked model.

    Args:
        packed: The schema's model.
        num_bytes: Size of the file.
        source: What to call the file in messages.

    Raises:
        InvalidInputError: At the first contradiction.
    """

    def __init__(self, packed: Any, num_bytes: int, source: str) -> None:
        self.packed = packed
        self.num_bytes = num_bytes
        self.source = source
        self.buffers = packed.buffers or ()
        self.subgraphs = packed.subgraphs or ()
        self.codes = packed.operatorCodes or ()

    def check(self) -> None:
        """Checks the whole model."""
        if self.packed.version != SCHEMA_VERSION:
            self.fail(f"it states version {self.packed.version} of its schema")
        if not self.subgraphs:
            self.fail("it holds no subgraph")
        if self.packed.externalBuffers or self.packed.externalBufferGroups:
            raise InvalidInputError(
                f"'{self.source}' keeps weights in other files, which tfprune "
                "does not read. Convert the model into one file."
            )
        for index, buffer in enumerate(self.buffers):
            self.check_stretch(buffer.offset, buffer.size, f"buffer {index}")
        for code in self.codes:
            name, _ = operator_name(code)
            self.require(name, "a custom operator has no name")
        for index, subgraph in enumerate(self.subgraphs):
            self.check_subgraph(subgraph, f"subgraph {index}")
        cycle = find_recursion(self.subgraphs)
        self.require(not cycle, f"the subgraphs {cycle} call each other")
        for entry in self.packed.metadata or ():
            self.check_index(
                entry.buffer, self.buffers, f"metadata '{text(entry.name)}'"
            )
        for signature in self.packed.signatureDefs or ():
            self.check_signature(signature)

    def check_stretch(self, start: int, size: int, what: str) -> None:
        """Checks a stretch of bytes behind the flatbuffer; 0 and 1 are none."""
        if start > 1:
            self.require(
                start + size <= self.num_bytes, f"{what} ends after the file"
            )

    def check_subgraph(self, subgraph: Any, where: str) -> None:
        """Checks the tensors, then the operators, of a subgraph."""
        tensors = subgraph.tensors or ()
        for index, tensor in enumerate(tensors):
            name = text(tensor.name) or str(index)
            self.check_tensor(tensor, tensors, f"tensor '{name}' of {where}")
        for ends, what in (
            (subgraph.inputs, "input"),
            (subgraph.outputs, "output"),
        ):
            self.check_indices(ends, tensors, f"an {what} of {where}")
        for index, operator in enumerate(subgraph.operators or ()):
            self.check_operator(
                operator, tensors, f"operator {index} of {where}"
            )
        self.check_order(subgraph, tensors, where)

    def check_tensor(self, tensor: Any, tensors: Any, where: str) -> None:
        """Checks the shape, the data and the scales of a tensor."""
        self.check_index(tensor.buffer, self.buffers, where)
        self.require(not tensor.externalBuffer, f"{where} lies elsewhere")
        shape = [] if tensor.shape is None else tensor.shape
        signature = tensor.shapeSignature
        for sizes in (shape, [] if signature is None else signature):
            self.require(
                len(sizes) <= MAX_RANK, f"{where} has {len(sizes):,} axes"
            )
        sizes = tuple(map(int, shape))
        count = math.prod(sizes)
        self.require(
            min(sizes, default=0) >= 0 and count <= MAX_ELEMENTS,
            f"{where} has the shape {sizes}",
        )
        if signature is not None and len(signature):
            self.require(
                len(signature) == len(sizes),
                f"{where} has {len(sizes)} axes and states "
                f"{len(signature)} sizes for them",
            )
        self.check_data(tensor, sizes, count, where)
        if tensor.quantization is not None:
            self.check_quantization(tensor.quantization, sizes, tensors, where)

    def check_data(
        self, tensor: Any, sizes: tuple[int, ...], count: int, where: str
    ) -> None:
        """Checks that a constant has the bytes that its shape asks for."""
        buffer = self.buffers[tensor.buffer]
        data = 0 if buffer.data is None else len(buffer.data)
        num_bytes = buffer.size if buffer.offset > 1 else data
        if tensor.sparsity is not None:
            stored = stored_elements(tensor.sparsity, sizes)
            self.require(
                stored is not None,
                f"the description of the sparse {where} contradicts its shape",
            )
            count = stored or 0
        bits = BITS.get(TENSOR_TYPES.get(tensor.type, ""))
        if not num_bytes or bits is None:
            return
        wanted = -(-count * bits // 8)
        self.require(
            num_bytes == wanted,
            f"{where} of shape {sizes} takes {wanted:,} bytes and has "
            f"{num_bytes:,}",
        )

    def check_quantization(
        self, source: Any, sizes: tuple[int, ...], tensors: Any, where: str
    ) -> None:
        """Checks that there is one scale, or one for each position."""
        scales, points, low, high = (
            0 if values is None else len(values)
            for values in (
                source.scale,
                source.zeroPoint,
                source.min,
                source.max,
            )
        )
        self.require(
            points in (0, scales),
            f"{where} has {scales:,} scales and {points:,} zero points",
        )
        self.require(
            low == high,
            f"{where} has {low:,} lower and {high:,} upper ends of its range",
        )
        axis = int(source.quantizedDimension)
        if scales > 1:
            self.require(
                0 <= axis < len(sizes) and sizes[axis] == scales,
                f"{where} of shape {sizes} has {scales:,} scales along axis "
                f"{axis}",
            )
        details = source.details
        if isinstance(details, schema.BlockwiseQuantizationT):
            for index in (details.scales, details.zeroPoints):
                self.require(
                    index < len(tensors), f"{where} names no tensor of scales"
                )

    def check_operator(self, operator: Any, tensors: Any, where: str) -> None:
        """Checks that an operator names what there is, and all it needs."""
        self.check_index(operator.opcodeIndex, self.codes, where)
        name, is_custom = operator_name(self.codes[operator.opcodeIndex])
        form = None if is_custom else form_of(name)
        flaw = "" if form is None else form.flaw(operator)
        self.require(not flaw, f"{where}, {name}, {flaw}")
        self.check_indices(operator.inputs, tensors, where, least=-1)
        self.check_indices(operator.outputs, tensors, where)
        self.check_indices(operator.intermediates, tensors, where)
        if name in PADDING and not is_custom:
            self.check_padding(operator, tensors, f"{where}, {name},")
        flags = operator.mutatingVariableInputs
        if flags is not None and len(flags):
            self.require(
                operator.inputs is not None
                and len(flags) == len(operator.inputs),
                f"{where} marks {len(flags):,} inputs and has others",
            )
        self.check_stretch(
            operator.largeCustomOptionsOffset,
            operator.largeCustomOptionsSize,
            where,
        )
        for index in called_by(operator):
            self.check_index(index, self.subgraphs, where)

    def check_padding(self, operator: Any, tensors: Any, where: str) -> None:
        """Checks that constant widths make no tensor that nothing can hold."""
        source, widths = (tensors[index] for index in operator.inputs[:2])
        dtype = TENSOR_TYPES.get(widths.type, "")
        shape = padded_shape(
            source.shape, self.buffers[widths.buffer].data, dtype
        )
        self.require(
            math.prod(shape) <= MAX_ELEMENTS, f"{where} makes the shape {shape}"
        )

    def check_order(self, subgraph: Any, tensors: Any, where: str) -> None:
        """Checks that tensors are written once, and before they are read."""
        operators = subgraph.operators or ()
        written = Counter(
            index
            for operator in operators
            for index in listed(operator.outputs)
        )
        for index, count in written.items():
            name = text(tensors[index].name) or str(index)
            self.require(
                count == 1, f"{count} operators of {where} write '{name}'"
            )
            self.require(
                not self.has_data(tensors[index]),
                f"an operator of {where} writes the constant '{name}'",
            )
        pending = set(written) - set(listed(subgraph.inputs))
        for operator in operators:
            for index in listed(operator.inputs):
                self.require(
                    index not in pending or tensors[index].isVariable,
                    f"an operator of {where} reads "
                    f"'{text(tensors[index].name) or index}' before it is "
                    "written",
                )
            pending.difference_update(listed(operator.outputs))

    def check_signature(self, signature: Any) -> None:
        """Checks that a signature names tensors of its subgraph, once each."""
        key = text(signature.signatureKey)
        where = f"signature '{key}'"
        self.check_index(signature.subgraphIndex, self.subgraphs, where)
        tensors = self.subgraphs[signature.subgraphIndex].tensors or ()
        for entries in (signature.inputs or (), signature.outputs or ()):
            names = [text(entry.name) for entry in entries]
            self.require(
                len(set(names)) == len(names), f"{where} repeats a name"
            )
            for entry in entries:
                self.check_index(
                    entry.tensorIndex, tensors, f"{where}, '{text(entry.name)}'"
                )

    def has_data(self, tensor: Any) -> bool:
        """Whether the file holds the value of a tensor."""
        buffer = self.buffers[tensor.buffer]
        if buffer.offset > 1:
            return bool(buffer.size)
        return buffer.data is not None and len(buffer.data) > 0

    def check_indices(
        self, indices: Any, items: Any, where: str, least: int = 0
    ) -> None:
        """Checks a vector of positions, without a loop."""
        if indices is None or not len(indices):
            return
        for index in (np.min(indices), np.max(indices)):
            if not least <= index < len(items):
                self.fail(
                    f"{where} refers to number {index:,} of {len(items):,} "
                    "tensors"
                )

    def check_index(self, index: int, items: Any, where: str) -> None:
        """Checks one position."""
        if not 0 <= index < len(items):
            self.fail(f"{where} refers to number {index:,} of {len(items):,}")

    def require(self, holds: Any, what: str) -> None:
        """Fails with an explanation unless something holds."""
        if not holds:
            self.fail(what)

    def fail(self, what: str) -> NoReturn:
        """Refuses the file."""
        raise InvalidInputError(
            f"'{self.source}' is damaged: {what}. Download or convert it again."
        )


def listed(indices: Any) -> list[int]:
    """The positions in a vector that name something."""
    return [] if indices is None else [int(x) for x in indices if x >= 0]
