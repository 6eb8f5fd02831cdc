"""Random networks with random channels removed compute what they masked do."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

import tfprune
from tests.graph.random_networks import (
    FAMILIES,
    RESPONSE,
    networks,
    outcome,
    prunable,
    random_network,
    seeded,
)

pytestmark = pytest.mark.filterwarnings("ignore:`build:UserWarning")

SEEDS = st.integers(0, 2**16)
RARELY = st.integers(0, 3).map(lambda number: number == 3)


def drawn_networks(count):
    """Settings of a test on so many networks."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        # Shrinking a network takes minutes and tells little that its trace
        # does not.
        phases=(Phase.explicit, Phase.generate),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def check(model, seed, flatten=None, saved=False):
    note(str(tfprune.trace(model, flatten=flatten)))
    found = outcome(model, seed, flatten, saved)
    # An output that is the same whatever the input would prove nothing.
    assume(found.response > RESPONSE)
    assert found.relative < 1e-5


@given(model=networks("images"), seed=SEEDS, saved=RARELY)
@drawn_networks(105)
def test_removed_equals_masked_on_images(model, seed, saved):
    check(model, seed, saved=saved)


@given(model=networks("sequences"), seed=SEEDS, saved=RARELY)
@drawn_networks(90)
def test_removed_equals_masked_on_sequences(model, seed, saved):
    check(model, seed, saved=saved)


@given(model=networks("composites"), seed=SEEDS, saved=RARELY)
@drawn_networks(75)
def test_removed_equals_masked_with_composite_layers(model, seed, saved):
    check(model, seed, saved=saved)


@given(model=networks("composites"), seed=SEEDS, saved=RARELY)
@drawn_networks(35)
def test_removed_equals_masked_with_composite_layers_kept(model, seed, saved):
    check(model, seed, flatten=False, saved=saved)


@pytest.mark.parametrize("family", FAMILIES)
def test_enough_is_prunable(family):
    fractions = [
        prunable(tfprune.trace(random_network(family, seeded(seed))))
        for seed in range(20)
    ]
    assert np.mean(fractions) > 0.5
