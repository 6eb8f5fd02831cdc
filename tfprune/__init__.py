"""Make Keras 3 models small and fast, and prove that they stayed the same."""

from typing import TYPE_CHECKING, Any

from tfprune import (
    callbacks,
    criteria,
    gates,
    layers,
    optimizers,
    quantizers,
    regularizers,
)
from tfprune.allocation.keep_mask import KeepMask
from tfprune.allocation.kept_widths import KeptWidths
from tfprune.allocation.select import keep_mask, kept_widths
from tfprune.callbacks.plot_sparsity import plot_sparsity
from tfprune.errors import (
    ExactnessError,
    InvalidInputError,
    TfpruneError,
    VerificationError,
)
from tfprune.graph import (
    Absorption,
    Binding,
    Channels,
    ChannelTensor,
    Constants,
    Inputs,
    PruningGraph,
    Rescaling,
    Rewriting,
    Substitute,
    UncoveredError,
    WeightAxis,
    elementwise,
    handles,
    trace,
)
from tfprune.profiling import Profile, profile
from tfprune.pruners import (
    Comparison,
    compare,
    insert_gates,
    penalize_groups,
    penalize_scales,
    prune,
    scale_shift,
)
from tfprune.quantization import quantize_aware
from tfprune.saving import load_model, save_model
from tfprune.surgery import (
    DeadChannels,
    dead_channels,
    mask_channels,
    remove_channels,
    strip,
)

if TYPE_CHECKING:
    from tfprune.export import LatencyMeter, export_tflite

__version__ = "0.1.0"

__all__ = [
    "Absorption",
    "Binding",
    "ChannelTensor",
    "Channels",
    "Comparison",
    "Constants",
    "DeadChannels",
    "ExactnessError",
    "Inputs",
    "InvalidInputError",
    "KeepMask",
    "KeptWidths",
    "LatencyMeter",
    "Profile",
    "PruningGraph",
    "Rescaling",
    "Rewriting",
    "Substitute",
    "TfpruneError",
    "UncoveredError",
    "VerificationError",
    "WeightAxis",
    "callbacks",
    "compare",
    "criteria",
    "dead_channels",
    "elementwise",
    "export_tflite",
    "gates",
    "handles",
    "insert_gates",
    "keep_mask",
    "kept_widths",
    "layers",
    "load_model",
    "mask_channels",
    "optimizers",
    "penalize_groups",
    "penalize_scales",
    "plot_sparsity",
    "profile",
    "prune",
    "quantize_aware",
    "quantizers",
    "regularizers",
    "remove_channels",
    "save_model",
    "scale_shift",
    "strip",
    "trace",
]


EXPORTED = ("LatencyMeter", "export_tflite")


def __getattr__(name: str) -> Any:
    # Export needs TensorFlow; all the rest must import without it.
    if name in EXPORTED:
        from tfprune import export

        return getattr(export, name)
    raise AttributeError(f"module 'tfprune' has no attribute '{name}'")
