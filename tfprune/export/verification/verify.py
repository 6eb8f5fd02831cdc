"""Proof that an exported model computes what its source computes."""

from dataclasses import dataclass

import numpy as np

from tfprune.export.conversion.source import Source
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.running.interpreter import UnknownOperatorError
from tfprune.export.running.isolated_runner import IsolatedRunner
from tfprune.export.verification.agreement import (
    OutputAgreement,
    compare_outputs,
    spread_of,
)
from tfprune.export.verification.samples import Samples
from tfprune.export.verification.tolerance import Tolerance

SOURCE_BATCH = 32
# Beyond it accuracy on a test set is worth a look.
WARN_SHARE = 0.5
MIN_AGREEMENT = 0.9


@dataclass(frozen=True)
class Verification:
    """Result of a comparison with the source.

    Args:
        num_samples: Number of samples compared; 0 where the file could not
            be run here.
        origin: Where the samples come from.
        reference: What the file was compared with.
        outputs: One comparison for each output.
        warnings: What to look at, one sentence each.
    """

    num_samples: int
    origin: str
    reference: str
    outputs: tuple[OutputAgreement, ...]
    warnings: tuple[str, ...]

    @property
    def title(self) -> str:
        """What was compared, in one line."""
        if not self.num_samples:
            return "Not verified"
        return (
            f"Against {self.reference} on {self.num_samples} samples "
            f"({self.origin})"
        )


def verify(
    source: Source,
    model: FlatbufferModel,
    content: bytes,
    samples: Samples,
    *,
    tolerance: Tolerance,
) -> Verification:
    """Compares an exported model with its source.

    Args:
        source: The source.
        model: The exported model.
        content: Its bytes; they are what is run.
        samples: Inputs to compare on.
        tolerance: The greatest error that passes.

    Raises:
        VerificationError: When the outputs disagree.
    """
    try:
        received = run_exported(content, samples)
        expected = run_source(source, samples)
    except UnknownOperatorError as error:
        return Verification(
            num_samples=0,
            origin=samples.origin,
            reference=source.reference,
            outputs=(),
            warnings=(f"Not verified, since it cannot be run here: {error}",),
        )
    outputs = tuple(
        compare_outputs(
            name,
            wanted,
            values,
            reference=source.reference,
            tolerance=tolerance,
            step=output_step(model, tensor),
        )
        for name, wanted, values, tensor in zip(
            output_names(model),
            expected,
            received,
            model.main.outputs,
            strict=True,
        )
    )
    warnings = [
        sentence
        for output, wanted in zip(outputs, expected, strict=True)
        for sentence in doubts(output, wanted, source.reference)
    ]
    return Verification(
        num_samples=len(samples),
        origin=samples.origin,
        reference=source.reference,
        outputs=outputs,
        warnings=tuple(warnings),
    )


def run_source(source: Source, samples: Samples) -> list[np.ndarray]:
    """Outputs of the source, one array for each."""
    size = SOURCE_BATCH if source.takes_batches else 1
    batches = []
    for arrays in samples.batches(size):
        outputs = run_batch(source, arrays)
        if any(x.shape[:1] != (len(arrays[0]),) for x in outputs):
            # An output without a batch axis: see each sample by itself.
            return join_batches(
                [run_batch(source, x) for x in samples.batches(1)]
            )
        batches.append(outputs)
    return join_batches(batches)


def run_batch(source: Source, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Outputs of the source for one batch."""
    outputs = source.compute(arrays)
    # NumPy has no bfloat16 of its own.
    return [x if x.dtype.kind in "biuf" else x.astype("f4") for x in outputs]


def run_exported(content: bytes, samples: Samples) -> list[np.ndarray]:
    """Outputs of the exported model, one array for each.

    It may hold what somebody else's file held, which may crash the runtime.
    """
    with IsolatedRunner(content, source="exported model") as runner:
        return join_batches(
            [runner.run(arrays) for arrays in samples.batches(1)]
        )


def output_names(model: FlatbufferModel) -> list[str]:
    """Names of the outputs, by the signature of the main graph."""
    known = {
        tensor: name
        for signature in model.signatures
        if signature.subgraph is model.main
        for name, tensor in signature.outputs.items()
    }
    return [known.get(tensor, tensor.name) for tensor in model.main.outputs]


def join_batches(batches: list[list[np.ndarray]]) -> list[np.ndarray]:
    """Joins the batches of every output along their first axis."""
    return [
        np.concatenate([np.atleast_1d(part) for part in parts])
        for parts in zip(*batches, strict=True)
    ]


def output_step(model: FlatbufferModel, output: Tensor) -> float:
    """Real distance of two neighbours of an output; 0 for true floats."""
    scale = output.scale()
    if scale is not None:
        return scale
    for operator in model.main.operators:
        if operator.name == "DEQUANTIZE" and operator.outputs[0] is output:
            source = operator.inputs[0]
            return (source.scale() if source else None) or 0.0
    return 0.0


def doubts(
    output: OutputAgreement, expected: np.ndarray, reference: str
) -> list[str]:
    """What a user should know of an output that passed."""
    found = []
    if expected.dtype.kind == "f" and spread_of(expected) == 0:
        found.append(
            f"Output '{output.name}' is constant on the samples, so comparing "
            "it says little: pass `verify_data` on which it varies."
        )
    elif output.relative_error > WARN_SHARE * output.allowed_error:
        found.append(
            f"Output '{output.name}' differs from {reference} by "
            f"{output.relative_error:.2g} of its spread: measure the accuracy "
            "on a test set."
        )
    if output.agreement is not None and output.agreement < MIN_AGREEMENT:
        found.append(
            f"Output '{output.name}' gives the class of {reference} for "
            f"{output.agreement:.0%} of the samples only."
        )
    return found
