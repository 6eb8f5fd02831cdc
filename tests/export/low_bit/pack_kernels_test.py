"""Kernels of whole weights before float operators."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.low_bit.sums import dense, outputs_of
from tfprune.export.low_bit import (
    Storage,
    find_low_bit_layers,
    pack_kernels,
    use_real_thresholds,
)
from tfprune.export.passes import run_passes


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(150, 200),
    st.sampled_from([(-1, 1), (-8, 7), (-7, 8), (-100, 100)]),
    st.sampled_from(["int2", "int4", "int8"]),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_sums_times_scales(units, inputs, ends, kind, has_bias, seed):
    generator = np.random.default_rng(seed)
    whole = generator.integers(ends[0], ends[1] + 1, (units, inputs))
    whole[:, :2] = ends
    scales = np.float32(generator.lognormal(0, 3, units))
    bias = np.float32(generator.normal(size=units)) if has_bias else None
    kernel = whole.astype("f4") * scales[:, None]
    model = dense(kernel, bias, before=False, after=False)
    assert pack_kernels(model, Storage(kind)) == 1
    run_passes(model)
    data = generator.integers(-8, 9, (10, inputs)).astype("f4") / 8
    expected = (data @ whole.T.astype("f4")) * scales
    if bias is not None:
        expected = expected + bias
    assert np.array_equal(outputs_of(model, data), expected)
    assert pack_kernels(model, Storage(kind)) == 0
    (layer,) = find_low_bit_layers(model)
    found = layer.integers * np.resize(layer.scales, units)[:, None]
    assert np.array_equal(found, kernel)
    assert layer.thresholds is None and not layer.in_integers
    wide = max(map(abs, ends)) > 8
    assert layer.dtype == "INT8" if wide or kind == "int8" else "INT4"


def test_a_scale_that_is_a_power_of_two_needs_no_product():
    generator = np.random.default_rng(0)
    kernel = generator.integers(-7, 8, (3, 64)).astype("f4") / 8
    model = dense(kernel, np.ones(3, "f4"), before=False, after=False)
    pack_kernels(model, Storage())
    names = [x.name for x in model.main.operators]
    assert names == ["DEQUANTIZE", "FULLY_CONNECTED"]
    (layer,) = find_low_bit_layers(model)
    assert np.array_equal(layer.scales, [0.125])
    assert np.array_equal(layer.integers / 8, kernel)


@pytest.mark.parametrize("slope", [0.7, -0.7])
def test_thresholds_of_real_sums(slope):
    generator = np.random.default_rng(1)
    whole = np.where(generator.random((5, 64)) < 0.5, -1, 1)
    bias = np.float32([0, 1.5, -3, 0.7 * 4, -0.7 * 4])
    kernel = np.float32(slope) * whole.astype("f4")
    model = dense(kernel, bias, before=False)
    assert use_real_thresholds(model) == 1
    assert use_real_thresholds(model) == 0
    assert pack_kernels(model, Storage()) == 1
    run_passes(model)
    data = generator.integers(-8, 9, (200, 64)).astype("f4") / 4
    sums = data @ whole.T.astype("f4")
    expected = np.where(np.float32(slope) * sums + bias >= 0, 1, -1)
    # Some lie on the threshold itself.
    assert (np.float32(slope) * sums + bias == 0).any()
    assert np.array_equal(outputs_of(model, data), expected)
    names = [x.name for x in model.main.operators]
    assert names[-3:] == ["FULLY_CONNECTED", "GREATER_EQUAL", "SELECT_V2"]
    (layer,) = find_low_bit_layers(model)
    assert layer.scales is None
    assert layer.thresholds.shape == (5,)
    assert np.array_equal(layer.integers, np.sign(slope) * whole)


def test_outputs_that_are_never_or_always_positive():
    kernel = np.zeros((2, 512), "f4")
    model = dense(kernel, np.float32([1, -1]), before=False)
    use_real_thresholds(model)
    pack_kernels(model, Storage())
    found = outputs_of(model, np.float32([np.ones(512), -np.ones(512)]))
    assert found.tolist() == [[1, -1], [1, -1]]
