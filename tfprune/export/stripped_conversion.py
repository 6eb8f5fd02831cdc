"""From a source to a flatbuffer without the channels that do nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.channels.hidden import hidden_channels
from tfprune.export.conversion.convert import quantized
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.source import Source
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import Pass, run_passes
from tfprune.export.proven_strip import strip_and_compare
from tfprune.export.quantization.unused_levels import unused_levels
from tfprune.export.strip import size_of
from tfprune.export.strip_report import StripReport
from tfprune.export.targets import Target
from tfprune.export.verification.agreement import root_mean_square, spread_of
from tfprune.export.verification.samples import Samples
from tfprune.export.verification.verify import run_exported, run_source

# Samples to look at, and to compare two ways of quantization on.
FEW_SAMPLES = 16


def convert_stripped(
    source: Source,
    conversion: Conversion,
    target: Target | None = None,
) -> tuple[FlatbufferModel, StripReport]:
    """Converts a model and removes its dead channels, before quantization.

    What is quantized by rules is stripped as floats first. TensorFlow's
    converter quantizes while it converts: there channels that nobody reads
    may stay, because the runtime rounds by the range of all, or may have
    spoiled a scale. Only where a look at the result finds such channels, the
    model is converted once more, to floats, stripped, and quantized by rules;
    the better one of both is taken.

    Args:
        source: The model.
        conversion: What is asked for.
        target: What the file is meant for; its passes are run, and of two
            ways of quantization it has a say.

    Returns:
        The model, and what was removed.

    Raises:
        InvalidInputError: When it cannot be converted so.

    Example:

    ```python
    with open_source("model.keras") as source:
        model, report = convert_stripped(source, Conversion(find_mode("int8")))
    ```
    """
    passes = () if target is None else target.passes
    if source.quantizes_floats(conversion):
        try:
            return by_way_of_floats(source, conversion, passes)
        except InvalidInputError as error:
            model, report, _ = strip_result(source.convert(conversion), passes)
            return model, with_warning(report, error)
    model, report, changed = strip_result(source.convert(conversion), passes)
    may_change = not source.brings_ranges and bool(conversion.mode.rules())
    if not may_change or not is_worth_it(model, changed, conversion.samples):
        return model, report
    try:
        other, second = by_way_of_floats(source, conversion, passes)
    except InvalidInputError as error:
        return model, with_warning(report, error)
    if target is not None and num_refused(other, target) > num_refused(
        model, target
    ):
        return model, report
    if is_better(other, model, source, conversion.samples):
        return other, second
    return model, report


def strip_result(
    model: FlatbufferModel, passes: Sequence[Pass]
) -> tuple[FlatbufferModel, StripReport, list[Tensor]]:
    """Strips a converted model, and tidies up before and after.

    Args:
        model: The model; it is changed.
        passes: Passes besides the usual ones.

    Returns:
        The model, the report, and the tensors that lost channels.
    """
    run_passes(model)
    run_passes(model, passes)
    shapes = {tensor: tensor.shape for tensor in model.main.tensors}
    model, report = strip_and_compare(model)
    run_passes(model)
    changed = [
        x for x in model.main.tensors if shapes.get(x, x.shape) != x.shape
    ]
    return model, report, changed


def by_way_of_floats(
    source: Source, conversion: Conversion, passes: Sequence[Pass]
) -> tuple[FlatbufferModel, StripReport]:
    """Strips the float model, quantizes it by rules, and strips the result.

    Raises:
        InvalidInputError: When the float model cannot be quantized so.
    """
    # Its operators keep their names, by which recipes find them.
    floats, first = strip_and_compare(source.convert(conversion.in_floats))
    model = quantized(floats, conversion)
    model, second, _ = strip_result(model, passes)
    conversion.mode.check(model)
    if not first.removed:
        return model, second
    return model, replace(
        second,
        warnings=(*first.warnings, *second.warnings),
        before_quantization=replace(first, warnings=()),
    )


def with_warning(report: StripReport, error: InvalidInputError) -> StripReport:
    """The report of a model that was stripped after quantization only."""
    warning = (
        "Channels were removed after quantization only, since the stripped "
        f"float model cannot be quantized: {error_line(error)}"
    )
    return replace(report, warnings=(*report.warnings, warning))


def is_worth_it(
    model: FlatbufferModel, changed: Sequence[Tensor], samples: Samples | None
) -> bool:
    """Whether stripping before quantization would have been better.

    Args:
        model: A quantized and stripped model.
        changed: Its tensors that lost channels.
        samples: What its ranges were found on; None where it has none.
    """
    if hidden_channels(model):
        return True
    if samples is None or not changed:
        return False
    return unused_levels(model, changed, samples.at_most(FEW_SAMPLES))


def num_refused(model: FlatbufferModel, target: Target) -> int:
    """How many operators do not run on a target."""
    return len(target.judge(model).refused)


def is_better(
    model: FlatbufferModel,
    other: FlatbufferModel,
    source: Source,
    samples: Samples | None,
) -> bool:
    """Whether a model is smaller than another; or nearer to the source.

    Args:
        model: The model.
        other: The other one.
        source: What both were made from.
        samples: What their ranges were found on; None where they have none,
            and sizes decide.
    """
    if samples is None:
        return size_of(model) < size_of(other)
    few = samples.at_most(FEW_SAMPLES)
    expected = run_source(source, few)
    return error_of(model, expected, few) < error_of(other, expected, few)


def error_of(
    model: FlatbufferModel, expected: Sequence[np.ndarray], samples: Samples
) -> float:
    """Largest root-mean-square error of an output, as a share of its spread."""
    errors = []
    received = run_exported(serialize(model), samples)
    for wanted, found in zip(expected, received, strict=True):
        exact = wanted.astype("f8")
        difference = found.astype("f8") - exact
        unit = spread_of(exact) or root_mean_square(exact) or 1.0
        errors.append(root_mean_square(difference) / unit)
    return max(errors, default=0.0)
