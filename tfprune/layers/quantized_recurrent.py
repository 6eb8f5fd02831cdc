"""What recurrent layers of few bits share."""

from collections.abc import Mapping
from typing import Any, cast

import keras
from keras import ops

from tfprune.layers.kernel_keywords import refuse
from tfprune.layers.kernel_precision import KernelPrecision
from tfprune.layers.learning_rate import KernelRates, Multiplier, kernel_of
from tfprune.layers.quantized_layer import (
    bits_of,
    build,
    divided,
    scaled,
    scales_of,
    serialized,
)
from tfprune.layers.slots import for_inputs, for_numbers
from tfprune.quantizers.quantizer import Shape

Tensor = Any

KEYWORDS: Mapping[str, str] = {
    "kernel": "kernel",
    "recurrent_kernel": "recurrent",
}
"""What Keras' keywords of each kernel begin with."""


class QuantizedRecurrent:
    """Lets a recurrent layer of Keras use quantized inputs and kernels.

    Goes before the layer class among the parents. The cell is Keras' own; it
    runs over the whole sequence with kernels that were quantized once.

    Args:
        input_quantizer: Quantizer of the sequence: a name, a config or an
            object of `tfprune.quantizers`.
        kernel_quantizer: Quantizer of the kernel, whose filters are the units
            of all gates.
        recurrent_quantizer: Quantizer of the recurrent kernel.
        learning_rate_multiplier: As for other quantized layers; the names of
            the kernels are `"kernel"` and `"recurrent_kernel"`.
        gradient_quantizer: None; the products lie inside of the cell.
        input_scale: None or False.
    """

    def __init__(
        self,
        *args: Any,
        input_quantizer: Any = None,
        kernel_quantizer: Any = None,
        recurrent_quantizer: Any = None,
        learning_rate_multiplier: Multiplier = 1.0,
        gradient_quantizer: Any = None,
        input_scale: Any = None,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        inside = "its products lie inside of the cell of Keras; leave it out"
        refuse(gradient_quantizer, "gradient_quantizer", owner, inside)
        refuse(input_scale, "input_scale", owner, inside)
        # Latent weights are quantized as they are, not in half precision.
        layer: Any = super()
        layer.__init__(*args, autocast=False, **kwargs)
        self.input_quantizer = for_inputs(
            input_quantizer, "input_quantizer", owner
        )
        self.kernel_quantizer = for_numbers(
            kernel_quantizer, "kernel_quantizer", owner
        )
        self.recurrent_quantizer = for_numbers(
            recurrent_quantizer, "recurrent_quantizer", owner
        )
        self.kernel_rates = KernelRates(
            learning_rate_multiplier, KEYWORDS, owner
        )

    def build(
        self, sequences_shape: Shape, initial_state_shape: Any = None
    ) -> None:
        """Makes the weights of the cell and of the quantizers."""
        layer: Any = super()
        own: Any = self
        # The cell makes its weights from these, once.
        given = {
            f"{prefix}_{part}": getattr(own.cell, f"{prefix}_{part}")
            for prefix in KEYWORDS.values()
            for part in ("initializer", "constraint")
        }
        for name, prefix in KEYWORDS.items():
            self._divide(name, prefix)
        try:
            layer.build(sequences_shape, initial_state_shape)
        finally:
            for keyword, value in given.items():
                setattr(own.cell, keyword, value)
        if self.input_quantizer is not None:
            build(self.input_quantizer, sequences_shape, self)
        for variable, quantizer in self._pairs():
            build(quantizer, tuple(variable.shape), self)

    def _divide(self, name: str, prefix: str) -> None:
        """Lets the cell make a kernel that is divided by its multiplier."""
        rates, layer = self.kernel_rates, cast(Any, self)
        initializer = getattr(layer.cell, f"{prefix}_initializer")
        constraint = getattr(layer.cell, f"{prefix}_constraint")

        def initialize(shape: tuple[int, ...], dtype: Any = None) -> Tensor:
            factor = rates.settle(name, tuple(shape))
            return divided(initializer, factor)(shape, dtype)

        def constrain(value: Tensor) -> Tensor:
            return scaled(constraint, rates.of(name))(value)

        setattr(layer.cell, f"{prefix}_initializer", initialize)
        if constraint is not None:
            setattr(layer.cell, f"{prefix}_constraint", constrain)

    def _pairs(self) -> list[tuple[Any, Any]]:
        """The kernels that are quantized, and what quantizes them."""
        layer: Any = self
        pairs = (
            (layer.cell.kernel, self.kernel_quantizer),
            (layer.cell.recurrent_kernel, self.recurrent_quantizer),
        )
        return [pair for pair in pairs if pair[1] is not None]

    def latent_kernel(self, name: str = "kernel") -> Tensor:
        """Computes the weights that are quantized.

        Args:
            name: `"kernel"` or `"recurrent_kernel"`.

        Returns:
            float32 tensor of the kernel's shape.
        """
        layer: Any = self
        return kernel_of(getattr(layer.cell, name), self.kernel_rates.of(name))

    def quantized_kernel(self, name: str = "kernel") -> Tensor:
        """Computes what the inputs or the states are multiplied by.

        Args:
            name: `"kernel"` or `"recurrent_kernel"`.

        Returns:
            float32 tensor of the kernel's shape.
        """
        layer: Any = self
        variable = getattr(layer.cell, name)
        found = {id(x): quantizer for x, quantizer in self._pairs()}
        value = self.latent_kernel(name)
        quantizer = found.get(id(variable))
        return value if quantizer is None else quantizer(value)

    def precisions(self, entering: int = 32) -> dict[str, KernelPrecision]:
        """Tells for each kernel how many bits are multiplied at inference.

        Args:
            entering: Bits of the sequence, for a layer without a quantizer
                of its inputs.
        """
        cell = cast(Any, self).cell
        return {
            "cell.kernel": KernelPrecision(
                weight_bits=bits_of(self.kernel_quantizer),
                input_bits=bits_of(self.input_quantizer, entering),
                terms=cell.kernel.shape[0],
                num_scales=scales_of(
                    self.kernel_quantizer, tuple(cell.kernel.shape)
                ),
            ),
            "cell.recurrent_kernel": KernelPrecision(
                weight_bits=bits_of(self.recurrent_quantizer),
                input_bits=32,
                terms=cell.recurrent_kernel.shape[0],
                num_scales=scales_of(
                    self.recurrent_quantizer, tuple(cell.recurrent_kernel.shape)
                ),
            ),
        }

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        """Computes the outputs.

        Args:
            sequences: Float tensor `(batch, steps, channels)`.
            initial_state: As in Keras.
            mask: As in Keras.
            training: Whether quantizers learn and draw.

        Returns:
            What the Keras layer returns.
        """
        layer: Any = super()
        own: Any = self
        x = ops.cast(sequences, own.compute_dtype)
        if self.input_quantizer is not None:
            x = self.input_quantizer(x)
        return layer.call(
            x, initial_state=initial_state, mask=mask, training=training
        )

    def inner_loop(
        self,
        sequences: Tensor,
        initial_state: Any,
        mask: Any,
        training: bool = False,
    ) -> Any:
        """Runs the cell over the sequence with its kernels quantized."""
        layer: Any = super()
        own: Any = self
        values = {
            id(x): (x, ops.convert_to_tensor(x)) for x in own.cell.weights
        }
        for name in ("kernel", "recurrent_kernel"):
            variable = getattr(own.cell, name)
            values[id(variable)] = (variable, self.quantized_kernel(name))
        with keras.StatelessScope(state_mapping=list(values.values())):
            return layer.inner_loop(
                sequences, initial_state, mask=mask, training=training
            )

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        layer: Any = super()
        return {
            **layer.get_config(),
            "input_quantizer": serialized(self.input_quantizer),
            "kernel_quantizer": serialized(self.kernel_quantizer),
            "recurrent_quantizer": serialized(self.recurrent_quantizer),
            "learning_rate_multiplier": self.kernel_rates.config(),
        }
