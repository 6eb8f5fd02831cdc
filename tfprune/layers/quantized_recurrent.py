"""What recurrent layers of few bits share."""

from typing import Any

import keras
from keras import ops

from tfprune.layers.kernel_precision import KernelPrecision
from tfprune.layers.quantized_layer import bits_of, build, serialized
from tfprune.layers.slots import for_inputs, for_numbers
from tfprune.quantizers.quantizer import Shape

Tensor = Any


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
    """

    def __init__(
        self,
        *args: Any,
        input_quantizer: Any = None,
        kernel_quantizer: Any = None,
        recurrent_quantizer: Any = None,
        **kwargs: Any,
    ) -> None:
        # Latent weights are quantized as they are, not in half precision.
        layer: Any = super()
        layer.__init__(*args, autocast=False, **kwargs)
        owner = type(self).__name__
        self.input_quantizer = for_inputs(
            input_quantizer, "input_quantizer", owner
        )
        self.kernel_quantizer = for_numbers(
            kernel_quantizer, "kernel_quantizer", owner
        )
        self.recurrent_quantizer = for_numbers(
            recurrent_quantizer, "recurrent_quantizer", owner
        )

    def build(
        self, sequences_shape: Shape, initial_state_shape: Any = None
    ) -> None:
        """Makes the weights of the cell and of the quantizers."""
        layer: Any = super()
        layer.build(sequences_shape, initial_state_shape)
        if self.input_quantizer is not None:
            build(self.input_quantizer, sequences_shape, self)
        for variable, quantizer in self._pairs():
            build(quantizer, tuple(variable.shape), self)

    def _pairs(self) -> list[tuple[Any, Any]]:
        """The kernels that are quantized, and what quantizes them."""
        layer: Any = self
        pairs = (
            (layer.cell.kernel, self.kernel_quantizer),
            (layer.cell.recurrent_kernel, self.recurrent_quantizer),
        )
        return [pair for pair in pairs if pair[1] is not None]

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
        value = ops.convert_to_tensor(variable)
        quantizer = found.get(id(variable))
        return value if quantizer is None else quantizer(value)

    def precisions(self, entering: int = 32) -> dict[str, KernelPrecision]:
        """Tells for each kernel how many bits are multiplied at inference.

        Args:
            entering: Bits of the sequence, for a layer without a quantizer
                of its inputs.
        """
        layer: Any = self
        return {
            "cell.kernel": KernelPrecision(
                weight_bits=bits_of(self.kernel_quantizer),
                input_bits=bits_of(self.input_quantizer, entering),
                terms=layer.cell.kernel.shape[0],
            ),
            "cell.recurrent_kernel": KernelPrecision(
                weight_bits=bits_of(self.recurrent_quantizer),
                input_bits=32,
                terms=layer.cell.recurrent_kernel.shape[0],
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
        }
