"""Layers that stand for others in a masked model."""

from tfprune.layers.subset_dot import SubsetDot
from tfprune.layers.subset_group_normalization import SubsetGroupNormalization
from tfprune.layers.subset_layer_normalization import SubsetLayerNormalization
from tfprune.layers.subset_rms_normalization import SubsetRMSNormalization
from tfprune.layers.subset_unit_normalization import SubsetUnitNormalization

__all__ = [
    "SubsetDot",
    "SubsetGroupNormalization",
    "SubsetLayerNormalization",
    "SubsetRMSNormalization",
    "SubsetUnitNormalization",
]
