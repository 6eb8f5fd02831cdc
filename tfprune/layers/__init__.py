"""Layers that stand for others in a masked model."""

from tfprune.layers.kept_places import KeptPlaces
from tfprune.layers.subset_additive_attention import SubsetAdditiveAttention
from tfprune.layers.subset_attention import SubsetAttention
from tfprune.layers.subset_dot import SubsetDot
from tfprune.layers.subset_group_normalization import SubsetGroupNormalization
from tfprune.layers.subset_layer_normalization import SubsetLayerNormalization
from tfprune.layers.subset_operation import SubsetOperation
from tfprune.layers.subset_rms_normalization import SubsetRMSNormalization
from tfprune.layers.subset_unit_normalization import SubsetUnitNormalization

__all__ = [
    "KeptPlaces",
    "SubsetAdditiveAttention",
    "SubsetAttention",
    "SubsetDot",
    "SubsetGroupNormalization",
    "SubsetLayerNormalization",
    "SubsetOperation",
    "SubsetRMSNormalization",
    "SubsetUnitNormalization",
]
