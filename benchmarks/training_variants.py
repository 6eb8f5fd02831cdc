"""What a training step is timed with: each penalty, and gates."""

from collections.abc import Callable, Mapping

import keras

import tfprune
from tfprune import models
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.regularizers import (
    STRUCTURES,
    GroupLasso,
    Penalty,
    Sum,
    TruncatedGroupLasso,
)

STRENGTH = 1e-5
"""So small that networks stay what they are while they are timed."""

PENALTY_LIMIT, GATE_LIMIT = 1.05, 1.15
"""What a step may take, over that of the network as it is."""

KERNEL_PENALTIES: Mapping[str, Penalty] = {
    **{
        f"GroupLasso, {name}": GroupLasso(STRENGTH, structure=name)
        for name in STRUCTURES.names()
    },
    "TruncatedGroupLasso": TruncatedGroupLasso(STRENGTH),
    "TruncatedGroupLasso, quantile": TruncatedGroupLasso(
        STRENGTH, quantile=0.5
    ),
    "Sum of filter and shape": Sum(
        [
            GroupLasso(STRENGTH, structure="filter"),
            GroupLasso(STRENGTH, structure="shape"),
        ]
    ),
}

COPIES: Mapping[str, Callable[[keras.Model], keras.Model]] = {
    "L1 on scales": lambda model: tfprune.penalize_scales(
        model, strength=STRENGTH
    ),
    "penalize_scales, tied groups": lambda model: tfprune.penalize_scales(
        model, strength=STRENGTH, tied_groups=True
    ),
    "penalize_groups": lambda model: tfprune.penalize_groups(
        model, strength=STRENGTH
    ),
}

GATES = {
    "gates, per batch": HardConcrete(),
    "gates, per example": HardConcrete(per_example=True),
}

NAMES = (*KERNEL_PENALTIES, *COPIES, *GATES)


def limit(variant: str) -> float:
    """What a step may take, over that of the network as it is."""
    return GATE_LIMIT if variant in GATES else PENALTY_LIMIT


def plain(network: str, jit_compile: bool) -> keras.Model:
    """A network as it is, compiled.

    Args:
        network: A name from `tfprune.models.names()`.
        jit_compile: Whether XLA compiles the step.
    """
    return compiled(models.get(network)(), momentum(), jit_compile)


def varied(network: str, variant: str, jit_compile: bool) -> keras.Model:
    """A network with penalties or gates, compiled.

    Args:
        network: A name from `tfprune.models.names()`.
        variant: One of `NAMES`.
        jit_compile: Whether XLA compiles the step.

    Raises:
        InvalidInputError: When the network has nothing to put them on.
    """
    build = models.get(network)
    if variant in GATES:
        model = tfprune.insert_gates(
            build(), strength=STRENGTH, gate=GATES[variant], cost=None
        )
        return compiled(model, momentum(), jit_compile)
    if variant in COPIES:
        model = COPIES[variant](build())
    else:
        model = build(kernel_regularizer=KERNEL_PENALTIES[variant])
    return compiled(model, Proximal(momentum()), jit_compile)


def momentum() -> keras.optimizers.SGD:
    """The optimizer of all variants, with or without the proximal step."""
    return keras.optimizers.SGD(1e-3, momentum=0.9)


def compiled(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    jit_compile: bool,
) -> keras.Model:
    """The model, ready to be trained as a classifier."""
    model.compile(
        optimizer, "sparse_categorical_crossentropy", jit_compile=jit_compile
    )
    return model
