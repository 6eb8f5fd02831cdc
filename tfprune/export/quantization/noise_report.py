"""What quantization costs each layer, in numbers."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from tfprune.table import render_table


@dataclass(frozen=True)
class LayerNoise:
    """The error that the quantization of one operator brings.

    Args:
        name: Name of its output, which tells the layer.
        operator: Name of the operator, such as `"CONV_2D"`.
        mode: How it is quantized.
        snr_db: Signal to noise of its output while all layers are quantized,
            in decibels (20 more are a tenth of the error); None where the
            quantized model has no such tensor.
        own_snr_db: Signal to noise of the outputs of the model while this
            operator alone is quantized; None where nothing changes.
        share: Its part of the error of the model, if errors added up: from 0
            to 1 over all operators.
    """

    name: str
    operator: str
    mode: str
    snr_db: float | None
    own_snr_db: float | None
    share: float


@dataclass(frozen=True)
class QuantizationReport:
    """The error of every layer of a quantized model.

    Args:
        quantization: Name of the mode.
        num_samples: Number of samples that it was measured on.
        output_snr_db: Signal to noise of the outputs of the model, in
            decibels; None where they are equal.
        layers: The operators that are quantized, in order.

    Example:

    ```python
    report = quantization_report(model, "int8", representative_data=x_train)
    print(report)
    [layer.name for layer in report.worst(3)]
    ```
    """

    quantization: str
    num_samples: int
    output_snr_db: float | None
    layers: tuple[LayerNoise, ...]

    def worst(self, count: int) -> tuple[LayerNoise, ...]:
        """The layers with the largest shares, the largest first."""
        ranked = sorted(self.layers, key=lambda layer: -layer.share)
        return tuple(ranked[:count])

    def as_dict(self) -> dict[str, Any]:
        """The report as dicts, lists, numbers and strings."""
        return json.loads(self.to_json())

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    def __str__(self) -> str:
        """The report as a text table."""
        total = self.output_snr_db
        heading = (
            f"{self.quantization}: "
            f"{'no error' if total is None else f'{total:.1f} dB'} at the "
            f"outputs, on {self.num_samples} samples"
        )
        rows = [
            (
                short(layer.name),
                layer.operator,
                layer.mode,
                layer.snr_db,
                layer.own_snr_db,
                f"{layer.share:.1%}",
            )
            for layer in self.layers
        ]
        titles = ["layer", "operator", "mode", "dB", "alone, dB", "share"]
        return "\n\n".join([heading, render_table("Layers", titles, rows)])


def short(name: str) -> str:
    """The first path of a tensor's name, without the name of the model."""
    return name.split(";")[0].partition("/")[2] or name
