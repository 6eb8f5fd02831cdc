"""Layers whose outputs can be multiplied by the magnitude of their inputs."""

from typing import Any

from tfprune.layers.input_scale import InputScale
from tfprune.layers.quantized_layer import QuantizedLayer, serialized

Tensor = Any


class ScaledInputs(QuantizedLayer):
    """Lets a quantized layer have an input scale.

    Args:
        input_scale: Whether the products are multiplied by the mean magnitude
            of the inputs that they are made of, as XNOR-Net has it.
    """

    def __init__(
        self, *args: Any, input_scale: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.input_scale = InputScale.of(input_scale, type(self).__name__)

    def bias_scale(self, range_scale: Tensor | None = None) -> Tensor | None:
        # No whole number stands for products times a mean of magnitudes.
        if self.input_scale is not None:
            return None
        return super().bias_scale(range_scale)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        config = super().get_config()
        return {**config, "input_scale": serialized(self.input_scale)}
