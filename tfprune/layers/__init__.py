"""Layers of few bits, and layers that stand for others in a masked model."""

from tfprune.layers import presets
from tfprune.layers.constant_array import ConstantArray
from tfprune.layers.float_result import FloatResult
from tfprune.layers.input_scale import InputScale
from tfprune.layers.kept_places import KeptPlaces
from tfprune.layers.quant_conv_1d import QuantConv1D
from tfprune.layers.quant_conv_2d import QuantConv2D
from tfprune.layers.quant_conv_2d_transpose import QuantConv2DTranspose
from tfprune.layers.quant_conv_3d import QuantConv3D
from tfprune.layers.quant_dense import QuantDense
from tfprune.layers.quant_depthwise_conv_2d import QuantDepthwiseConv2D
from tfprune.layers.quant_gru import QuantGRU
from tfprune.layers.quant_layer_normalization import QuantLayerNormalization
from tfprune.layers.quant_lstm import QuantLSTM
from tfprune.layers.quant_separable_conv_2d import QuantSeparableConv2D
from tfprune.layers.quant_simple_rnn import QuantSimpleRNN
from tfprune.layers.subset_additive_attention import SubsetAdditiveAttention
from tfprune.layers.subset_attention import SubsetAttention
from tfprune.layers.subset_dot import SubsetDot
from tfprune.layers.subset_group_normalization import SubsetGroupNormalization
from tfprune.layers.subset_layer_normalization import SubsetLayerNormalization
from tfprune.layers.subset_operation import SubsetOperation
from tfprune.layers.subset_rms_normalization import SubsetRMSNormalization
from tfprune.layers.subset_unit_normalization import SubsetUnitNormalization
from tfprune.layers.weight_clip import WeightClip

__all__ = [
    "ConstantArray",
    "FloatResult",
    "InputScale",
    "KeptPlaces",
    "QuantConv1D",
    "QuantConv2D",
    "QuantConv2DTranspose",
    "QuantConv3D",
    "QuantDense",
    "QuantDepthwiseConv2D",
    "QuantGRU",
    "QuantLSTM",
    "QuantLayerNormalization",
    "QuantSeparableConv2D",
    "QuantSimpleRNN",
    "SubsetAdditiveAttention",
    "SubsetAttention",
    "SubsetDot",
    "SubsetGroupNormalization",
    "SubsetLayerNormalization",
    "SubsetOperation",
    "SubsetRMSNormalization",
    "SubsetUnitNormalization",
    "WeightClip",
    "presets",
]
