"""How many bits a tensor holds that a quantizer made further up."""

from collections.abc import Sequence
from typing import Any

from keras import layers

from tfprune.graph.channels import ChannelTensor
from tfprune.graph.moving_operations import MOVING_OPERATIONS
from tfprune.graph.step import Step
from tfprune.quantizers import Quantizer

MOVING_LAYERS = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Concatenate,
    layers.Cropping1D,
    layers.Cropping2D,
    layers.Cropping3D,
    layers.Dropout,
    layers.Flatten,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.GlobalMaxPooling3D,
    layers.Identity,
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    layers.MaxPooling3D,
    layers.Maximum,
    layers.Minimum,
    layers.Permute,
    layers.RepeatVector,
    layers.Reshape,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
    layers.UpSampling1D,
    layers.UpSampling2D,
    layers.UpSampling3D,
)
PADDING_LAYERS = (
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
    layers.ZeroPadding3D,
)
OPERATIONS = frozenset((*MOVING_OPERATIONS, "MaxPool"))


class EnteringBits:
    """Follows tensors back to the quantizers that made their numbers.

    Steps on the way move numbers or choose among them, and make no new ones.
    Where several tensors meet, they must come from quantizers of the same
    levels.

    Args:
        steps: All calls of the model.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._makers = {x.key: step for step in steps for x in step.outputs}

    def of(self, step: Step) -> int:
        """The bits of the first input of a call; 32 where none are told."""
        found = self._behind(step.inputs[0]) if step.inputs else None
        return 32 if found is None else found.precision

    def _behind(self, tensor: ChannelTensor) -> Quantizer | None:
        step = self._makers.get(tensor.key)
        if step is None:
            return None
        if isinstance(step.operation, Quantizer):
            return step.operation
        adds_zeros = type(step.operation) in PADDING_LAYERS
        if not (adds_zeros or moves(step.operation)) or not step.inputs:
            return None
        first, *others = map(self._behind, step.inputs)
        if first is None or (adds_zeros and not first.keeps_zero):
            return None
        return first if all(alike(first, x) for x in others) else None


def moves(operation: Any) -> bool:
    """Whether an operation returns numbers that it was given, and no others."""
    if not isinstance(operation, layers.Layer):
        return type(operation).__name__ in OPERATIONS
    # Not a subclass, whose call may do anything.
    if type(operation) not in MOVING_LAYERS:
        return False
    return getattr(operation, "interpolation", "nearest") == "nearest"


def alike(one: Quantizer, other: Quantizer | None) -> bool:
    """Whether two quantizers have the same levels."""
    if one is other:
        return True
    if type(one) is not type(other) or other is None or one.weights:
        return False
    return settings(one) == settings(other)


def settings(quantizer: Quantizer) -> dict[str, Any]:
    """The config of a quantizer but for its name."""
    return {k: v for k, v in quantizer.get_config().items() if k != "name"}
