"""Quantization modes of exported models, by name or by layer."""

from tfprune.export.quantization.dynamic import Dynamic
from tfprune.export.quantization.find import Quantize, find_mode
from tfprune.export.quantization.flatbuffer import quantize_flatbuffer
from tfprune.export.quantization.float16 import Float16
from tfprune.export.quantization.float32 import Float32
from tfprune.export.quantization.int4 import Int4
from tfprune.export.quantization.int8 import Int8
from tfprune.export.quantization.int16x8 import Int16x8
from tfprune.export.quantization.low_bit import LowBit
from tfprune.export.quantization.low_bit_int8 import LowBitInt8
from tfprune.export.quantization.low_bit_recipe import LowBitRecipe
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.recipe import Recipe

__all__ = [
    "MODES",
    "Dynamic",
    "Float16",
    "Float32",
    "Int4",
    "Int8",
    "Int16x8",
    "LowBit",
    "LowBitInt8",
    "LowBitRecipe",
    "QuantizationMode",
    "Quantize",
    "Recipe",
    "find_mode",
    "quantize_flatbuffer",
]
