"""Files of the right form that contradict themselves."""

import numpy as np
import pytest

from tests.export.flatbuffer.packed import edited, schema
from tests.export.flatbuffer.specimens import SPECIMENS
from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.reader import parse_tflite


def tensor(model, name):
    return next(x for g in model.subgraphs for x in g.tensors if name in x.name)


def widest(model):
    return max(model.subgraphs[0].tensors, key=lambda x: np.prod(x.shape))


def constant(model):
    return max(
        (x for g in model.subgraphs for x in g.tensors),
        key=lambda x: data_size(model, x),
    )


def data_size(model, x):
    data = model.buffers[x.buffer].data
    return 0 if data is None else len(data)


def first(model):
    return model.subgraphs[0].operators[0]


def put(owner, **values):
    for name, value in values.items():
        setattr(owner, name, value)


def no_subgraphs(m):
    # The runtime would find no function to run.
    m.subgraphs = []
    m.signatureDefs = []


def write_twice(m):
    one, two = m.subgraphs[0].operators[:2]
    two.outputs = one.outputs


def read_too_early(m):
    m.subgraphs[0].operators = m.subgraphs[0].operators[::-1]


def write_constant(m):
    index = m.subgraphs[0].tensors.index(constant(m))
    first(m).outputs = [index]


def call_itself(m):
    for graph in m.subgraphs[1:]:
        for operator in graph.operators:
            put(operator, builtinOptionsType=93)
            operator.builtinOptions = schema.WhileOptionsT()
            operator.builtinOptions.condSubgraphIndex = 1
            operator.builtinOptions.bodySubgraphIndex = 1


def wrong_segments(m):
    sparse = next(x for x in m.subgraphs[0].tensors if x.sparsity)
    for axis in sparse.sparsity.dimMetadata:
        if axis.format == schema.DimensionType.SPARSE_CSR:
            axis.arraySegments.values = axis.arraySegments.values[::-1]


def wrong_order(m):
    sparse = next(x for x in m.subgraphs[0].tensors if x.sparsity)
    sparse.sparsity.traversalOrder = [0] * len(sparse.sparsity.traversalOrder)


def repeat_name(m):
    m.signatureDefs[0].inputs = m.signatureDefs[0].inputs * 2


def pad_without_end(m):
    graph = m.subgraphs[0]
    widths = next(x for x in graph.tensors if b"paddings" in x.name)
    data = np.array(m.buffers[widths.buffer].data, "u1")
    data.view("<i4")[-1] = 2**30
    m.buffers[widths.buffer].data = data


DAMAGE = {
    "padding": (
        "float32",
        pad_without_end,
        "PAD, makes the shape (1, 6, 4, 1073741832)",
    ),
    "version": (
        "float32",
        lambda m: put(m, version=2),
        "states version 2 of its schema",
    ),
    "no subgraphs": ("int4", no_subgraphs, "holds no subgraph"),
    "buffer of a tensor": (
        "float32",
        lambda m: put(constant(m), buffer=999),
        "refers to number 999",
    ),
    "buffer behind the file": (
        "float32",
        lambda m: put(m.buffers[3], offset=500, size=10**6, data=None),
        "buffer 3 ends after the file",
    ),
    "elsewhere": (
        "float32",
        lambda m: put(constant(m), externalBuffer=3),
        "lies elsewhere",
    ),
    "input of a subgraph": (
        "loop",
        lambda m: put(m.subgraphs[1], inputs=[77]),
        "an input of subgraph 1 refers to number 77",
    ),
    "output of a subgraph": (
        "loop",
        lambda m: put(m.subgraphs[1], outputs=[-1]),
        "an output of subgraph 1 refers to number -1",
    ),
    "input of an operator": (
        "float32",
        lambda m: put(first(m), inputs=[0, 1, -2]),
        "operator 0 of subgraph 0 refers to number -2",
    ),
    "code of an operator": (
        "float32",
        lambda m: put(first(m), opcodeIndex=40),
        "refers to number 40",
    ),
    "left out": (
        "float32",
        lambda m: put(first(m), inputs=[-1, -1]),
        "lacks one of its first",
    ),
    "no output": (
        "float32",
        lambda m: put(first(m), outputs=[]),
        "has 0 outputs, not 1",
    ),
    "foreign options": (
        "int4",
        lambda m: put(
            first(m), builtinOptionsType=11, builtinOptions=schema.AddOptionsT()
        ),
        "has AddOptions where FullyConnectedOptions belong",
    ),
    "flags": (
        "float32",
        lambda m: put(first(m), mutatingVariableInputs=[True]),
        "marks 1 inputs",
    ),
    "negative size": (
        "float32",
        lambda m: put(widest(m), shape=[1, -5]),
        "has the shape (1, -5)",
    ),
    "absurd size": (
        "float32",
        lambda m: put(widest(m), shape=[2**30, 2**30]),
        "has the shape (1073741824, 1073741824)",
    ),
    "rank": (
        "float32",
        lambda m: put(widest(m), shape=[1] * 70),
        "has 70 axes",
    ),
    "sizes that change": (
        "float32",
        lambda m: put(widest(m), shapeSignature=[-1]),
        "states 1 sizes for them",
    ),
    "bytes of a constant": (
        "float32",
        lambda m: put(constant(m), shape=[3]),
        "of shape (3,) takes 12 bytes and has 6,400",
    ),
    "bytes of packed integers": (
        "int4",
        lambda m: put(tensor(m, b"w"), shape=[4, 33]),
        "takes 66 bytes and has 64",
    ),
    "scales and zero points": (
        "int8",
        lambda m: put(constant(m).quantization, zeroPoint=[0, 0, 0]),
        "and 3 zero points",
    ),
    "axis of the scales": (
        "int4",
        lambda m: put(tensor(m, b"w").quantization, quantizedDimension=1),
        "has 4 scales along axis 1",
    ),
    "range": (
        "int8",
        lambda m: put(constant(m).quantization, min=[0.0], max=None),
        "has 1 lower and 0 upper ends",
    ),
    "scales of blocks": (
        "int4",
        lambda m: put(tensor(m, b"v").quantization.details, scales=60),
        "names no tensor of scales",
    ),
    "segments of a sparse tensor": (
        "sparse",
        wrong_segments,
        "contradicts its shape",
    ),
    "axes of a sparse tensor": (
        "sparse",
        wrong_order,
        "contradicts its shape",
    ),
    "written twice": ("int4", write_twice, "2 operators of subgraph 0 write"),
    "read too early": ("int4", read_too_early, "before it is written"),
    "written constant": ("float32", write_constant, "writes the constant"),
    "called subgraph": (
        "loop",
        lambda m: [
            put(x.builtinOptions, bodySubgraphIndex=9)
            for x in m.subgraphs[0].operators
            if isinstance(x.builtinOptions, schema.WhileOptionsT)
        ],
        "refers to number 9",
    ),
    "metadata": (
        "described",
        lambda m: put(m.metadata[0], buffer=500),
        "refers to number 500",
    ),
    "subgraph of a signature": (
        "several",
        lambda m: put(m.signatureDefs[1], subgraphIndex=3),
        "signature 'decode' refers to number 3",
    ),
    "tensor of a signature": (
        "several",
        lambda m: put(m.signatureDefs[1].inputs[0], tensorIndex=70),
        "signature 'decode', 'x' refers to number 70",
    ),
    "name in a signature": ("several", repeat_name, "'encode' repeats a name"),
    "nameless operator": (
        "described",
        lambda m: [
            put(x, customCode=None) for x in m.operatorCodes if x.customCode
        ],
        "a custom operator has no name",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_contradiction_is_named(specimen, name):
    source, change, expected = DAMAGE[name]
    with pytest.raises(InvalidInputError) as caught:
        parse_tflite(edited(specimen(source), change), source="m.tflite")
    text = str(caught.value)
    assert expected in text
    assert text.startswith("'m.tflite' is damaged: ") and "\n" not in text


def test_subgraphs_that_call_each_other(specimen):
    def change(m):
        codes = [x.builtinCode for x in m.operatorCodes]
        loop = codes.index(schema.BuiltinOperator.WHILE)
        call_itself(m)
        for graph in m.subgraphs[1:]:
            for operator in graph.operators:
                operator.opcodeIndex = loop

    with pytest.raises(InvalidInputError, match="call each other"):
        parse_tflite(edited(specimen("loop"), change))


@pytest.mark.parametrize("name", SPECIMENS)
def test_unchanged_files_pass(specimen, name):
    parse_tflite(edited(specimen(name), lambda m: None))


def test_weights_in_other_files_are_refused(specimen):
    def change(m):
        m.externalBuffers = [schema.ExternalBufferT()]

    with pytest.raises(InvalidInputError, match="keeps weights in other"):
        parse_tflite(edited(specimen("float32"), change))


def test_options_that_are_left_out_are_the_defaults(specimen):
    def change(m):
        put(first(m), builtinOptionsType=0, builtinOptions=None)

    model = parse_tflite(edited(specimen("int4"), change))
    options = model.main.operators[0].options
    assert vars(options) == vars(schema.FullyConnectedOptionsT())
