"""What holds for the proximal operator of every norm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.regularizers.members import NORMS, array, objective

WEIGHTS = arrays(
    "float32",
    st.sampled_from([(3,), (2, 3), (2, 1, 2, 3)]),
    elements=st.floats(-10, 10, width=32),
)
STEPS = st.floats(0, 20)

every_norm = pytest.mark.parametrize(
    "penalty", NORMS, ids=lambda norm: str(norm.get_config())
)
few = settings(max_examples=40, deadline=None)


@every_norm
@few
@given(weights=WEIGHTS, step=STEPS, data=st.data())
def test_no_two_points_move_apart(penalty, weights, step, data):
    other = data.draw(
        arrays("float32", weights.shape, elements=st.floats(-10, 10, width=32))
    )
    before = np.linalg.norm(weights - other)
    after = np.linalg.norm(
        array(penalty.proximal(weights, step))
        - array(penalty.proximal(other, step))
    )
    assert after <= before * (1 + 1e-5) + 1e-5


@every_norm
@few
@given(weights=WEIGHTS, step=STEPS, data=st.data())
def test_no_other_point_is_less(penalty, weights, step, data):
    point = array(penalty.proximal(weights, step))
    direction = data.draw(
        arrays("float32", weights.shape, elements=st.floats(-1, 1, width=32))
    )
    least = objective(penalty, point, weights, step)
    found = objective(penalty, point + direction, weights, step)
    assert least <= found + 1e-4 * (1 + abs(found))


@every_norm
@few
@given(weights=WEIGHTS, step=STEPS)
def test_the_displacement_is_a_subgradient_of_where_it_ends(
    penalty, weights, step
):
    point = array(penalty.proximal(weights, step))
    pull = step * array(penalty.subgradient(point))
    alive = np.abs(point) > 1e-3
    np.testing.assert_allclose(
        (weights - point)[alive], pull[alive], rtol=1e-2, atol=1e-2
    )


@every_norm
@few
@given(
    weights=WEIGHTS, step=STEPS, scale=st.sampled_from([0.125, 0.5, 4.0, 64.0])
)
def test_scaled_weights_and_step_scale_the_result(
    penalty, weights, step, scale
):
    scaled = array(penalty.proximal(np.float32(scale) * weights, scale * step))
    np.testing.assert_allclose(
        scaled,
        scale * array(penalty.proximal(weights, step)),
        rtol=1e-4,
        atol=1e-4 * scale,
    )


@every_norm
@few
@given(weights=WEIGHTS, step=STEPS)
def test_every_weight_keeps_its_side_and_none_grows(penalty, weights, step):
    point = array(penalty.proximal(weights, step))
    assert np.all(point * weights >= 0)
    assert np.all(np.abs(point) <= np.abs(weights))
