"""Tests of what a file tells of itself."""
