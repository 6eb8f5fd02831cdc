"""Comparing outputs: what passes and what does not."""

import numpy as np
import pytest

from tfprune.errors import VerificationError
from tfprune.export.verification.agreement import compare_outputs
from tfprune.export.verification.tolerance import Tolerance

LOOSE = Tolerance(spread=0.5, magnitude=0.01)
EVEN_LOOSER = Tolerance(spread=0.75, magnitude=0.001)
RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(40, 10)).astype("float32")


def compare(expected, received, tolerance=LOOSE, step=0.0):
    return compare_outputs(
        "logits",
        expected,
        received,
        reference="the Keras model",
        tolerance=tolerance,
        step=step,
    )


def test_numbers_of_a_known_case():
    # Each value is 5 +- 1 or 7 +- 1 over the samples: a spread of 1.
    expected = np.array([[4.0, 8.0], [6.0, 6.0]] * 5, "float32")
    received = expected + np.array([[0.3, 0.0], [0.0, -0.3]] * 5, "float32")
    found = compare(expected, received)
    assert found.max_abs_error == pytest.approx(0.3, rel=1e-6)
    assert found.relative_error == pytest.approx(0.3 / 2**0.5)
    magnitude = ((4**2 + 8**2 + 6**2 + 6**2) / 4) ** 0.5
    assert found.allowed_error == pytest.approx(0.5 + 0.01 * magnitude)
    # 6 - 0.3 is no longer the largest of its sample: the class is 0 still.
    assert found.agreement == 1.0


@pytest.mark.parametrize(
    "received",
    [
        np.zeros_like(LOGITS),
        np.full_like(LOGITS, LOGITS.mean()),
        np.repeat(LOGITS[:1], 40, axis=0),
        LOGITS[::-1],
        -LOGITS,
        2 * LOGITS,
        RNG.normal(size=(40, 10)),
    ],
    ids=["zeros", "mean", "constant", "shuffled", "negated", "scaled", "other"],
)
@pytest.mark.parametrize("bias", [0.0, 20.0])
def test_wrong_models_are_caught(received, bias):
    # Large biases must not hide that the input is ignored.
    offset = bias * np.arange(10, dtype="float32")
    with pytest.raises(
        VerificationError, match="differs from the Keras model by"
    ):
        compare(LOGITS + offset, np.asarray(received) + offset, EVEN_LOOSER)


@pytest.mark.parametrize("noise", [0.01, 0.1, 0.3])
def test_coarse_models_pass(noise):
    received = LOGITS + noise * RNG.normal(size=LOGITS.shape)
    found = compare(LOGITS, received)
    assert found.relative_error == pytest.approx(noise, rel=0.2)


def test_step_of_a_quantized_output_is_forgiven():
    # A softmax of an untrained network hardly varies.
    expected = 0.1 + 3e-4 * RNG.normal(size=(40, 10))
    received = np.round(expected * 256) / 256
    with pytest.raises(VerificationError):
        compare(expected, received)
    assert compare(expected, received, step=1 / 256).max_abs_error < 1 / 256


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_a_number_is_caught(bad):
    received = LOGITS.copy()
    received[[3, 5], 2] = bad
    expected = "exported model holds NaN or infinity in 2 of 40 samples"
    with pytest.raises(VerificationError, match=expected):
        compare(LOGITS, received)


def test_shape_is_compared():
    with pytest.raises(VerificationError, match=r"shape \(40, 9\)"):
        compare(LOGITS, LOGITS[:, :9])


def test_few_samples_are_compared_by_all_their_values():
    one = LOGITS[:1]
    assert compare(one, 1.1 * one).relative_error < 0.2
    with pytest.raises(VerificationError):
        compare(one, one[:, ::-1])


def test_constant_outputs():
    constant = np.full((4, 1), 3.0, "float32")
    assert compare(constant, constant).relative_error == 0
    zeros = np.zeros((4, 1), "float32")
    assert compare(zeros, zeros).relative_error == 0
    with pytest.raises(VerificationError):
        compare(zeros, zeros + 0.1)
    with pytest.raises(VerificationError):
        compare(constant, 1.1 * constant)


def test_integers_are_equal_or_not():
    expected = np.arange(40)
    received = expected.copy()
    received[:10] += 1
    found = compare(expected, received)
    assert found.agreement == 0.75
    assert found.max_abs_error == 1
    with pytest.raises(VerificationError, match="25% of the integers"):
        compare(expected, received, Tolerance(1e-4, 1e-4))


def test_only_classes_have_an_agreement():
    images = RNG.normal(size=(4, 3, 3, 2))
    assert compare(images, images).agreement is None
    scores = RNG.normal(size=(4, 1))
    assert compare(scores, scores).agreement is None
