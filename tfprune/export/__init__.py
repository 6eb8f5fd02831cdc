"""Exported models: conversion, verification, inspection, timing.

This is the only package that imports TensorFlow, flatbuffers and LiteRT.
"""

from tfprune.export.evaluate import evaluate_tflite
from tfprune.export.flatbuffer import FlatbufferModel
from tfprune.export.latency import measure_latency
from tfprune.export.latency_report import LatencyReport
from tfprune.export.quantization import MODES, QuantizationMode
from tfprune.export.reader import read_tflite
from tfprune.export.report import ExportReport
from tfprune.export.summary import TfliteSummary, inspect_tflite
from tfprune.export.tflite import export_tflite
from tfprune.export.writer import serialize

__all__ = [
    "MODES",
    "ExportReport",
    "FlatbufferModel",
    "LatencyReport",
    "QuantizationMode",
    "TfliteSummary",
    "evaluate_tflite",
    "export_tflite",
    "inspect_tflite",
    "measure_latency",
    "read_tflite",
    "serialize",
]
