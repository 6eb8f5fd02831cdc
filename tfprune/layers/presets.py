"""Settings of the papers, ready to be unpacked into a layer.

```python
from tfprune.layers import QuantDense, presets

layer = QuantDense(512, use_bias=False, **presets.bnn())
```

Each call makes quantizers of its own: call it for every layer. All of them fit
all layers of `tfprune.layers`, but for these: only dense layers and plain
convolutions have an `input_scale`, recurrent layers have no
`gradient_quantizer`, and transposed convolutions take
`integer(per_channel=False)`. A recurrent kernel keeps full precision unless a
quantizer is given for it, too:

```python
layer = QuantLSTM(64, **presets.bwn(), recurrent_quantizer="sign")
```

With `binary_connect`, `bnn` and `qnn` a kernel learns faster than other
weights, so its variable holds the latent kernel divided by a number. Float
weights go in by

```python
layer.kernel.assign(weights / layer.kernel_rates.of("kernel"))
```
"""

from typing import Any, TypeAlias

import keras

from tfprune import quantizers
from tfprune.layers.weight_clip import WeightClip

Settings: TypeAlias = dict[str, Any]


def binary_connect(stochastic: bool = False) -> Settings:
    """Binary kernels, real inputs.

    Args:
        stochastic: Whether signs are drawn in training; real weights are then
            used at inference.

    Returns:
        Keywords of a layer of `tfprune.layers`.

    Example:

    ```python
    x = QuantDense(512, use_bias=False, **presets.binary_connect())(x)
    ```

    Source: Courbariaux et al., "BinaryConnect", 2015 (arXiv:1511.00363).
    """
    sign: quantizers.Quantizer = quantizers.Sign()
    if stochastic:
        sign = quantizers.StochasticSign(real_at_inference=True)
    return {"kernel_quantizer": sign, **between_bounds()}


def bnn() -> Settings:
    """Binary kernels and binary inputs.

    The first layer, whose inputs are real, takes `binary_connect()`.

    Returns:
        Keywords of a layer of `tfprune.layers`.

    Example:

    ```python
    x = QuantDense(512, use_bias=False, **presets.bnn())(x)
    ```

    Source: Courbariaux et al., "Binarized Neural Networks", 2016
    (arXiv:1602.02830).
    """
    return {"input_quantizer": quantizers.Sign(), **binary_connect()}


def bwn(center: bool = False) -> Settings:
    """Binary kernels with a scale for each filter, real inputs.

    Args:
        center: Whether weights are centred over the input channels after each
            update, as the authors' code does.

    Returns:
        Keywords of a layer of `tfprune.layers`.

    Example:

    ```python
    x = QuantConv2D(64, 3, use_bias=False, **presets.bwn())(x)
    ```

    Source: Rastegari et al., "XNOR-Net", 2016 (arXiv:1603.05279), section 3.1.
    """
    return {
        "kernel_quantizer": quantizers.MagnitudeAwareSign(),
        "kernel_constraint": WeightClip(1.0, center=center),
    }


def xnor(input_scale: bool = False, center: bool = False) -> Settings:
    """Binary kernels with a scale for each filter, and binary inputs.

    Args:
        input_scale: Whether outputs are multiplied by the magnitude of the
            inputs, `K`; the authors' code leaves it out.
        center: As for `bwn`.

    Returns:
        Keywords of a layer of `tfprune.layers`.

    Example:

    ```python
    x = QuantConv2D(64, 3, use_bias=False, **presets.xnor())(x)
    ```

    Source: Rastegari et al., "XNOR-Net", 2016 (arXiv:1603.05279), section 3.2.
    """
    return {
        "input_quantizer": quantizers.Sign(),
        "input_scale": input_scale,
        **bwn(center),
    }


def dorefa(
    kernel_bits: int = 1, input_bits: int = 2, gradient_bits: int = 32
) -> Settings:
    """Kernels, inputs and gradients of some bits each.

    Args:
        kernel_bits: Bits of a weight, from 1 to 8, or 32.
        input_bits: Bits of an input, from 1 to 8, or 32.
        gradient_bits: Bits of a gradient, from 1 to 8, or 32.

    Returns:
        Keywords of a layer of `tfprune.layers`.

    Raises:
        InvalidInputError: When a number of bits is out of range.

    Example:

    ```python
    x = QuantConv2D(64, 3, use_bias=False, **presets.dorefa(1, 2, 4))(x)
    ```

    Source: Zhou et al., "DoReFa-Net", 2016 (arXiv:1606.06160).
    """
    kinds = {
        "kernel_quantizer": (quantizers.DoReFaWeights, kernel_bits),
        "input_quantizer": (quantizers.DoReFaActivations, input_bits),
        "gradient_quantizer": (quantizers.DoReFaGradients, gradient_bits),
    }
    return {
        name: None if bits == 32 else kind(bits)
        for name, (kind, bits) in kinds.items()
    }


def qnn(
    kernel_bits: int = 4, input_bits: int = 4, logarithmic: bool = False
) -> Settings:
    """Kernels and inputs of evenly spaced levels, or of powers of two.

    Kernels start between -1 and 1, as levels lie: of those that layers usually
    start with, most would be rounded to zero.

    Args:
        kernel_bits: Bits of a weight.
        input_bits: Bits of an input.
        logarithmic: Whether weights are powers of two.

    Returns:
        Keywords of a layer of `tfprune.layers`.

    Raises:
        InvalidInputError: When a number of bits is out of range.

    Example:

    ```python
    x = QuantDense(500, use_bias=False, **presets.qnn(4, 4))(x)
    ```

    Source: Hubara et al., "Quantized Neural Networks", 2016
    (arXiv:1609.07061).
    """
    kind = quantizers.Logarithmic if logarithmic else quantizers.Linear
    return {
        "kernel_quantizer": kind(kernel_bits),
        "input_quantizer": quantizers.Linear(input_bits),
        **between_bounds(),
    }


def integer(bits: int = 8, *, per_channel: bool = True) -> Settings:
    """Kernels and inputs as LiteRT has them: 8 bits, or fewer for kernels.

    A file computes a layer in integers where something behind it has a range:
    the next such layer, or a `MovingFakeQuant` after the last.
    `tfprune.quantize_aware` places ranges by itself.

    Args:
        bits: Bits of a weight, from 2 to 8; inputs have 8.
        per_channel: Whether each filter has a range of its own, as transposed
            convolutions must not.

    Returns:
        Keywords of a layer of `tfprune.layers`.

    Raises:
        InvalidInputError: When `bits` is out of range.

    Example:

    ```python
    x = QuantConv2D(64, 3, **presets.integer(4))(x)
    ```

    Source: Jacob et al., 2018 (arXiv:1712.05877).
    """
    return {
        "kernel_quantizer": quantizers.MovingFakeQuant(
            bits, symmetric=True, per_channel=per_channel, momentum=0.0
        ),
        "input_quantizer": quantizers.MovingFakeQuant(8),
    }


def between_bounds() -> Settings:
    """Latent weights that fill the range of signs, and learn as fast there."""
    return {
        "kernel_constraint": WeightClip(1.0),
        "kernel_initializer": keras.initializers.RandomUniform(-1.0, 1.0),
        "learning_rate_multiplier": "glorot",
    }
