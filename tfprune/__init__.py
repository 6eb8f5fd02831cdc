"""Make Keras 3 models small and fast, and prove that they stayed the same."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfprune.allocation.keep_mask import KeepMask
    from tfprune.allocation.select import keep_mask
    from tfprune.errors import (
        ExactnessError,
        InvalidInputError,
        TfpruneError,
        VerificationError,
    )
    from tfprune.export import export_tflite
    from tfprune.graph import (
        Absorption,
        Binding,
        Channels,
        ChannelTensor,
        Constants,
        PruningGraph,
        UncoveredError,
        WeightAxis,
        elementwise,
        handles,
        trace,
    )
    from tfprune.profiling import Profile, profile
    from tfprune.pruners import Comparison, compare, penalize_scales, prune
    from tfprune.surgery import (
        DeadChannels,
        dead_channels,
        mask_channels,
        remove_channels,
        strip,
    )

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
    "InvalidInputError",
    "KeepMask",
    "Profile",
    "PruningGraph",
    "TfpruneError",
    "UncoveredError",
    "VerificationError",
    "WeightAxis",
    "compare",
    "dead_channels",
    "elementwise",
    "export_tflite",
    "handles",
    "keep_mask",
    "mask_channels",
    "penalize_scales",
    "profile",
    "prune",
    "remove_channels",
    "strip",
    "trace",
]

# Loaded on first use: the command line answers `--help` without Keras, and
# only `export_tflite` asks for TensorFlow.
_HOMES = {
    "allocation.keep_mask": ("KeepMask",),
    "allocation.select": ("keep_mask",),
    "errors": (
        "ExactnessError",
        "InvalidInputError",
        "TfpruneError",
        "VerificationError",
    ),
    "export": ("export_tflite",),
    "graph": (
        "Absorption",
        "Binding",
        "ChannelTensor",
        "Channels",
        "Constants",
        "PruningGraph",
        "UncoveredError",
        "WeightAxis",
        "elementwise",
        "handles",
        "trace",
    ),
    "profiling": ("Profile", "profile"),
    "pruners": ("Comparison", "compare", "penalize_scales", "prune"),
    "surgery": (
        "DeadChannels",
        "dead_channels",
        "mask_channels",
        "remove_channels",
        "strip",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_PACKAGES = (
    "criteria",
    "export",
    "models",
    "optimizers",
    "regularizers",
    "tools",
)


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        home = import_module(f"tfprune.{_HOME_OF[name]}")
        return getattr(home, name)
    if name in _PACKAGES:
        return import_module(f"tfprune.{name}")
    raise AttributeError(f"module 'tfprune' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *_PACKAGES])
