"""Coral's Edge TPU."""

from dataclasses import dataclass, replace

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.passes import split_hard_swish
from tfprune.export.targets.mapping import EdgeTpuMapping
from tfprune.export.targets.partition import first_piece
from tfprune.export.targets.report import TargetReport
from tfprune.export.targets.target import TARGETS, Judged, Target

SECOND_SUBGRAPH = "More than one subgraph is not supported"
COMPILED = "edgetpu-custom-op"


@TARGETS.register("edgetpu")
@dataclass(frozen=True)
class EdgeTpu(Target):
    """The Edge TPU, through version 16 of its compiler, which is the last.

    The compiler maps one piece of the model; the operators outside of it run
    on the processor.
    """

    name = "edgetpu"
    quantization = "int8"
    # The libraries for Coral hand over the bytes of images.
    end_type = "uint8"
    low_bit_type = "int8"
    passes = (split_hard_swish,)

    def conclude(
        self, model: FlatbufferModel, judged: Judged, report: TargetReport
    ) -> TargetReport:
        """Finds the piece that is mapped, and what it keeps on the chip."""
        mapped = first_piece(
            model.main,
            [
                operator
                for operator, verdict, _ in judged
                if verdict.accepted and verdict.subgraph == 0
            ],
        )
        operators = tuple(
            verdict
            if not verdict.accepted
            or (verdict.subgraph == 0 and verdict.index in mapped)
            else replace(
                verdict,
                accepted=False,
                status=SECOND_SUBGRAPH,
                rule="one_subgraph",
                reason="It comes after an operator that is not mapped.",
                remedy="Mend that one, or compile with the option -a.",
            )
            for verdict in report.operators
        )
        outside = (x.index for x in operators if not x.accepted)
        parameters = parameter_bytes(
            [model.main.operators[index] for index in mapped]
        )
        return replace(
            report,
            operators=operators,
            runs=report.runs and bool(mapped),
            mapping=EdgeTpuMapping(
                mapped=mapped,
                first_break=min(outside, default=None),
                parameter_bytes=parameters,
                cache_bytes=int(self.rules.facts["cache_bytes"]),
            ),
            warnings=tuple(doubts(model)),
        )


def parameter_bytes(operators: list[Operator]) -> int:
    """Bytes of the constants of operators; shared ones count once."""
    data = {
        id(tensor.data): tensor.num_bytes
        for operator in operators
        for tensor in operator.inputs
        if tensor is not None and tensor.is_constant
    }
    return sum(data.values())


def doubts(model: FlatbufferModel) -> list[str]:
    """What a user should know, one sentence each."""
    if any(operator.name == COMPILED for operator in model.operators):
        return ["The file is compiled for the Edge TPU already."]
    return []
