"""Tests of the passes over flatbuffers."""
