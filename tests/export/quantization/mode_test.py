"""What all quantization modes have in common."""

import pytest

from tfprune.errors import InvalidInputError
from tfprune.export import MODES, Recipe, read_tflite
from tfprune.export.quantization import (
    Dynamic,
    Float16,
    Int8,
    Int16x8,
    quantize_flatbuffer,
)
from tfprune.export.verification.samples import Samples


@pytest.mark.parametrize("mode", [Dynamic(), Int8(), Int16x8()])
def test_scales_of_dense_layers(exported, mode):
    found = exported("residual")

    def counts(chosen):
        result = quantize_flatbuffer(
            read_tflite(found.path), chosen, Samples((found.data,), "data")
        )
        return [
            operator.inputs[1].quantization.scales.size
            for operator in result.operators
            if operator.name == "FULLY_CONNECTED"
            and operator.inputs[1].dtype == "INT8"
        ]

    assert set(counts(mode.with_dense_scales(per_tensor=True))) == {1}
    # As many as units; the last layer is too small for a dynamic one.
    expected = [32] if mode.name == "dynamic" else [32, 10]
    assert counts(mode.with_dense_scales(per_tensor=False)) == expected


def test_modes_without_a_choice_name_those_that_have_it():
    names = [x for x in MODES.names() if not MODES.get(x).has_dense_scales]
    assert names == ["float16", "float32", "int4", "low_bit"]
    for mode in (*map(MODES.get, names), Recipe.of({"*": "int4"})):
        with pytest.raises(
            InvalidInputError,
            match=f"'{mode.name}' has no .*: dynamic, int16x8, int8. Leave",
        ) as caught:
            mode.with_dense_scales(per_tensor=True)
        assert "\n" not in str(caught.value)


def test_recipe_changes_the_modes_that_have_a_choice():
    recipe = Recipe.of({"*": "int8", "head": "float16"})
    assert recipe.with_dense_scales(per_tensor=False) == Recipe(
        (("*", Int8(per_tensor_dense=False)), ("head", Float16()))
    )
