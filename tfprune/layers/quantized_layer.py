"""What layers that quantize their inputs and their kernels share."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.layers.kernel_keywords import refuse, renamed
from tfprune.layers.kernel_precision import KernelPrecision
from tfprune.layers.learning_rate import KernelRates, Multiplier, kernel_of
from tfprune.layers.rounded_bias import bias_scale, rounded_bias
from tfprune.layers.slots import for_gradients, for_inputs, for_numbers
from tfprune.quantizers.quantizer import Quantizer, Shape

Tensor = Any


class QuantizedLayer:
    """Lets a Keras layer compute with quantized inputs and kernels.

    Goes before the layer class among the parents. The variables hold latent
    weights of full precision: they are trained, saved and pruned, and
    quantized in each call.

    The bias is rounded, too, where inputs and kernel are rounded by ranges:
    runtimes for small integers store it as whole numbers times the product of
    both scales. That of the inputs is known from the layer's own quantizer,
    or, where it has none, from `range_scale`, which the layer can be called
    with.

    Args:
        input_quantizer: Quantizer of the inputs: a name, a config or an
            object of `tfprune.quantizers`.
        gradient_quantizer: Quantizer of the gradient that comes back to the
            outputs before the bias.
        learning_rate_multiplier: How much faster a kernel learns than other
            weights, more than 0, or `"glorot"` for `sqrt((fan_in + fan_out) /
            1.5)`, as BinaryConnect has it, or these by names of kernels. The
            kernel's variable, and what reads it such as a regularizer, then
            holds the latent weights divided by that number; initializer and
            constraint are those of the latent weights.
        input_scale: None or False, unless the layer says otherwise.
        **kwargs: Quantizers of the kernels, by the names in
            `kernel_quantizers`, and what the Keras layer takes;
            `kernel_constraint` and its kin also where Keras names them after
            another kernel.
    """

    use_bias: bool

    kernel_prefixes: ClassVar[Sequence[str]] = ("kernel",)
    """What Keras' keywords of the kernels begin with."""

    kernel_quantizers: ClassVar[Mapping[str, str]] = {
        "kernel": "kernel_quantizer"
    }
    """Which attribute holds the quantizer of which kernel."""

    def __init__(
        self,
        *args: Any,
        input_quantizer: Any = None,
        gradient_quantizer: Any = None,
        learning_rate_multiplier: Multiplier = 1.0,
        input_scale: Any = None,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        refuse(
            input_scale,
            "input_scale",
            owner,
            "dense layers and plain convolutions do",
        )
        own = {
            attribute: kwargs.pop(attribute, None)
            for attribute in self.kernel_quantizers.values()
        }
        # Latent weights are quantized as they are, not in half precision.
        layer: Any = super()
        kwargs = renamed(kwargs, self.kernel_prefixes)
        layer.__init__(*args, autocast=False, **kwargs)
        self.input_quantizer = for_inputs(
            input_quantizer, "input_quantizer", owner
        )
        self.gradient_quantizer = for_gradients(
            gradient_quantizer, "gradient_quantizer", owner
        )
        for slot, quantizer in own.items():
            setattr(self, slot, for_numbers(quantizer, slot, owner))
        self.kernel_rates = KernelRates(
            learning_rate_multiplier, self.kernel_quantizers, owner
        )

    def add_weight(self, *args: Any, **kwargs: Any) -> Any:
        """Makes a variable; that of a kernel is divided by its multiplier."""
        layer: Any = super()
        name = str(kwargs.get("name"))
        if name not in self.kernel_quantizers:
            return layer.add_weight(*args, **kwargs)
        factor = self.kernel_rates.settle(name, tuple(kwargs["shape"]))
        if factor != 1:
            kwargs["initializer"] = divided(kwargs["initializer"], factor)
            if kwargs.get("constraint") is not None:
                kwargs["constraint"] = scaled(kwargs["constraint"], factor)
        return layer.add_weight(*args, **kwargs)

    def build(self, input_shape: Shape) -> None:
        """Makes the weights of the layer and of its quantizers.

        Raises:
            InvalidInputError: When a quantizer with weights has another layer.
        """
        layer: Any = super()
        layer.build(input_shape)
        if self.input_quantizer is not None:
            build(self.input_quantizer, input_shape, self)
        for name, attribute in self.kernel_quantizers.items():
            quantizer = getattr(self, attribute)
            if quantizer is not None:
                shape = tuple(getattr(self, name).shape)
                build(quantizer, self.filters_shape(name, shape), self)

    def filters_shape(
        self, name: str, shape: tuple[int, ...]
    ) -> tuple[int, ...]:
        """The shape of a kernel as its quantizer gets it."""
        return shape

    def filters_last(self, name: str, kernel: Tensor) -> Tensor:
        """A kernel with its filters along the last axis."""
        return ops.reshape(kernel, self.filters_shape(name, kernel.shape))

    def filters_back(self, kernel: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The same kernel in the layout of the layer."""
        return ops.reshape(kernel, shape)

    def latent_kernel(self, name: str = "kernel") -> Tensor:
        """Computes the weights that are quantized.

        Args:
            name: Attribute of the layer that holds the kernel.

        Returns:
            Tensor of the kernel's shape and dtype.
        """
        return kernel_of(getattr(self, name), self.kernel_rates.of(name))

    def quantized_kernel(self, name: str = "kernel") -> Tensor:
        """Computes what the inputs are multiplied by.

        Args:
            name: Attribute of the layer that holds the kernel.

        Returns:
            Tensor of the kernel's shape and dtype.
        """
        if getattr(self, self.kernel_quantizers[name]) is None:
            return self.latent_kernel(name)
        shape = tuple(getattr(self, name).shape)
        return self.filters_back(self.quantized_filters(name), shape)

    def quantized_filters(self, name: str = "kernel") -> Tensor:
        """The quantized kernel in the layout that its quantizer gets."""
        filters = self.filters_last(name, self.latent_kernel(name))
        quantizer = getattr(self, self.kernel_quantizers[name])
        return filters if quantizer is None else quantizer(filters)

    def precisions(self, entering: int = 32) -> dict[str, KernelPrecision]:
        """Tells for each kernel how many bits are multiplied at inference.

        Args:
            entering: Bits of what comes in, for a layer without a quantizer
                of its inputs.
        """
        found = {}
        for name, attribute in self.kernel_quantizers.items():
            shape = self.filters_shape(name, tuple(getattr(self, name).shape))
            quantizer = getattr(self, attribute)
            found[name] = KernelPrecision(
                weight_bits=bits_of(quantizer),
                input_bits=bits_of(self.input_quantizer, entering),
                terms=math.prod(shape[:-1]),
                num_scales=scales_of(quantizer, shape),
            )
        return found

    def entering(self, inputs: Tensor) -> Tensor:
        """The inputs in the dtype that the layer computes in."""
        layer: Any = self
        return ops.cast(inputs, layer.compute_dtype)

    def multiplier(self, name: str = "kernel") -> Tensor:
        """The quantized kernel in the dtype that the layer computes in."""
        return self.entering(self.quantized_kernel(name))

    def quantized_inputs(self, inputs: Tensor) -> Tensor:
        """The inputs as they are multiplied."""
        if self.input_quantizer is None:
            return inputs
        return self.input_quantizer(inputs)

    def before_bias(self) -> tuple[Quantizer | None, Quantizer | None]:
        """What quantizes the inputs and the kernel of the last products."""
        *_, attribute = self.kernel_quantizers.values()
        return self.input_quantizer, getattr(self, attribute)

    def bias_scale(self, range_scale: Tensor | None = None) -> Tensor | None:
        """Computes what the bias is rounded to multiples of.

        Args:
            range_scale: float32 scalar, the scale of the range that the inputs
                were rounded in before the layer, if they were.

        Returns:
            float32 tensor, scalar or `(filters,)`, 0 while a range is empty;
            None when the bias is not rounded.
        """
        return bias_scale(*self.before_bias(), range_scale)

    def finished(
        self, outputs: Tensor, range_scale: Tensor | None = None
    ) -> Tensor:
        """Adds what comes after the products: bias and activation.

        Args:
            outputs: Float tensor, the products.
            range_scale: As in `bias_scale`.

        Returns:
            Tensor of the shape and dtype of `outputs`.
        """
        layer: Any = self
        if self.gradient_quantizer is not None:
            outputs = self.gradient_quantizer(outputs)
        if layer.bias is not None:
            shape = [1] * len(outputs.shape)
            first = getattr(layer, "data_format", "") == "channels_first"
            shape[1 if first else -1] = -1
            bias = rounded_bias(layer.bias, self.bias_scale(range_scale))
            bias = ops.reshape(self.entering(bias), shape)
            outputs = ops.add(outputs, bias)
        if layer.activation is not None:
            outputs = layer.activation(outputs)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        layer: Any = super()
        parts = (
            "input_quantizer",
            *self.kernel_quantizers.values(),
            "gradient_quantizer",
        )
        return {
            **layer.get_config(),
            **{name: serialized(getattr(self, name)) for name in parts},
            "learning_rate_multiplier": self.kernel_rates.config(),
        }


def build(quantizer: Quantizer, shape: Shape, layer: Any) -> None:
    """Makes the weights of a quantizer, which belong to one layer.

    Raises:
        InvalidInputError: When another layer has the quantizer already.
    """
    if quantizer.weights:
        raise InvalidInputError(
            f"Quantizer '{quantizer.name}' of layer '{layer.name}' holds the "
            "range of another layer already. Make one for each layer."
        )
    quantizer.build(shape)


def bits_of(quantizer: Any, otherwise: int = 32) -> int:
    """The precision of a quantizer, or another number where there is none."""
    return otherwise if quantizer is None else quantizer.precision


def scales_of(quantizer: Any, shape: tuple[int, ...]) -> int:
    """How many scales go with weights; none where nothing quantizes them."""
    return 0 if quantizer is None else quantizer.num_scales(shape)


def serialized(part: Any) -> Any:
    """The config of a quantizer, or None."""
    if part is None:
        return None
    config = keras.saving.serialize_keras_object(part)
    # The layer builds its quantizers, whatever shape they had before.
    return {k: v for k, v in config.items() if k != "build_config"}


def divided(initializer: Any, factor: float) -> Any:
    """An initializer of values that are divided by a factor."""

    def initialize(shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        return initializer(shape, dtype=dtype) / factor

    return initialize


def scaled(constraint: Any, factor: float) -> Any:
    """A constraint on what a variable holds times a factor."""

    def constrain(value: Tensor) -> Tensor:
        return constraint(factor * ops.convert_to_tensor(value)) / factor

    return constrain
