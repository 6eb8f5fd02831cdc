"""What can be wrapped, and how far its updates go."""

from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError

# Settings that make the wrapped optimizer do, by itself, what has to come
# before or after the proximal step.
REFUSED = {
    "gradient_accumulation_steps": (
        "the proximal step would run on the steps that only gather gradients",
        "Use larger batches instead.",
    ),
    "ema_overwrite_frequency": (
        "the averages would overwrite exact zeros",
        "Use use_ema=True alone: the averages replace the weights at the end.",
    ),
}


SUMMING = (keras.optimizers.SGD, keras.optimizers.RMSprop)
"""Those of Keras whose `momentum` sums updates. That of `Muon` is the memory of
a direction, of which only the direction counts; others have none."""


def check_inner(
    optimizer: keras.optimizers.Optimizer, wrapper: str
) -> keras.optimizers.Optimizer:
    """Returns `optimizer` if a proximal step can follow its update.

    Args:
        optimizer: The optimizer to wrap.
        wrapper: Name of what wraps it, for messages.

    Raises:
        InvalidInputError: When it is no optimizer, is a wrapper itself, or has
            a setting that a proximal step cannot follow.
    """
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise InvalidInputError(
            f"Expected {wrapper} to wrap an optimizer or the name of one, "
            f"received {optimizer!r}. Give for example 'sgd'."
        )
    if hasattr(optimizer, "inner_optimizer") or hasattr(
        optimizer, "optimizers"
    ):
        received = type(optimizer).__name__
        raise InvalidInputError(
            f"Expected {wrapper} to wrap a plain optimizer, received "
            f"{received}, a wrapper itself. Put {wrapper} inside: "
            f"{received}({wrapper}(...))."
        )
    for setting, (reason, mend) in REFUSED.items():
        value = getattr(optimizer, setting, None)
        if value:
            raise InvalidInputError(
                f"Expected {wrapper} to wrap an optimizer without {setting}, "
                f"received {setting}={value}: {reason}. {mend}"
            )
    averaging = getattr(keras.optimizers, "ScheduleFreeAdamW", None)
    if averaging is not None and isinstance(optimizer, averaging):
        raise InvalidInputError(
            f"Expected {wrapper} to wrap an optimizer that keeps its averages "
            "apart from the weights, received ScheduleFreeAdamW: it would take "
            "each proximal step for its own and undo it. Use AdamW instead."
        )
    if momentum_of(optimizer) >= 1.0:
        raise InvalidInputError(
            f"Expected {wrapper} to wrap an optimizer whose momentum is less "
            f"than 1, received momentum={optimizer.momentum}: its updates "
            f"never settle. Use for example momentum=0.9."
        )
    return optimizer


def momentum_of(optimizer: keras.optimizers.Optimizer) -> float:
    """Returns the weight that an optimizer sums its past updates with."""
    if isinstance(optimizer, SUMMING):
        return float(optimizer.momentum)
    return 0.0


def steady_step(optimizer: keras.optimizers.Optimizer) -> Any:
    """Returns how far the next update goes along a gradient that stays.

    This is the learning rate, over `1 - momentum` where the optimizer sums
    its past updates with that weight (`SGD`, `RMSprop`): a weight rests where
    the pull of the loss over many updates equals that of the proximal steps.

    Args:
        optimizer: An optimizer that is about to make an update.

    Returns:
        float32 scalar.
    """
    learning_rate = ops.cast(optimizer.learning_rate, "float32")
    return learning_rate / (1.0 - momentum_of(optimizer))
