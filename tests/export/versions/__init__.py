"""Tests of operator versions."""
