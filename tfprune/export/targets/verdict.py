"""What a target does with one operator."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.targets.rule import Rule
from tfprune.export.targets.rule_book import RuleBook


@dataclass(frozen=True)
class OperatorVerdict:
    """What a target does with one operator.

    Args:
        index: Position in the subgraph.
        subgraph: Position of the subgraph; 0 is the model itself.
        name: Name of the built-in, or the custom code.
        version: The version that the file states.
        input_types: TFLite types of the inputs; `""` where one is left out.
        input_shapes: Their shapes.
        output_types: TFLite types of the outputs.
        output_shapes: Their shapes.
        accepted: Whether it runs on the target.
        status: What the target says of it, in its own words where known.
        rule: Name of the rule that it does not meet; `""` for none.
        reason: Why it is not accepted; `""` where it is.
        remedy: What can be done about it.
        source: Where the rule is from.
    """

    index: int
    subgraph: int
    name: str
    version: int
    input_types: tuple[str, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output_types: tuple[str, ...]
    output_shapes: tuple[tuple[int, ...], ...]
    accepted: bool
    status: str
    rule: str = ""
    reason: str = ""
    remedy: str = ""
    source: str = ""


def give_verdict(
    operator: Operator, index: int, subgraph: int, book: RuleBook
) -> tuple[OperatorVerdict, Rule | None]:
    """Judges an operator by the rules of a target.

    Args:
        operator: The operator.
        index: Its position in the subgraph.
        subgraph: Position of the subgraph.
        book: The rules.

    Returns:
        The verdict, and the rule that the operator does not meet, if any.
    """
    rule = book.broken_by(operator)
    verdict = OperatorVerdict(
        index=index,
        subgraph=subgraph,
        name=operator.name,
        version=operator.version,
        input_types=tuple(
            "" if x is None else x.dtype for x in operator.inputs
        ),
        input_shapes=tuple(
            () if x is None else tuple(x.shape) for x in operator.inputs
        ),
        output_types=tuple(x.dtype for x in operator.outputs),
        output_shapes=tuple(tuple(x.shape) for x in operator.outputs),
        accepted=rule is None,
        status=book.accepted if rule is None else rule.status,
        rule="" if rule is None else rule.name,
        reason="" if rule is None else rule.explain(operator),
        remedy="" if rule is None else rule.remedy,
        source="" if rule is None else rule.source,
    )
    return verdict, rule
