"""Tests of `tfprune.export`."""
