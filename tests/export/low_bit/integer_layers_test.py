"""Layers between signs, against arithmetic by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.low_bit.sums import dense, outputs_of
from tfprune.export import dump
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.low_bit import (
    Storage,
    find_low_bit_layers,
    use_integer_layers,
)
from tfprune.export.low_bit.real_constant import real_constant
from tfprune.export.low_bit.steps import add, multiply
from tfprune.export.passes import run_passes


def signs(values):
    return np.where(values >= 0, 1, -1).astype("float32")


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(150, 200),
    st.integers(1, 7),
    st.sampled_from(["int2", "int4", "int8"]),
    st.integers(0, 2**31),
)
def test_signs_are_those_of_the_float_formula(units, inputs, top, kind, seed):
    generator = np.random.default_rng(seed)
    whole = generator.integers(-top, top + 1, (units, inputs))
    whole[generator.random(units) < 0.1] = 0
    scales = np.float32(generator.lognormal(0, 3, units))
    scales *= np.where(generator.random(units) < 0.5, -1, 1)
    kernel = whole.astype("f4") * scales[:, None]
    # Some thresholds lie on a sum, or a last bit beside it.
    sums = generator.integers(-inputs, inputs + 1, units).astype("f4") * scales
    ends = np.stack([sums, np.nextafter(sums, np.float32(np.inf)), 1.3 * sums])
    bias = -np.float32(ends[generator.integers(0, 3, units), range(units)])
    model = dense(kernel, bias)
    assert use_integer_layers(model, Storage(kind)) == 1
    run_passes(model)
    data = generator.normal(size=(40, inputs)).astype("f4")
    exact = (signs(data) @ whole.T.astype("f4")).astype("f4")
    expected = signs(exact * scales + bias)
    assert np.array_equal(outputs_of(model, data), expected)
    (layer,) = find_low_bit_layers(model)
    assert layer.in_integers and layer.reads_signs
    turned = signs(layer.integers @ signs(data).T - layer.thresholds[:, None])
    assert np.array_equal(turned.T, expected)


def test_form_of_the_operator():
    kernel = np.where(np.arange(128).reshape(2, 64) % 3, 0.3, -0.3)
    model = dense(kernel.astype("f4"), np.float32([0.1, -0.2]))
    use_integer_layers(model, Storage("int4"))
    run_passes(model)
    (layer,) = [x for x in model.main.operators if x.name == "FULLY_CONNECTED"]
    source, weights, bias = layer.inputs
    assert (source.dtype, source.scale()) == ("INT8", 0.5)
    assert (weights.dtype, weights.scale()) == ("INT4", 2.0)
    assert (bias.dtype, bias.scale()) == ("INT32", 1.0)
    assert layer.outputs[0].dtype == "INT8"
    assert weights.num_bytes == 64
    # 0.3 s + 0.1 >= 0 from s = 0 on; 0.3 s - 0.2 >= 0 from s = 1 on.
    assert bias.data.view("i4").tolist() == [1, -1]


def test_finds_nothing_the_second_time():
    model = dense(np.ones((3, 64), "f4"), np.zeros(3, "f4"))
    assert use_integer_layers(model, Storage()) == 1
    run_passes(model)
    text = dump(model)
    assert use_integer_layers(model, Storage()) == 0
    assert run_passes(model) == 0
    assert dump(model) == text


@pytest.mark.parametrize(
    "model",
    [
        dense(np.full((3, 64), np.nan, "f4")),
        dense(np.random.default_rng(0).normal(size=(3, 64)).astype("f4")),
        dense(np.ones((3, 64), "f4"), before=False),
        dense(np.ones((3, 64), "f4"), after=False),
        dense(np.ones((3, 8), "f4")),
    ],
    ids=["nan", "real", "real_inputs", "real_outputs", "too_few"],
)
def test_what_is_left_alone(model):
    text = dump(model)
    assert use_integer_layers(model, Storage()) == 0
    assert dump(model) == text


@pytest.mark.parametrize("number", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["MUL", "ADD"])
def test_what_is_no_number_makes_no_threshold(name, number):
    model = dense(np.ones((3, 64), "f4"))
    layer = next(x for x in model.main.operators if "FULLY" in x.name)
    compare = model.main.operators[-2]
    numbers = real_constant("numbers", np.float32([1, number, 2]))
    changed = Tensor("changed", "FLOAT32", (1, 3))
    step = {"MUL": multiply, "ADD": add}[name]
    operator = step(layer.outputs[0], numbers, changed)
    model.main.tensors += [numbers, changed]
    model.main.operators.insert(-2, operator)
    compare.inputs[0] = changed
    text = dump(model)
    assert use_integer_layers(model, Storage()) == 0
    assert dump(model) == text
    numbers.data = np.float32([1, 1, 2]).view(np.uint8)
    assert use_integer_layers(model, Storage()) == 1
