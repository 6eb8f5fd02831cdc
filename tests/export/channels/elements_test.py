"""Numbers of constants survive packing, and positions are taken out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tfprune.export.channels import elements
from tfprune.export.flatbuffer.tensor import Quantization, Tensor

SHAPES = st.tuples(*[st.integers(1, 5)] * 3)


@st.composite
def constants(draw):
    """A constant of a random type with a scale for each position of an axis."""
    shape = draw(SHAPES)
    dtype = draw(st.sampled_from(["INT4", "INT8", "INT32", "FLOAT32"]))
    ends = (-8, 7) if dtype == "INT4" else (-100, 100)
    numbers = draw(arrays(np.int64, shape, elements=st.integers(*ends)))
    axis = draw(st.integers(0, 2))
    scales = np.arange(1, shape[axis] + 1, dtype="f4")
    points = draw(arrays(np.int64, shape[axis], elements=st.integers(-3, 3)))
    quantization = Quantization(scales, points, axis)
    kind = {"INT4": "i1", "INT8": "i1", "INT32": "i4", "FLOAT32": "f4"}[dtype]
    tensor = Tensor(
        "constant",
        dtype,
        shape,
        elements.packed(numbers.astype(kind), dtype),
        None if dtype == "FLOAT32" else quantization,
    )
    return tensor, numbers


@given(constants())
def test_numbers_come_back(constant):
    tensor, numbers = constant
    np.testing.assert_array_equal(elements.stored(tensor), numbers)
    bits = {"INT4": 4, "INT8": 8, "INT32": 32, "FLOAT32": 32}[tensor.dtype]
    assert tensor.num_bytes == -(-numbers.size * bits // 8)


@given(constants(), st.data())
def test_positions_are_taken_out_with_their_scales(constant, data):
    tensor, _ = constant
    axis = data.draw(st.integers(0, 2))
    chosen = data.draw(
        st.sets(st.integers(0, tensor.shape[axis] - 1), min_size=1)
    )
    kept = np.array(sorted(chosen))
    small = elements.shortened(tensor, axis, kept)
    np.testing.assert_array_equal(
        elements.real(small), np.take(elements.real(tensor), kept, axis)
    )


@given(constants())
def test_offsets_are_zero_where_numbers_are(constant):
    tensor, _ = constant
    np.testing.assert_array_equal(
        elements.offsets(tensor) == 0, elements.real(tensor) == 0
    )
