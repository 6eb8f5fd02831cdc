"""What only depends on constants is computed once."""

import numpy as np
import tensorflow as tf

from tests.export.channels.networks import converted, outputs, parsed
from tfprune.export import serialize
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.passes import fold_constants, remove_unused
from tfprune.export.running.isolated_interpreter import IsolatedInterpreter


def with_constant_chain(size):
    """A network that adds a sine of a sine of a constant."""
    model = parsed(converted(lambda x: tf.tanh(tf.cos(x)) + tf.sin(x)))
    main = model.main
    (add,) = [x for x in main.operators if x.name == "ADD"]
    array = np.linspace(0, 1, size, dtype="f4")
    constant = Tensor("c0", "FLOAT32", (size,), array.view("u1"))
    main.tensors.append(constant)
    for number in range(2):
        result = Tensor(f"c{number + 1}", "FLOAT32", (size,))
        main.tensors.append(result)
        main.operators.insert(number, Operator("SIN", [constant], [result]))
        constant = result
    add.inputs[1] = constant
    return model, np.sin(np.sin(array))


def test_a_chain_becomes_a_constant():
    model, expected = with_constant_chain(3)
    before = outputs(serialize(model))
    assert fold_constants(model) == 2
    remove_unused(model)
    (add,) = [x for x in model.operators if x.name == "ADD"]
    np.testing.assert_allclose(add.inputs[1].data.view("f4"), expected, 1e-6)
    assert fold_constants(model) == 0
    np.testing.assert_allclose(before, outputs(serialize(model)), atol=1e-6)


def test_what_grows_stays_computed():
    model = parsed(converted(lambda x: tf.tanh(tf.sin(x))))
    main = model.main
    sizes = np.array([1, 8, 8, 3000], "i4")
    shape = Tensor("shape", "INT32", (4,), sizes.view("u1"))
    value = Tensor("value", "FLOAT32", (), np.ones(1, "f4").view("u1"))
    filled = Tensor("filled", "FLOAT32", tuple(sizes.tolist()))
    main.tensors += [shape, value, filled]
    main.operators.insert(0, Operator("FILL", [shape, value], [filled]))
    assert fold_constants(model) == 0


def test_float16_weights_stay_small():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 64)).astype("f4")
    content = converted(lambda x: tf.nn.conv2d(x, kernel, 1, "SAME"), "float16")
    model = parsed(content)
    assert "DEQUANTIZE" in {x.name for x in model.operators}
    assert fold_constants(model) == 0


def constant(name, array):
    return Tensor(
        name,
        array.dtype.name.upper(),
        array.shape,
        array.reshape(-1).view("u1"),
    )


def with_operators(*operators):
    """A network with operators on constants before all others."""
    model = parsed(converted(lambda x: tf.tanh(tf.sin(x))))
    for operator in operators:
        model.main.operators.insert(0, operator)
        model.main.tensors += [*operator.inputs, *operator.outputs]
    return model


def division(first, second):
    """An integer division that processors refuse."""
    return Operator(
        "DIV",
        [constant("a", np.array([first], "i4")), constant("b", second)],
        [Tensor("quotient", "INT32", (1,))],
    )


def test_what_kills_the_runtime_stays_computed():
    # The quotient has no place in 32 bits, and x86 traps.
    hostile = division(-(2**31), np.array([-1], "i4"))
    model = with_operators(hostile)
    before = len(model.operators)
    assert before - fold_constants(model) == len(model.operators)


def test_one_that_cannot_be_run_does_not_keep_the_others():
    model, _ = with_constant_chain(3)
    broken = division(1, np.array([0], "i4"))
    model.main.operators.insert(0, broken)
    model.main.tensors += [*broken.inputs, *broken.outputs]
    assert fold_constants(model) == 2
    assert broken in model.operators


def test_all_are_computed_in_one_process(monkeypatch):
    started = []
    start = IsolatedInterpreter.__init__

    def counted(self, *arguments, **options):
        started.append(self)
        start(self, *arguments, **options)

    monkeypatch.setattr(IsolatedInterpreter, "__init__", counted)
    array = np.linspace(0, 1, 4, dtype="f4")
    model = with_operators(
        *(
            Operator(
                name,
                [constant(f"{name} of", array)],
                [Tensor(name, "FLOAT32", (4,))],
            )
            for name in ("COS", "EXP", "SIN", "SQUARE")
        )
    )
    assert fold_constants(model) == 4
    assert len(started) == 1
    assert fold_constants(model) == 0
    assert len(started) == 1
