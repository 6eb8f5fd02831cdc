"""What came out of an export."""

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

from tfprune.export.inspection.operator_count import OperatorCount
from tfprune.export.low_bit.report import LowBitReport
from tfprune.export.quantization.noise_report import QuantizationReport
from tfprune.export.running.tensor_info import TensorInfo, render_ends
from tfprune.export.strip_report import StripReport
from tfprune.export.targets.report import TargetReport
from tfprune.export.verification.verify import Verification
from tfprune.table import render_table


@dataclass(frozen=True)
class ExportReport:
    """An exported file, in numbers.

    Args:
        path: The file.
        num_bytes: Its size on disk.
        quantization: Name of the quantization mode.
        inputs: Its inputs, in order.
        outputs: Its outputs, in order.
        operators: How often each operator occurs, by version.
        min_runtime: Oldest TensorFlow Lite that runs it, or None where the
            converter did not state it.
        calibration_samples: Samples that the ranges were found on.
        stripped: What was removed because it did nothing; None where that was
            not asked for.
        verification: The comparison with the source.
        target: What the target does with it; None where none was named.
        warnings: What to look at, one sentence each.
        layer_report: The error that quantization brings to each layer; None
            where that was not asked for.
        low_bit: The weights of few bits; None where there are none.

    Example:

    ```python
    report = export_tflite(model, "model.tflite")
    print(report)
    Path("report.json").write_text(report.to_json())
    ```
    """

    path: str
    num_bytes: int
    quantization: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    operators: tuple[OperatorCount, ...]
    min_runtime: str | None
    calibration_samples: int
    stripped: StripReport | None
    verification: Verification
    target: TargetReport | None
    warnings: tuple[str, ...]
    layer_report: QuantizationReport | None = None
    low_bit: LowBitReport | None = None

    @property
    def max_abs_error(self) -> float:
        """Largest difference to the source in any output; NaN if unknown."""
        outputs = self.verification.outputs
        return max((x.max_abs_error for x in outputs), default=math.nan)

    @property
    def relative_error(self) -> float:
        """Largest relative error of any output; NaN if unknown."""
        outputs = self.verification.outputs
        return max((x.relative_error for x in outputs), default=math.nan)

    @property
    def agreement(self) -> float | None:
        """Smallest share of samples with the class that the source gives."""
        shares = [
            output.agreement
            for output in self.verification.outputs
            if output.agreement is not None
        ]
        return min(shares, default=None)

    def as_dict(self) -> dict[str, Any]:
        """The report as dicts, lists, numbers and strings."""
        return json.loads(self.to_json())

    def to_json(self) -> str:
        """The report as JSON text."""
        content = dataclasses.asdict(self)
        if self.stripped is not None:
            content["stripped"] = self.stripped.as_dict()
        if self.target is not None:
            content["target"] = self.target.as_dict()
        return json.dumps(content, indent=2)

    def __str__(self) -> str:
        """The report as text tables."""
        found = self.verification
        parts = [
            f"{self.path}: {self.num_bytes:,} bytes, {self.quantization}, for "
            f"TensorFlow Lite {self.min_runtime or '(unstated)'} or newer",
            render_ends(self.inputs, self.outputs),
            render_table(
                "Operators",
                ["operator", "version", "count"],
                [(x.name, x.version, x.count) for x in self.operators],
            ),
            render_table(
                found.title,
                ["output", "largest error", "relative", "allowed", "agreement"],
                [
                    (
                        x.name,
                        x.max_abs_error,
                        x.relative_error,
                        x.allowed_error,
                        x.agreement,
                    )
                    for x in found.outputs
                ],
            ),
            *low_bit_table(self.low_bit),
            *stripped_line(self.stripped),
            *target_line(self.target),
            *(f"Warning: {sentence}" for sentence in self.warnings),
            *([str(self.layer_report)] if self.layer_report else []),
        ]
        return "\n\n".join(parts)


def low_bit_table(low_bit: LowBitReport | None) -> list[str]:
    """The weights of few bits; nothing where there are none."""
    return [str(low_bit)] if low_bit is not None and low_bit.kernels else []


def stripped_line(stripped: StripReport | None) -> list[str]:
    """What stripping did, in one line; nothing where it found nothing."""
    if stripped is None or not stripped.removed:
        return []
    return [stripped.summary]


def target_line(target: TargetReport | None) -> list[str]:
    """What the target does with the file; nothing where none was named."""
    return [] if target is None else [target.summary]
