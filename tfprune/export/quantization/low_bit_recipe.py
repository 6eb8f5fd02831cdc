"""Recipes for models with weights of few bits."""

from dataclasses import dataclass

from tfprune.export.quantization.low_bit_int8 import LowBitInt8


@dataclass(frozen=True)
class LowBitRecipe(LowBitInt8):
    """A mode for each layer, with the layers of few bits exact.

    What a recipe with `"int8"` in it becomes for a model with such layers:
    they are exact whatever the recipe gives to them, and the other layers are
    as it has them.

    Args:
        mode: The recipe.
    """

    name = "recipe"
    end_types = ("float32",)
