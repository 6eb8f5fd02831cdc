"""Models are timed as files, in turn."""

import keras
import pytest
from keras import layers

import tfprune
from tfprune.errors import InvalidInputError


def network(width: int) -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(width, 3, activation="relu")(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(4)(x))


@pytest.mark.parametrize("quantize", [None, "int8"])
def test_it_times_models(quantize):
    meter = tfprune.LatencyMeter(quantize, runs=3)
    whole, small = network(16), network(4)
    assert meter.share(whole, small) > 0
    report = meter.report([whole, small])
    assert [len(x.times) for x in report.files] == [3, 3]
    assert meter(small) > 0


def test_wrong_arguments_are_refused():
    with pytest.raises(InvalidInputError, match="int8"):
        tfprune.LatencyMeter("int9")
    with pytest.raises(InvalidInputError, match="`runs` to be at least 1"):
        tfprune.LatencyMeter(runs=0)(network(4))
