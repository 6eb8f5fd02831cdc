"""Layers between signs that compute with integers alone."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.chain import Chain, chain_of
from tfprune.export.low_bit.integer_constant import (
    in_floats,
    in_integers,
    integer_constant,
)
from tfprune.export.low_bit.integer_form import (
    BIAS_SCALE,
    CLIP,
    LAYERS,
    SIGN,
    SIGN_SCALE,
    WEIGHT_SCALE,
)
from tfprune.export.low_bit.signs import (
    MOVES,
    find_signs,
    is_choice,
    moved,
    sign_tensors,
)
from tfprune.export.low_bit.steps import dequantize, multiply
from tfprune.export.low_bit.storage import Storage
from tfprune.export.low_bit.threshold import first_true
from tfprune.export.low_bit.tidy_signs import tidy_signs
from tfprune.export.low_bit.weighing import WEIGHING, set_bias
from tfprune.export.low_bit.whole_kernel import WholeKernel, whole_kernel

# Only this one has a kernel for weights of 2 bits beside int8.
TWO_BIT_LAYERS = frozenset({"FULLY_CONNECTED"})


@dataclass(frozen=True, eq=False)
class IntegerLayer:
    """A layer that shall compute with integers.

    Attributes:
        kernel: Its kernel.
        chain: What leads to the sign of its outputs.
    """

    kernel: WholeKernel
    chain: Chain

    def thresholds(self) -> NDArray[np.int64]:
        """The smallest sum, of each channel, from which the sign is another.

        Sums are those of whole weights, turned where the sign becomes -1.
        """
        directions, grid = self.chain.directions(), self.kernel.grid
        sizes = np.abs(grid.integers.astype("i8")).sum(axis=1)
        return first_true(
            lambda sums: self.chain.is_positive(
                np.asarray(directions * sums, "f4"), grid.scales
            ),
            -sizes,
            sizes,
        )


def use_integer_layers(model: FlatbufferModel, storage: Storage) -> int:
    """Lets layers between signs compute with integers.

    A layer of whole weights that is given signs, and of whose outputs only the
    signs are asked for behind normalization and pooling, becomes one integer
    operator: its bias is the threshold, between two sums, and clipping at -1
    and 1 is the sign. See `tfprune.export.low_bit.layers` for the form.

    Args:
        model: A float model; it is changed.
        storage: The type of the weights.

    Returns:
        How many layers were changed.

    Example:

    ```python
    use_integer_layers(model, Storage("int4"))
    ```
    """
    return sum(use_in(subgraph, storage) for subgraph in model.subgraphs)


def use_in(subgraph: Subgraph, storage: Storage) -> int:
    """Changes the layers of one subgraph; returns how many."""
    tidy_signs(subgraph)
    layers = find_layers(subgraph)
    if not layers:
        return 0
    wanted = signs_behind(subgraph, [layer.kernel.source for layer in layers])
    for layer in layers:
        wanted |= change(layer, subgraph, storage)
    for operator in subgraph.operators:
        is_float = operator.outputs[0].dtype == "FLOAT32"
        if is_float and operator.outputs[0] in wanted and is_choice(operator):
            choose_integers(operator, subgraph)
    wanted = moved_on(subgraph, wanted)
    readers = {layer.kernel.operator for layer in layers}
    store_in_integers(subgraph, wanted, readers)
    return len(layers)


def find_layers(subgraph: Subgraph) -> list[IntegerLayer]:
    """The layers that are given signs, and asked for signs."""
    wiring = Wiring(subgraph)
    signs = {sign.compare: sign for sign in find_signs(subgraph)}
    given = sign_tensors(subgraph)
    found = []
    for operator in subgraph.operators:
        if operator.name not in LAYERS or operator.is_custom:
            continue
        if operator.inputs[WEIGHING[operator.name].source] not in given:
            continue
        chain = chain_of(operator, wiring, signs)
        kernel = None if chain is None else whole_kernel(operator)
        if chain is not None and kernel is not None:
            found.append(IntegerLayer(kernel, chain))
    return found


def signs_behind(
    subgraph: Subgraph, tensors: Iterable[Tensor | None]
) -> set[Tensor]:
    """Sign tensors, and those that they were moved from."""
    given = sign_tensors(subgraph)
    wiring = Wiring(subgraph)
    found: set[Tensor] = set()
    waiting = list(tensors)
    while waiting:
        tensor = waiting.pop()
        if tensor is None or tensor in found or tensor not in given:
            continue
        found.add(tensor)
        source = wiring.producer(tensor)
        if source is not None and source.name in MOVES:
            waiting += moved(source)
    return found


def moved_on(subgraph: Subgraph, signs: set[Tensor]) -> set[Tensor]:
    """Sign tensors, and what they are moved to."""
    found = set(signs)
    for operator in subgraph.operators:
        if operator.name in MOVES and all(x in found for x in moved(operator)):
            found.add(operator.outputs[0])
    return found


def change(
    layer: IntegerLayer, subgraph: Subgraph, storage: Storage
) -> set[Tensor]:
    """Makes a layer compute signs from signs.

    Returns:
        The tensors behind it that hold signs now.
    """
    chain, kernel, operator = layer.chain, layer.kernel, layer.kernel.operator
    first, last = first_directions(chain), chain.directions()
    limits = np.where(first != last, 1 - layer.thresholds(), layer.thresholds())
    integers = kernel.grid.integers.astype("i8") * first[:, None]
    if operator.name not in TWO_BIT_LAYERS:
        storage = storage.without_int2
    packed = integer_constant(
        f"{kernel.name}/integers",
        kernel.laid_out(integers),
        storage.of(int(integers.min()), int(integers.max())),
        WEIGHT_SCALE,
    )
    bias = integer_constant(
        f"{kernel.name}/thresholds",
        1 - SIGN * limits,
        "INT32",
        BIAS_SCALE,
    )
    kernel.give_way_to(packed)
    set_bias(operator, bias)
    operator.options.fusedActivationFunction = CLIP
    subgraph.tensors += [packed, bias]
    return drop_arithmetic(chain, subgraph)


def first_directions(chain: Chain) -> NDArray[np.int64]:
    """By what the weights of each channel are multiplied.

    The largest of several can be told from a threshold only as it is: sums
    have to grow with the numbers that the first pooling reads.
    """
    pools = [x for x in chain.moves if x.name == "MAX_POOL_2D"]
    return chain.directions(pools[0] if pools else None)


def drop_arithmetic(chain: Chain, subgraph: Subgraph) -> set[Tensor]:
    """Removes what a threshold stands for.

    Signs are turned before a pooling, and at the end, where a negative factor
    lay between it and the pooling before.

    Args:
        chain: What leads from a layer, which gives signs now, to a sign.
        subgraph: Where it stands; it is changed.

    Returns:
        The tensors that hold signs now.
    """
    moves = chain.moves
    removed = {*chain.between, chain.sign.compare, chain.sign.select}
    for operator in removed.difference(moves):
        subgraph.operators.remove(operator)
    current, last = first_directions(chain), chain.layer
    found = {last.outputs[0]}
    for operator in moves:
        wanted = chain.directions(operator)
        if operator.name == "MAX_POOL_2D" and (wanted != current).any():
            last = turn_signs(last, wanted * current, subgraph)
            current = wanted
        operator.inputs[0] = last.outputs[0]
        found |= {last.outputs[0], operator.outputs[0]}
        last = operator
    wanted = chain.directions()
    if (wanted != current).any():
        last = turn_signs(last, wanted * current, subgraph)
    result = chain.sign.result
    if last is chain.layer and result not in subgraph.outputs:
        # By its name a layer is found again.
        result.name = last.outputs[0].name
    found.discard(last.outputs[0])
    last.outputs[0] = result
    return found | {result}


def turn_signs(
    last: Operator, factors: NDArray[np.int64], subgraph: Subgraph
) -> Operator:
    """Multiplies channels by 1 or -1; returns the operator that does."""
    source = last.outputs[0]
    factor = integer_constant(f"{source.name}/turns", factors, "INT8")
    result = Tensor(f"{source.name}/turned", source.dtype, source.shape)
    product = multiply(source, factor, result)
    subgraph.tensors += [factor, result]
    subgraph.operators.insert(subgraph.operators.index(last) + 1, product)
    return product


def choose_integers(select: Operator, subgraph: Subgraph) -> None:
    """Lets a choice between 1 and -1 be one between integers."""
    condition, *shown = select.inputs
    numbers = [
        integer_constant(
            f"{select.outputs[0].name}/{name}",
            np.full(() if constant is None else constant.shape, number),
            "INT8",
            SIGN_SCALE,
        )
        for constant, name, number in zip(
            shown, ("one", "minus_one"), (SIGN, -SIGN), strict=True
        )
    ]
    select.inputs[:] = [condition, *numbers]
    subgraph.tensors += numbers


def store_in_integers(
    subgraph: Subgraph, wanted: set[Tensor], readers: set[Operator]
) -> None:
    """Stores signs as int8, and turns them into floats for other readers.

    Args:
        subgraph: The subgraph; it is changed.
        wanted: The tensors that hold signs.
        readers: The operators that read integers, besides those that move
            signs on.
    """
    stored = set(wanted)
    for tensor in [x for x in subgraph.tensors if x in wanted]:
        wiring = Wiring(subgraph)
        others = [
            user
            for user in wiring.consumers(tensor)
            if user not in readers
            and not (user.name in MOVES | {"MUL"} and user.outputs[0] in stored)
        ]
        maker = wiring.producer(tensor)
        if not (others or wiring.is_output(tensor)) or maker is None:
            in_integers(tensor, SIGN_SCALE)
            continue
        # The tensor keeps its name and its readers where it is an output.
        whole = in_floats(tensor)
        whole.name = f"{tensor.name}/integers"
        in_integers(whole, SIGN_SCALE)
        maker.outputs[0] = whole
        stored.add(whole)
        for user in wiring.consumers(tensor):
            if user not in others:
                user.inputs[:] = [
                    whole if x is tensor else x for x in user.inputs
                ]
        subgraph.tensors.append(whole)
        position = subgraph.operators.index(maker) + 1
        subgraph.operators.insert(position, dequantize(whole, tensor))
