"""LiteRT, the runtime of today."""

from dataclasses import dataclass, replace

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.targets.report import TargetReport
from tfprune.export.targets.runtime import RuntimeTarget
from tfprune.export.targets.target import TARGETS, Judged
from tfprune.export.targets.verdict import OperatorVerdict


@TARGETS.register("litert")
@dataclass(frozen=True)
class LiteRt(RuntimeTarget):
    """LiteRT 2.3, on Android, Linux and in Python."""

    name = "litert"

    def conclude(
        self, model: FlatbufferModel, judged: Judged, report: TargetReport
    ) -> TargetReport:
        """Refuses what the kernels of XNNPACK do not take from a DENSIFY."""
        refused = {
            (number, index)
            for number, subgraph in enumerate(model.subgraphs)
            for index in densified_integers(subgraph)
        }
        operators = tuple(
            refuse(verdict)
            if verdict.accepted and (verdict.subgraph, verdict.index) in refused
            else verdict
            for verdict in report.operators
        )
        return super().conclude(
            model, judged, replace(report, operators=operators)
        )


def densified_integers(subgraph: Subgraph) -> list[int]:
    """Positions of operators that fail on sparse int8 weights.

    Dense layers do, and convolutions of floats; those of integers do not.
    """
    wiring = Wiring(subgraph)
    return [
        index
        for index, operator in enumerate(subgraph.operators)
        if reads_sparse_integers(operator, wiring)
        and (
            operator.name == "FULLY_CONNECTED"
            or (
                operator.name == "CONV_2D"
                and operator.outputs[0].dtype == "FLOAT32"
            )
        )
    ]


def reads_sparse_integers(operator: Operator, wiring: Wiring) -> bool:
    """Whether the weights of an operator are int8 out of a DENSIFY."""
    weights = operator.inputs[1] if len(operator.inputs) > 1 else None
    source = wiring.producer(weights)
    return (
        weights is not None
        and weights.dtype == "INT8"
        and source is not None
        and source.name == "DENSIFY"
    )


def refuse(verdict: OperatorVerdict) -> OperatorVerdict:
    """The verdict on an operator whose kernel fails on sparse weights."""
    return replace(
        verdict,
        accepted=False,
        status="Refuses to prepare",
        rule="densified_integers",
        reason=f"The kernel of {verdict.name} fails on sparse int8 weights.",
        remedy="Quantize without sparsity, or keep the sparse weights float.",
        source="Measured: 'failed to delegate' in LiteRT 2.3 on x86-64.",
    )
