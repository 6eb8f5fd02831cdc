"""Tests of the quantization modes."""
