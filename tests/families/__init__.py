"""Architectures as people write them in Keras 3, small ones."""

from tests.families.catalogue import FAMILIES, Family

__all__ = ["FAMILIES", "Family"]
