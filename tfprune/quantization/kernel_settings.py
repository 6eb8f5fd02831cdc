"""How the weights of a layer are quantized."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.quantization.kept_clusters import KeptClusters
from tfprune.quantization.kept_zeros import KeptZeros
from tfprune.quantizers import MovingFakeQuant


@dataclass(frozen=True)
class KernelSettings:
    """How the weights of a layer are quantized.

    Attributes:
        path: The path of the user's layer, for messages.
        bits: Bits of a weight.
        preserve_sparsity: Whether weights that are zero stay so.
        preserve_clusters: Whether weights that are equal stay so; a kernel
            of at most half as many values as weights then has one scale.
        momentum: How much of the old range of an activation stays.
    """

    path: str
    bits: int
    preserve_sparsity: bool
    preserve_clusters: bool
    momentum: float

    def quantizer(self, *, per_channel: bool) -> MovingFakeQuant:
        """A quantizer of a kernel.

        Args:
            per_channel: Whether each filter has a scale of its own.
        """
        return MovingFakeQuant(
            self.bits,
            symmetric=True,
            per_channel=per_channel,
            momentum=0.0,
        )

    def keeps_clusters(self, kernel: Any) -> bool:
        """Whether a kernel has clusters, and they stay."""
        if not self.preserve_clusters:
            return False
        values = np.asarray(ops.convert_to_numpy(kernel))
        return 2 * len(np.unique(values)) <= values.size

    def constraint(self, kernel: Any, constraint: Any) -> Any:
        """What keeps the structure that a kernel has.

        Args:
            kernel: The kernel.
            constraint: The constraint that it has already, or None.
        """
        values = np.asarray(ops.convert_to_numpy(kernel))
        if self.keeps_clusters(kernel):
            _, clusters = np.unique(values, return_inverse=True)
            constraint = KeptClusters(
                clusters.reshape(values.shape), constraint
            )
        if self.preserve_sparsity:
            constraint = KeptZeros(values != 0, constraint)
        return constraint


def with_kernel_quantizer(
    kind: type[Any], layer: Any, settings: KernelSettings, *, per_channel: bool
) -> Any:
    """A layer that quantizes its kernel, made from one that does not.

    Args:
        kind: A layer class of `tfprune.layers`.
        layer: The layer, of the class of Keras beneath it.
        settings: How its kernel is quantized.
        per_channel: Whether each filter may have a scale of its own.

    Returns:
        The layer with its weights, and with the range of its kernel.

    Raises:
        InvalidInputError: When weights are not finite.
    """
    many = per_channel and not settings.keeps_clusters(layer.kernel)
    quantizer = settings.quantizer(per_channel=many)
    config = {**layer.get_config(), "kernel_quantizer": quantizer}
    depthwise = "depthwise_constraint" in config
    name = "depthwise_constraint" if depthwise else "kernel_constraint"
    config[name] = settings.constraint(layer.kernel, getattr(layer, name))
    made = kind.from_config(config)
    made.build_from_config(layer.get_build_config())
    # Assigned as they are, both would hold one array, and JAX gives those of
    # the model that trains back.
    made.kernel.assign(ops.convert_to_numpy(layer.kernel))
    if layer.bias is not None:
        made.bias.assign(ops.convert_to_numpy(layer.bias))
    settle(quantizer, made.filters_last("kernel", made.latent_kernel()))
    check_finite(quantizer, settings.path)
    widen_dead(quantizer, settings.path)
    return made


def settle(quantizer: MovingFakeQuant, weights: Any) -> None:
    """Gives a quantizer the range of weights, also if it is frozen."""
    quantizer.widens = True
    quantizer(weights)
    quantizer.widens = False


def check_finite(quantizer: MovingFakeQuant, path: str) -> None:
    """Refuses weights whose scale would be infinite.

    Raises:
        InvalidInputError: With the layer.
    """
    if not np.isfinite(ops.convert_to_numpy(quantizer.high)).all():
        raise InvalidInputError(
            f"Layer '{path}' has weights that are not finite, for which there "
            "is no scale. Train it anew with a lower learning rate."
        )


def widen_dead(quantizer: MovingFakeQuant, path: str) -> None:
    """Gives channels of zeros a scale, in which they are exact.

    It is that of the widest channel, or 1 where there is none; a warning says
    so.
    """
    high = np.array(ops.convert_to_numpy(quantizer.high))
    dead = np.atleast_1d(high <= 0)
    if not dead.any():
        return
    where = f"the weights of channels {np.flatnonzero(dead).tolist()}"
    if dead.all():
        where = "all weights"
    warnings.warn(
        f"In layer '{path}' {where} are zero. They are quantized as they are, "
        "and computed for nothing unless training revives them; "
        "tfprune.strip(model) removes what nothing needs.",
        stacklevel=2,
    )
    widest = high.max() if high.max() > 0 else quantizer.highest
    quantizer.high.assign(np.where(high <= 0, widest, high))
