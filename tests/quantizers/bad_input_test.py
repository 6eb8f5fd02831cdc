"""Quantizers that are asked for what is not there."""

import pytest

from tfprune import quantizers
from tfprune.errors import InvalidInputError


def test_the_closest_name_is_proposed():
    with pytest.raises(
        InvalidInputError,
        match="Unknown quantizer 'swish_sing'. Did you mean 'swish_sign'",
    ):
        quantizers.get("swish_sing")


def test_none_and_objects_are_returned_as_they_are():
    sign = quantizers.Sign()
    assert quantizers.get(None) is None
    assert quantizers.get(sign) is sign
    assert isinstance(quantizers.get(quantizers.Ternary), quantizers.Ternary)


@pytest.mark.parametrize("other", [3, len, {"class_name": "Dense"}])
def test_what_is_no_quantizer_is_refused(other):
    with pytest.raises((InvalidInputError, ValueError, TypeError)):
        quantizers.get(other)


@pytest.mark.parametrize(
    ("kind", "lowest", "highest"),
    [
        (quantizers.DoReFaWeights, 1, 8),
        (quantizers.DoReFaActivations, 1, 8),
        (quantizers.DoReFaGradients, 1, 8),
        (quantizers.Linear, 2, 8),
        (quantizers.Logarithmic, 2, 5),
        (quantizers.MovingFakeQuant, 2, 8),
        (quantizers.LearnedFakeQuant, 2, 8),
        (quantizers.FixedFakeQuant, 2, 8),
    ],
)
def test_bits_out_of_range(kind, lowest, highest):
    for bits in (lowest, highest):
        kind(bits)
    for bits in (lowest - 1, highest + 1, 2.5, "4", True, None):
        with pytest.raises(
            InvalidInputError,
            match=f"Expected bits of {kind.__name__} to be a whole number "
            f"from {lowest} to {highest}. Received: bits=",
        ):
            kind(bits)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: quantizers.SwishSign(beta=0), "beta of SwishSign"),
        (lambda: quantizers.Ternary("no"), "threshold of Ternary"),
        (lambda: quantizers.Linear(4, bound=-1), "bound of Linear"),
        (
            lambda: quantizers.MovingFakeQuant(momentum=1.0),
            "momentum of MovingFakeQuant",
        ),
        (
            lambda: quantizers.FixedFakeQuant(low=0.5, high=1.0),
            "to contain zero",
        ),
        (
            lambda: quantizers.FixedFakeQuant(low=0.0, high=0.0),
            "to contain zero",
        ),
        (
            lambda: quantizers.FixedFakeQuant(low=-1, high=2, symmetric=True),
            "low=-high",
        ),
        (
            lambda: quantizers.FixedFakeQuant(high=float("inf")),
            "high of FixedFakeQuant",
        ),
        (lambda: quantizers.SubsetQuantizer(None), "Received: quantizer=None"),
    ],
)
def test_other_settings_out_of_range(make, message):
    with pytest.raises(InvalidInputError, match=message):
        make()
