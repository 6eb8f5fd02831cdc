"""Quantizers: few levels, and a gradient nonetheless."""

from tfprune.quantizers.approximate_sign import ApproximateSign
from tfprune.quantizers.dorefa_activations import DoReFaActivations
from tfprune.quantizers.dorefa_gradients import DoReFaGradients
from tfprune.quantizers.dorefa_weights import DoReFaWeights
from tfprune.quantizers.fake_quant import FakeQuant
from tfprune.quantizers.fixed_fake_quant import FixedFakeQuant
from tfprune.quantizers.grid import Grid
from tfprune.quantizers.joined_fake_quant import JoinedFakeQuant
from tfprune.quantizers.learned_fake_quant import LearnedFakeQuant
from tfprune.quantizers.linear import Linear
from tfprune.quantizers.logarithmic import Logarithmic
from tfprune.quantizers.lookup import get, names
from tfprune.quantizers.magnitude_aware_sign import MagnitudeAwareSign
from tfprune.quantizers.moving_fake_quant import MovingFakeQuant
from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer
from tfprune.quantizers.sign import Sign
from tfprune.quantizers.stochastic_sign import StochasticSign
from tfprune.quantizers.subset import SubsetQuantizer
from tfprune.quantizers.swish_sign import SwishSign
from tfprune.quantizers.ternary import Ternary

__all__ = [
    "QUANTIZERS",
    "ApproximateSign",
    "DoReFaActivations",
    "DoReFaGradients",
    "DoReFaWeights",
    "FakeQuant",
    "FixedFakeQuant",
    "Grid",
    "JoinedFakeQuant",
    "LearnedFakeQuant",
    "Linear",
    "Logarithmic",
    "MagnitudeAwareSign",
    "MovingFakeQuant",
    "Quantizer",
    "Sign",
    "StochasticSign",
    "SubsetQuantizer",
    "SwishSign",
    "Ternary",
    "get",
    "names",
]
