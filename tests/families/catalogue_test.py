"""The families themselves: they compute something, save and load."""

import keras
import numpy as np
import pytest

from tests.families import FAMILIES
from tests.families.example import example_inputs, responsive
from tfprune.surgery.oracle import outputs


@pytest.mark.filterwarnings("ignore:`build:UserWarning")
@pytest.mark.parametrize("family", FAMILIES.values(), ids=str)
def test_a_family_responds_to_its_inputs_and_survives_its_file(
    family, tmp_path
):
    keras.backend.clear_session()
    model = responsive(family.build())
    inputs = example_inputs(model)
    results = outputs(model, inputs)
    for result in results:
        assert np.isfinite(result).all()
        assert np.ptp(result, axis=0).max() > 1e-2 * np.abs(result).max()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for result, again in zip(results, outputs(loaded, inputs), strict=True):
        np.testing.assert_array_equal(result, again)
