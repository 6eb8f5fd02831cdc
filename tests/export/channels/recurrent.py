"""A recurrent layer in one operator, as older converters wrote it."""

import numpy as np

from tests.export.channels.networks import DEAD, SIZE, WIDTH, Parts
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor

UNITS = 6
GATES = 4
NUM_INPUTS = 24


def lstm_model(batch: int = 1) -> FlatbufferModel:
    """A dense layer with dead units, an LSTM with one, and a dense layer."""
    parts = Parts(seed=7)
    tensors: list[Tensor] = []

    def constant(name: str, array: np.ndarray) -> Tensor:
        data = np.ascontiguousarray(array, "f4").reshape(-1).view(np.uint8)
        tensors.append(Tensor(name, "FLOAT32", array.shape, data))
        return tensors[-1]

    def value(name: str, *shape: int, variable: bool = False) -> Tensor:
        tensors.append(Tensor(name, "FLOAT32", shape, is_variable=variable))
        return tensors[-1]

    def dense(x: Tensor, kernel: np.ndarray, name: str) -> Operator:
        bias = constant(f"{name}/bias", np.zeros(len(kernel)))
        result = value(name, *x.shape[:-1], len(kernel))
        return Operator(
            "FULLY_CONNECTED",
            [x, constant(f"{name}/kernel", kernel), bias],
            [result],
            options_type=schema.BuiltinOptions.FullyConnectedOptions,
            options=schema.FullyConnectedOptionsT(keepNumDims=True),
        )

    image = value("image", batch, SIZE, SIZE, 3)
    rows = parts.array(SIZE * 3, WIDTH).T.copy()
    rows[DEAD] = 0
    sequence = value("sequence", batch, SIZE, SIZE * 3)
    sizes = np.array([batch, SIZE, SIZE * 3], "i4").view(np.uint8)
    tensors.append(Tensor("sizes", "INT32", (3,), sizes))
    reshape = Operator("RESHAPE", [image, tensors[-1]], [sequence])
    first = dense(sequence, rows, "first")
    inputs: list[Tensor | None] = [None] * NUM_INPUTS
    inputs[0] = first.outputs[0]
    for gate in range(GATES):
        kernel = parts.array(WIDTH, UNITS).T.copy()
        recurrent = parts.array(UNITS, UNITS)
        bias = parts.array(UNITS)
        # The state of this unit reaches nothing but itself.
        recurrent[[i for i in range(UNITS) if i != 2], 2] = 0
        inputs[1 + gate] = constant(f"kernel_{gate}", kernel)
        inputs[5 + gate] = constant(f"recurrent_{gate}", recurrent)
        inputs[12 + gate] = constant(f"bias_{gate}", bias)
    inputs[18] = value("output_state", batch, UNITS, variable=True)
    inputs[19] = value("cell_state", batch, UNITS, variable=True)
    states = value("states", batch, SIZE, UNITS)
    options = schema.UnidirectionalSequenceLSTMOptionsT(
        fusedActivationFunction=schema.ActivationFunctionType.TANH,
        timeMajor=False,
    )
    lstm = Operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        inputs,
        [states],
        options_type=(schema.BuiltinOptions.UnidirectionalSequenceLSTMOptions),
        options=options,
    )
    readers = parts.array(UNITS, 3).T.copy()
    readers[:, 2] = 0
    last = dense(states, readers, "last")
    main = Subgraph(
        tensors, [image], list(last.outputs), [reshape, first, lstm, last]
    )
    return FlatbufferModel([main])
