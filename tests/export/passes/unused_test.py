"""Unused operators and tensors go, the rest stays."""

import numpy as np

from tfprune.export import evaluate_tflite, read_tflite, serialize
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.passes import remove_unused


def test_removes_a_dead_branch(exported, tmp_path):
    found = exported("depthwise")
    model = read_tflite(found.path)
    main = model.main
    before = [x.name for x in main.operators], len(main.tensors)
    source = main.operators[2].outputs[0]
    first = Tensor("first", "FLOAT32", source.shape)
    second = Tensor("second", "FLOAT32", source.shape)
    lonely = Tensor("lonely", "FLOAT32", (2,), np.zeros(8, "u1"))
    main.tensors += [first, second, lonely]
    main.operators.insert(3, Operator("RELU", [source], [first]))
    main.operators.append(Operator("RELU", [first], [second]))
    assert remove_unused(model) == 5
    assert ([x.name for x in main.operators], len(main.tensors)) == before
    assert remove_unused(model) == 0
    path = tmp_path / "m.tflite"
    path.write_bytes(serialize(model))
    np.testing.assert_array_equal(
        evaluate_tflite(path, found.data),
        evaluate_tflite(found.path, found.data),
    )


def test_keeps_custom_operators_and_unread_inputs(exported):
    model = read_tflite(exported("several_ends").path)
    main = model.main
    extra = Tensor("extra", "FLOAT32", (1,))
    custom = Operator("Log", [main.inputs[0]], [extra], is_custom=True)
    main.tensors.append(extra)
    main.operators.append(custom)
    main.outputs.pop()
    del model.signatures[0].outputs["first"]
    remove_unused(model)
    assert custom in main.operators
    assert all(tensor in main.tensors for tensor in main.inputs)
    assert len(main.outputs) == 2
