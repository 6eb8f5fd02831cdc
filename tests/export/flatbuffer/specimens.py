"""Small `.tflite` files that together use what the schema offers."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfprune.export import FlatbufferModel, serialize
from tfprune.export.flatbuffer.model import Operator, Signature, Subgraph
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.export.quiet import quiet_native_logs

OPTIONS = schema.BuiltinOptions


def converted(function: Callable, shape: tuple, **settings) -> bytes:
    """What TensorFlow's converter makes of a function of one array."""
    spec = tf.TensorSpec(shape, tf.float32, name="values")
    concrete = tf.function(function, [spec]).get_concrete_function()
    with quiet_native_logs():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
        for name, value in settings.items():
            setattr(converter, name, value)
        return converter.convert()


def network() -> Callable:
    generator = np.random.default_rng(0)
    kernel = generator.normal(size=(3, 3, 3, 8)).astype("f4")
    spread = generator.normal(size=(3, 3, 8, 1)).astype("f4")
    weights = generator.normal(size=(8, 200)).astype("f4")
    head = generator.normal(size=(200, 5)).astype("f4")
    # Some channels are zero whatever the input, and some are constant.
    weights[:, ::20] = 0
    bias = np.zeros(200, "f4")
    bias[::40] = 0.5

    def call(x):
        x = tf.nn.relu6(tf.nn.conv2d(x, kernel, 2, "SAME") + 0.1)
        x = x + tf.nn.depthwise_conv2d(x, spread, [1, 1, 1, 1], "SAME")
        x = tf.nn.max_pool2d(
            tf.pad(x, [[0, 0], [1, 1], [0, 0], [0, 0]]), 2, 2, "VALID"
        )
        x = tf.reduce_mean(tf.concat([x, x * 2.0], 2), (1, 2))
        x = tf.nn.relu(tf.matmul(x, weights) + bias)
        return tf.nn.softmax(tf.matmul(x, head))

    return call


def images():
    for _ in range(4):
        yield [np.random.default_rng(1).normal(size=(1, 8, 8, 3)).astype("f4")]


def float32() -> bytes:
    return converted(network(), (1, 8, 8, 3))


def float16() -> bytes:
    spec = tf.lite.TargetSpec(supported_types=[tf.float16])
    return converted(
        network(),
        (1, 8, 8, 3),
        optimizations=[tf.lite.Optimize.DEFAULT],
        target_spec=spec,
    )


def dynamic() -> bytes:
    return converted(
        network(), (1, 8, 8, 3), optimizations=[tf.lite.Optimize.DEFAULT]
    )


def int8() -> bytes:
    return converted(
        network(),
        (1, 8, 8, 3),
        optimizations=[tf.lite.Optimize.DEFAULT],
        representative_dataset=images,
        inference_input_type=tf.int8,
    )


def sparse() -> bytes:
    weights = np.zeros((32, 64), "f4")
    weights[::8, ::4] = 1.5

    return converted(
        lambda x: tf.matmul(x, weights),
        (1, 32),
        optimizations=[tf.lite.Optimize.EXPERIMENTAL_SPARSITY],
    )


def loop() -> bytes:
    def call(x):
        _, x = tf.while_loop(
            lambda i, x: i < 3, lambda i, x: (i + 1, x * 1.5 - 1.0), [0, x]
        )
        return tf.cond(tf.reduce_sum(x) > 0.0, lambda: x + 1.0, lambda: x - 1.0)

    return converted(call, (1, 6))


def int4() -> bytes:
    """A layer of packed weights with scales by channel, another by blocks."""
    x = Tensor("x", "FLOAT32", (1, 32), shape_signature=(-1, 32))
    generator = np.random.default_rng(0)
    packed = generator.integers(0, 256, 4 * 32 // 2, np.uint8)
    by_channel = Quantization(np.full(4, 0.1, "f4"), np.zeros(4, "i8"))
    weights = Tensor("w", "INT4", (4, 32), packed, by_channel)
    middle = Tensor("y", "FLOAT32", (1, 4), shape_signature=(-1, 4))
    first = Operator(
        "FULLY_CONNECTED",
        [x, weights, None],
        [middle],
        version=10,
        options_type=OPTIONS.FullyConnectedOptions,
        options=schema.FullyConnectedOptionsT(),
    )
    scales = np.full(8, 0.25, "f2").view("u1")
    blocks = Tensor("scales", "FLOAT16", (8, 1), scales)
    details = schema.BlockwiseQuantizationT()
    details.blockSize = 4
    in_blocks = Quantization(
        np.zeros(0, "f4"),
        np.zeros(0, "i8"),
        details_type=schema.QuantizationDetails.BlockwiseQuantization,
        details=details,
        block_scales=blocks,
    )
    rows = Tensor("v", "INT4", (8, 4), packed[:16].copy(), in_blocks)
    result = Tensor("z", "FLOAT32", (1, 8), shape_signature=(-1, 8))
    second = Operator(
        "FULLY_CONNECTED",
        [middle, rows, None],
        [result],
        version=13,
        options_type=OPTIONS.FullyConnectedOptions,
        options=schema.FullyConnectedOptionsT(),
    )
    tensors = [x, weights, middle, blocks, rows, result]
    main = Subgraph(tensors, [x], [result], [first, second])
    return serialize(
        FlatbufferModel([main], [Signature({"x": x}, {"z": result}, main)])
    )


def recurrent() -> bytes:
    """A whole LSTM as one operator, with state and ranges inside."""
    generator = np.random.default_rng(0)

    def constant(name, *shape):
        values = generator.normal(size=shape).astype("f4").ravel()
        return Tensor(name, "FLOAT32", shape, values.view("u1"))

    x = Tensor("x", "FLOAT32", (1, 5, 3))
    to_gates = [constant(f"input_to_{i}", 4, 3) for i in range(4)]
    again = [constant(f"recurrent_to_{i}", 4, 4) for i in range(4)]
    biases = [constant(f"bias_{i}", 4) for i in range(4)]
    state = [
        Tensor(name, "FLOAT32", (1, 4), is_variable=True)
        for name in ("activation", "cell")
    ]
    ranges = [
        Tensor(
            f"range_{i}",
            "INT8",
            (0,),
            quantization=Quantization(
                np.zeros(0, "f4"),
                np.zeros(0, "i8"),
                minimum=np.full(1, -1.0, "f4"),
                maximum=np.ones(1, "f4"),
            ),
        )
        for i in range(5)
    ]
    y = Tensor("y", "FLOAT32", (1, 5, 4))
    options = schema.UnidirectionalSequenceLSTMOptionsT()
    options.fusedActivationFunction = schema.ActivationFunctionType.TANH
    inputs = [x, *to_gates, *again, None, None, None, *biases, None, None]
    lstm = Operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [*inputs, *state, None, None, None, None],
        [y],
        options_type=OPTIONS.UnidirectionalSequenceLSTMOptions,
        options=options,
        intermediates=ranges,
    )
    tensors = [x, *to_gates, *again, *biases, *state, *ranges, y]
    return serialize(FlatbufferModel([Subgraph(tensors, [x], [y], [lstm])]))


def described() -> bytes:
    """A file with metadata, labels behind it and an operator of its own."""
    model = parse_tflite(float32())
    model.description = "A specimen."
    model.metadata["TFLITE_METADATA"] = bytes(range(200))
    model.attachments["labels.txt"] = b"cat\ndog\n"
    main = model.main
    result = main.outputs[0]
    doubled = Tensor("doubled", "FLOAT32", result.shape)
    main.tensors.append(doubled)
    main.operators.append(
        Operator(
            "TfpruneDouble",
            [result],
            [doubled],
            is_custom=True,
            custom_options=np.arange(40, dtype="u1"),
            mutating_inputs=[False],
        )
    )
    main.outputs[0] = doubled
    model.signatures = [
        Signature({"x": main.inputs[0]}, {"doubled": doubled}, main)
    ]
    return serialize(model)


def several() -> bytes:
    """Two functions with a signature each, and variables set up once."""
    subgraphs, signatures = [], []
    for index, name in enumerate(("encode", "decode")):
        x = Tensor("x", "FLOAT32", (1, 3))
        handle = Tensor("handle", "RESOURCE", (), has_rank=True)
        value, y = (Tensor(n, "FLOAT32", (1, 3)) for n in ("value", "y"))
        variable = schema.VarHandleOptionsT()
        variable.container, variable.sharedName = b"", b"state"
        once = schema.CallOnceOptionsT()
        once.initSubgraphIndex = 2
        operators = [
            Operator(
                "CALL_ONCE",
                [],
                [],
                options_type=OPTIONS.CallOnceOptions,
                options=once,
            ),
            Operator(
                "VAR_HANDLE",
                [],
                [handle],
                options_type=OPTIONS.VarHandleOptions,
                options=variable,
            ),
            Operator(
                "READ_VARIABLE",
                [handle],
                [value],
                options_type=OPTIONS.ReadVariableOptions,
                options=schema.ReadVariableOptionsT(),
            ),
            Operator(
                ("ADD", "MUL")[index],
                [x, value],
                [y],
                options_type=(OPTIONS.AddOptions, OPTIONS.MulOptions)[index],
                options=(schema.AddOptionsT(), schema.MulOptionsT())[index],
            ),
        ]
        graph = Subgraph([x, handle, value, y], [x], [y], operators, name)
        subgraphs.append(graph)
        signatures.append(Signature({"x": x}, {"y": y}, graph, name))
    handle = Tensor("handle", "RESOURCE", (), has_rank=True)
    start = Tensor(
        "start", "FLOAT32", (1, 3), np.array([1, 2, 3], "f4").view("u1")
    )
    subgraphs.append(
        Subgraph(
            [handle, start],
            [],
            [],
            [
                Operator(
                    "VAR_HANDLE",
                    [],
                    [handle],
                    options_type=OPTIONS.VarHandleOptions,
                    options=variable,
                ),
                Operator(
                    "ASSIGN_VARIABLE",
                    [handle, start],
                    [],
                    options_type=OPTIONS.AssignVariableOptions,
                    options=schema.AssignVariableOptionsT(),
                ),
            ],
            "set_up",
        )
    )
    return serialize(FlatbufferModel(subgraphs, signatures))


SPECIMENS: dict[str, Callable[[], bytes]] = {
    "float32": float32,
    "float16": float16,
    "dynamic": dynamic,
    "int8": int8,
    "int4": int4,
    "sparse": sparse,
    "loop": loop,
    "recurrent": recurrent,
    "described": described,
    "several": several,
}
