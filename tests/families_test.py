"""Channels are removed from architectures as people write them."""

import keras
import numpy as np
import pytest

import tfprune
from tests.families import FAMILIES, Family
from tests.families.example import example_inputs, responsive
from tests.testing import random_keep_mask, removal_difference
from tfprune.surgery.oracle import difference, outputs

pytestmark = [
    pytest.mark.filterwarnings("ignore:`build:UserWarning"),
    pytest.mark.parametrize("family", FAMILIES.values(), ids=str),
]


def build(family: Family) -> keras.Model:
    keras.backend.clear_session()
    return responsive(family.build())


def is_plain(layer: keras.layers.Layer) -> bool:
    """Whether a layer and those in it are Keras' own."""
    inner = layer.layers if isinstance(layer, keras.Model) else []
    return type(layer).__module__.startswith("keras.") and all(
        map(is_plain, inner)
    )


def unfollowed(graph: tfprune.PruningGraph) -> int:
    """How many channels have no ids, since nothing follows their layers."""
    weights = {id(x): x for step in graph.unknown() for x in step.weights}
    return sum(x.shape[-1] for x in weights.values() if len(x.shape) > 1)


def test_removed_equals_masked(family):
    model = build(family)
    for seed in range(2):
        assert removal_difference(model, seed).relative < 1e-4


def test_composite_layers_can_be_kept(family):
    model = build(family)
    keep = random_keep_mask(tfprune.trace(model, flatten=False))
    masked = tfprune.mask_channels(model, keep, flatten=False)
    small = tfprune.remove_channels(model, keep, flatten=False)
    assert difference(masked, small).relative < 1e-4
    assert type(small) is type(model)


def test_enough_is_prunable(family):
    graph = tfprune.trace(build(family))
    groups = graph.groups()
    prunable = sum(group.width for group in groups if group.prunable)
    total = sum(group.width for group in groups) + unfollowed(graph)
    assert prunable >= family.prunable * total


def test_what_is_left_saves_and_loads(family, tmp_path):
    model = build(family)
    keep = random_keep_mask(tfprune.trace(model))
    small = tfprune.remove_channels(model, keep)
    assert small.count_params() < model.count_params()
    save = keras.Model.save if is_plain(small) else tfprune.save_model
    save(small, tmp_path / "small.keras")
    load = keras.models.load_model if is_plain(small) else tfprune.load_model
    loaded = load(tmp_path / "small.keras")
    inputs = example_inputs(model)
    for before, after in zip(
        outputs(small, inputs), outputs(loaded, inputs), strict=True
    ):
        np.testing.assert_array_equal(before, after)
