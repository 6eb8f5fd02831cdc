"""The training side on PyTorch, where there is one."""

import importlib.util
from typing import Any

import pytest

from tests.programs import results_of

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is missing"
)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """What the program measured."""
    return results_of("tests.torch_program", KERAS_BACKEND="torch")


def test_penalties_and_their_proximal_steps(results):
    found = results["penalties"]
    assert found["steps"] < 1e-4
    assert found["scaled"] < 1e-4
    assert found["slope"] < 1e-9
    assert found["joint"] < 1e-4
    assert found["joint_plain"] < 1e-4
    assert 0 < found["averaged_zeros"] < 40
    assert found["dropped"] == 0
    assert found["kept"] > 0
    assert 0 < found["filters"] <= 8
    assert 0 < found["scales"] <= 8


def test_gates(results):
    assert results["gates"]
    for found in results["gates"].values():
        assert found["multiplied"] < 1e-5
        assert found["moved"] > 0
        assert found["shared"] < 1e-5
        assert found["left"] == 0
        assert found["difference"] < 1e-5


def test_a_controller_meets_its_budget(results):
    found = results["controller"]
    assert 0.95 * 0.3 <= found["share"] <= 0.3
    assert found["accuracy"] > 0.8


def test_scales_of_tied_channels_vanish_and_strip_removes_them(results):
    found = results["tied"]
    assert found["zeros"] == [[0, 1, 0, 0, 1, 0]] * 2
    assert found["filters"] == 4
    assert found["difference"] < 1e-5
