"""Which optimizers Proximal takes, and what it says to the others."""

import keras
import pytest

from tfprune.errors import InvalidInputError
from tfprune.optimizers import Proximal

SGD = keras.optimizers.SGD


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (
            lambda: SGD(gradient_accumulation_steps=4),
            "without gradient_accumulation_steps, received "
            "gradient_accumulation_steps=4: .* Use larger batches",
        ),
        (
            lambda: SGD(use_ema=True, ema_overwrite_frequency=9),
            "received ema_overwrite_frequency=9: the averages would",
        ),
        (
            lambda: keras.optimizers.ScheduleFreeAdamW(),
            "received ScheduleFreeAdamW: it would .* Use AdamW",
        ),
        (lambda: SGD(momentum=1.0), "received momentum=1.0: .* Use for"),
        (
            lambda: keras.optimizers.LossScaleOptimizer(SGD()),
            r"inside: LossScaleOptimizer\(Proximal\(...\)\)",
        ),
        (lambda: Proximal(SGD()), "received Proximal, a wrapper itself"),
        (lambda: None, "an optimizer or the name of one, received None"),
        (
            lambda: keras.optimizers.MultiOptimizer(lambda variable: SGD()),
            r"inside: MultiOptimizer\(Proximal\(...\)\)",
        ),
    ],
)
def test_refused(inner, expected):
    with pytest.raises(InvalidInputError, match=expected) as caught:
        Proximal(inner())
    assert str(caught.value).startswith("Expected Proximal to wrap")
    assert "\n" not in str(caught.value)


def test_by_name():
    assert isinstance(Proximal("sgd").inner_optimizer, SGD)


def test_the_learning_rate_is_that_of_the_inner_optimizer():
    optimizer = Proximal(SGD(0.25))
    assert float(optimizer.learning_rate) == 0.25
    optimizer.learning_rate = 0.5
    assert float(optimizer.inner_optimizer.learning_rate) == 0.5


def test_the_loss_scale_is_that_of_the_inner_optimizer():
    optimizer = Proximal(SGD(loss_scale_factor=8.0))
    assert float(optimizer.scale_loss(2.0)) == 16.0
    optimizer.loss_scale_factor = None
    assert optimizer.inner_optimizer.loss_scale_factor is None
