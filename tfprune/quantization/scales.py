"""Which tensors of a flat model have one scale."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfprune.graph.keras_graph import Call, recorded_calls
from tfprune.quantization.flat_model import FlatModel, is_float
from tfprune.quantization.layer_choice import LayerChoice
from tfprune.quantization.placement import OWN, Placement, Range, placement_of
from tfprune.quantization.unquantizable import unquantizable


@dataclass(frozen=True)
class Entry:
    """A tensor that is rounded to the scale of its class.

    Attributes:
        tensor: The symbolic tensor.
        name: The layer that returned it.
        pooled: Whether it holds means of windows.
        fixed: The range that the runtime rounds it to first.
    """

    tensor: Any
    name: str
    pooled: bool = False
    fixed: Range | None = None


@dataclass
class Scale:
    """Tensors of one scale.

    Attributes:
        entries: Those that are rounded to it, in the order of the calls; the
            others are moved parts of them.
        used: Whether something that is quantized reads or makes one of them.
        makers: The ranges that the runtime dictates, None for one that it
            does not, of what makes new numbers for the class.
    """

    entries: list[Entry] = field(default_factory=list)
    used: bool = False
    makers: list[Range | None] = field(default_factory=list)

    @property
    def fixed(self) -> Range | None:
        """The range of all tensors, if the runtime dictates it."""
        ranges = set(self.makers)
        return ranges.pop() if len(ranges) == 1 else None


class Scales:
    """The classes of tensors that have one scale.

    Args:
        flat: The model.
        choice: Which layers are quantized.

    Raises:
        InvalidInputError: When it is not known how to quantize a layer that
            was chosen.
    """

    def __init__(self, flat: FlatModel, choice: LayerChoice) -> None:
        self._flat = flat
        self._choice = choice
        self._calls = recorded_calls(flat.model)
        self._parents: dict[int, int] = {}
        self._tensors: dict[int, Any] = {}
        self.placements = {id(x.node): self._placement(x) for x in self._calls}
        self._within: set[int] = set()
        self._joined_in: set[int] = set()
        self._find_rectifiers()
        self.classes = self._classes()

    def chosen(self, operation: Any) -> bool:
        """Whether a layer or an operation is quantized."""
        return self._flat.paths[id(operation)] in self._choice

    def _placement(self, call: Call) -> Placement:
        operation = call.operation
        found = placement_of(operation)
        if found is not None:
            return found
        # What returns whole numbers only, such as shapes, rounds nothing.
        if self.chosen(operation) and any(map(is_float, call.outputs)):
            path = self._flat.paths[id(operation)]
            raise unquantizable(operation, path)
        return OWN

    def is_float(self, call: Call) -> bool:
        """Whether a call is to compute in float32 whatever is around it."""
        if self.chosen(call.operation) or id(call.node) in self._joined_in:
            return False
        return not self.placements[id(call.node)].on_grid

    def reads_rounded(self, call: Call) -> bool:
        """Whether a call reads a tensor that is rounded."""
        found = [self.classes.get(id(x)) for x in call.inputs]
        return any(scale is not None and scale.used for scale in found)

    def _find_rectifiers(self) -> None:
        """Finds rectifiers that what is before them computes."""
        reads = Counter(id(x) for call in self._calls for x in call.inputs)
        reads.update(id(x) for x in self._flat.model.outputs)
        makers = {id(y): x for x in self._calls for y in x.outputs}
        for call in self._calls:
            tensor = call.inputs[0] if call.inputs else None
            maker = makers.get(id(tensor))
            if (
                maker is not None
                and self.placements[id(call.node)].rectifies
                and self.placements[id(maker.node)].takes_rectifier
                and reads[id(tensor)] == 1
                and self.chosen(maker.operation)
            ):
                self._within.add(id(tensor))
                self._joined_in.add(id(call.node))

    def _classes(self) -> Mapping[int, Scale]:
        """The class of each float tensor, by its `id`."""
        inputs = self._flat.model.inputs
        for tensor in [*inputs, *(x for c in self._calls for x in c.outputs)]:
            self._parents[id(tensor)] = id(tensor)
            self._tensors[id(tensor)] = tensor
        for call in self._calls:
            if self.placements[id(call.node)].shares:
                moved = [*filter(is_float, [*call.inputs, *call.outputs])]
                for other in moved[1:]:
                    self._join(moved[0], other)
        classes: dict[int, Scale] = {}
        found = {
            key: classes.setdefault(self._root(key), Scale())
            for key, tensor in self._tensors.items()
            if is_float(tensor) and key not in self._within
        }
        for tensor in inputs:
            if id(tensor) in found:
                scale = found[id(tensor)]
                scale.entries.append(Entry(tensor, tensor.name))
                scale.makers.append(None)
        for call in self._calls:
            self._enter(call, found)
        return found

    def _enter(self, call: Call, found: Mapping[int, Scale]) -> None:
        """Adds what a call makes to the classes of its results."""
        if not any(map(is_float, call.outputs)):
            # A shape, or zeros to look up with, tells nothing of its numbers.
            return
        placement = self.placements[id(call.node)]
        chosen = self.chosen(call.operation) or id(call.node) in self._joined_in
        for tensor in [*call.inputs, *call.outputs]:
            if id(tensor) in found:
                found[id(tensor)].used |= chosen
        if placement.on_grid:
            return
        for tensor in call.outputs:
            if id(tensor) not in found:
                continue
            scale = found[id(tensor)]
            scale.entries.append(
                Entry(
                    tensor,
                    call.operation.name,
                    placement.pooled,
                    placement.fixed,
                )
            )
            if not placement.shares:
                scale.makers.append(placement.fixed)

    def _root(self, key: int) -> int:
        while self._parents[key] != key:
            key = self._parents[key]
        return key

    def _join(self, one: Any, other: Any) -> None:
        self._parents[self._root(id(other))] = self._root(id(one))
