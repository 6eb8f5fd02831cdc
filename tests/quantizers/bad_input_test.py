"""Quantizers that are asked for what is not there."""

import keras
import numpy as np
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


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (3, "Expected a quantizer: .* Received: 3. Names: approximate_sign"),
        (len, "Expected a quantizer: .* Received: <built-in function len>"),
        ({"class_name": "Dense"}, "Expected a quantizer: "),
        (keras.layers.Dense, "Expected a quantizer: "),
        (
            keras.saving.serialize_keras_object(keras.layers.Dense(3)),
            "Expected a quantizer: ",
        ),
        (
            {"class_name": "Signn", "config": {}},
            "Unknown class 'Signn' in .* Did you mean 'tfprune>Sign'?",
        ),
        (
            {"class_name": "tfprune>Linaer", "config": {}},
            "Unknown class 'tfprune>Linaer'.* Did you mean 'tfprune>Linear'?",
        ),
        (
            {"class_name": "tfprune>Linear", "config": {"bits": 9}},
            "^Expected bits of Linear to be a whole number from 2 to 8. "
            "Received: bits=9",
        ),
        (
            {"class_name": "tfprune>Linear", "config": {"bitz": 4}},
            "does not fit tfprune>Linear: .*bitz",
        ),
        (quantizers.FakeQuant, "FakeQuant is a base of quantizers"),
        (quantizers.Quantizer, "Quantizer is a base of quantizers"),
        (quantizers.SubsetQuantizer, "Give an object, made with quantizer,"),
    ],
)
def test_what_is_no_quantizer_is_refused(other, message):
    with pytest.raises(InvalidInputError, match=message) as caught:
        quantizers.get(other)
    assert "\n" not in str(caught.value)


def test_the_proposed_class_is_known():
    found = quantizers.get({"class_name": "tfprune>Sign", "config": {}})
    assert isinstance(found, quantizers.Sign)


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
    for bits in (lowest, highest, np.int64(lowest), np.uint8(highest)):
        config = kind(bits).get_config()
        assert config["bits"] == bits
        assert type(config["bits"]) is int
    for bits in (lowest - 1, highest + 1, 2.5, "4", True, None, np.ones(2)):
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


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (quantizers.SwishSign, "beta"),
        (quantizers.Ternary, "threshold"),
        (quantizers.Linear, "bound"),
    ],
)
def test_numbers_that_are_none(kind, name):
    for value in (np.float32(0.5), np.float64(2), 3):
        config = kind(**{name: value}).get_config()
        assert config[name] == value
        assert type(config[name]) is float
    for value in ("2", True, None, [1.0], 1e300, 1e-300, float("nan")):
        with pytest.raises(
            InvalidInputError,
            match=f"Expected {name} of {kind.__name__} to be a finite number "
            f"above 0 of float32. Received: {name}=",
        ):
            kind(**{name: value})


@pytest.mark.parametrize("bits", [2, 4, 5])
def test_exponents_whose_powers_float32_lacks(bits):
    least = -126 + 2 ** (bits - 1) - 2
    for exponent in (least, np.int64(127)):
        quantizer = quantizers.Logarithmic(bits, exponent)
        assert type(quantizer.get_config()["exponent"]) is int
        x = np.array([1, 0.25, -1], "float32") * 2.0 ** int(exponent)
        found = keras.ops.convert_to_numpy(quantizer(x))
        expected = x if bits > 2 else x * [1, 0, 1]
        np.testing.assert_array_equal(found, expected)
    for exponent in (1.7, "a", True, None, 128, 2000, least - 1, -200):
        with pytest.raises(
            InvalidInputError,
            match="Expected exponent of Logarithmic with bits="
            f"{bits} to be a whole number from {least} to 127",
        ):
            quantizers.Logarithmic(bits, exponent)


@pytest.mark.parametrize(
    "make",
    [
        lambda: quantizers.Linear(8, bound=2e-38),
        lambda: quantizers.FixedFakeQuant(low=0.0, high=2e-38),
        lambda: quantizers.FixedFakeQuant(low=-2e-38, high=2e-38),
        lambda: quantizers.FixedFakeQuant(2, low=-3e38, high=3e38 * 1.1),
        lambda: quantizers.FixedFakeQuant(
            low=-2e-38, high=2e-38, symmetric=True
        ),
    ],
)
def test_ranges_that_float32_has_no_levels_for(make):
    with pytest.raises(
        InvalidInputError, match="to lie at least 1.2e-38 apart"
    ):
        make()


@pytest.mark.parametrize("value", [1e300, 1e-300, "1", True])
def test_bounds_that_float32_lacks(value):
    with pytest.raises(InvalidInputError, match="high of FixedFakeQuant"):
        quantizers.FixedFakeQuant(low=0, high=value)


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (quantizers.FixedFakeQuant, "per_channel"),
        (quantizers.JoinedFakeQuant, "per_channel"),
        (quantizers.JoinedFakeQuant, "symmetric"),
    ],
)
def test_settings_that_a_config_would_lose(kind, setting):
    assert setting not in kind().get_config()
    with pytest.raises(InvalidInputError, match=f"Received: {setting}=True"):
        kind(**{setting: True})


@pytest.mark.parametrize("member", [-1, 2, 7, 0.5, True, None])
def test_members_that_a_joined_range_lacks(member):
    joined = quantizers.JoinedFakeQuant(members=2)
    for x in (np.ones((1, 3), "float32"), keras.KerasTensor((None, 3))):
        joined(x, training=True, member=1)
        with pytest.raises(
            InvalidInputError,
            match="to be a whole number from 0 to 1. Received: member="
            f"{member}",
        ):
            joined(x, training=True, member=member)
