"""The sign of a number, with the gradient of a steep swish."""

from typing import Any

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS
from tfprune.quantizers.settings import as_number
from tfprune.quantizers.sign import Sign

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("swish_sign")
class SwishSign(Sign):
    """The sign, with the gradient of the SignSwish function.

    `q(x) = +1 if x >= 0 else -1`,
    `dq/dx = b (2 - b x tanh(b x / 2)) / (1 + cosh(b x))`

    Args:
        beta: How steep it is, `b`, more than 0.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `beta` is out of range.

    Example:

    ```python
    layer = QuantConv2D(64, 3, kernel_quantizer=SwishSign(beta=10))
    ```

    Source: Darabi et al., "BNN+: Improved Binary Network Training", 2018
    (arXiv:1812.11800), equation 5.
    """

    def __init__(self, beta: float = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.beta = as_number(beta, "beta", type(self).__name__, above=0)

    def surrogate(self, inputs: Tensor) -> Tensor:
        # Far out the slope is zero in any case; x times zero must be, too.
        x = ops.clip(self.beta * inputs, -50, 50)
        # It is odd, and one minus a sigmoid near one has few digits left.
        far = ops.where(x < 0, -x, x)
        falling = ops.sigmoid(-far)
        value = 1 + 2 * falling * (far - 1 - far * falling)
        return ops.where(x < 0, -value, value)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "beta": self.beta}
