"""Random networks with random channels removed compute what they masked do."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.graph.random_networks import networks
from tests.testing import removal_difference


@given(model=networks(), seed=st.integers(0, 2**16))
@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    # Shrinking a network takes minutes and tells little that its trace does
    # not.
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
def test_removed_equals_masked_on_random_networks(model, seed):
    # `difference` itself refuses outputs that are all zero.
    assert removal_difference(model, seed).relative < 1e-5
