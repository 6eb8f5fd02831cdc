"""Networks of `keras.applications`, small images: removed equals masked."""

import keras
import pytest

import tfprune
from benchmarks.random_weights import (
    random_half,
    random_images,
    randomize,
    response,
)
from tfprune.models.applications import application_builders
from tfprune.surgery import difference, mask_channels, remove_channels

SIZES = {
    "MobileNet": 64,
    "MobileNetV2": 64,
    "MobileNetV3Small": 64,
    "EfficientNetB0": 64,
    "DenseNet121": 32,
    "NASNetMobile": 32,
}
"""The quick ones of each family, and the height and width of their images."""


def build(name: str) -> keras.Model:
    return application_builders()[name](
        weights=None,
        input_shape=(SIZES[name], SIZES[name], 3),
        classes=10,
        classifier_activation=None,
    )


def test_every_builder_is_found_once():
    builders = application_builders()
    public = {
        name
        for name, value in vars(keras.applications).items()
        if callable(value) and name[0].isupper()
    }
    assert set(builders) == public
    assert len(set(builders.values())) == len(builders)


@pytest.mark.parametrize("name", sorted(SIZES))
def test_removed_equals_masked(name):
    model = build(name)
    graph = tfprune.trace(model)
    keep = random_half(graph)
    images = random_images(model, count=16)
    randomize(model, keep, images)
    small = remove_channels(model, keep)
    found = difference(mask_channels(model, keep), small, images[:2])
    assert found.relative < 1e-4
    # The comparison means something only where the images make a difference.
    assert response(keras.ops.convert_to_numpy(small(images[:2]))) > 1e-2


@pytest.mark.parametrize("name", sorted(SIZES))
def test_only_the_output_is_frozen(name):
    graph = tfprune.trace(build(name))
    reasons = {x.reason for group in graph.groups() for x in group.frozen}
    assert reasons <= {"model input", "model output"}
    assert not graph.unknown()
