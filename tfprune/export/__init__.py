"""Exported models: conversion, verification, inspection, timing.

This is the only package that imports TensorFlow, flatbuffers and LiteRT.
"""

from tfprune.export.description.describe import describe
from tfprune.export.description.description_report import DescriptionReport
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.inspection.dump import dump
from tfprune.export.inspection.saved_model import (
    SavedModelSummary,
    inspect_saved_model,
)
from tfprune.export.inspection.summary import TfliteSummary, inspect_tflite
from tfprune.export.low_bit import (
    LowBitLayer,
    LowBitReport,
    find_low_bit_layers,
)
from tfprune.export.quantization import (
    MODES,
    LowBit,
    QuantizationMode,
    Recipe,
)
from tfprune.export.quantization.noise_report import QuantizationReport
from tfprune.export.quantization_report import quantization_report
from tfprune.export.report import ExportReport
from tfprune.export.running.evaluate import evaluate_tflite
from tfprune.export.running.latency import measure_latency
from tfprune.export.running.latency_meter import LatencyMeter
from tfprune.export.running.latency_report import LatencyReport
from tfprune.export.running.operator_profile import (
    OperatorProfile,
    profile_operators,
)
from tfprune.export.sparsity.report import SparseReport
from tfprune.export.sparsity.sparsify import sparsify_tflite
from tfprune.export.targets import TARGETS, TargetReport, check
from tfprune.export.tflite import export_tflite
from tfprune.export.verification.file_comparison import (
    FileComparison,
    compare_tflite,
)
from tfprune.export.verification.image_folder import ImageFolder
from tfprune.export.verification.pixel_scaling import PixelScaling
from tfprune.export.verification.python_function import PythonFunction
from tfprune.export.verification.sample_source import SampleSource
from tfprune.export.verification.tfrecord_file import TFRecordFile

__all__ = [
    "MODES",
    "TARGETS",
    "DescriptionReport",
    "ExportReport",
    "FileComparison",
    "FlatbufferModel",
    "ImageFolder",
    "LatencyMeter",
    "LatencyReport",
    "LowBit",
    "LowBitLayer",
    "LowBitReport",
    "OperatorProfile",
    "PixelScaling",
    "PythonFunction",
    "QuantizationMode",
    "TargetReport",
    "QuantizationReport",
    "Recipe",
    "SampleSource",
    "SavedModelSummary",
    "SparseReport",
    "TFRecordFile",
    "TfliteSummary",
    "check",
    "compare_tflite",
    "describe",
    "dump",
    "evaluate_tflite",
    "export_tflite",
    "find_low_bit_layers",
    "inspect_saved_model",
    "inspect_tflite",
    "measure_latency",
    "profile_operators",
    "quantization_report",
    "read_tflite",
    "serialize",
    "sparsify_tflite",
]
