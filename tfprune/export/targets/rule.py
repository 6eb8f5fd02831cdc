"""One limit of a target."""

from dataclasses import dataclass
from typing import Any

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.targets.conditions import CONDITIONS
from tfprune.export.versions.required import required_version

EVERY_OPERATOR = "*"


@dataclass(frozen=True)
class Rule:
    """What a target asks of some operators, and what happens otherwise.

    Rules are data: they come from the JSON files beside this module.

    Args:
        name: Name of the rule.
        operators: Names of the operators that it is about; `"*"` for all.
        condition: Name of the condition that must hold.
        value: What the condition is given.
        status: What becomes of an operator that does not meet it, in the
            words of the target where it has its own.
        reason: Why, one sentence; may name `{name}`, `{version}` (stated),
            `{needed}` and `{limit}` (of the table of versions).
        remedy: What a user can do, one sentence.
        source: Where the limit is described, or how it was measured.
        stops: Whether the target then refuses the whole model.
    """

    name: str
    operators: tuple[str, ...]
    condition: str
    value: Any
    status: str
    reason: str
    remedy: str
    source: str
    stops: bool = False

    def concerns(self, operator: Operator) -> bool:
        """Whether the rule is about an operator."""
        return (
            EVERY_OPERATOR in self.operators or operator.name in self.operators
        )

    def is_met_by(self, operator: Operator) -> bool:
        """Whether an operator is as the rule wants it."""
        return not self.concerns(operator) or CONDITIONS[self.condition](
            operator, self.value
        )

    def explain(self, operator: Operator) -> str:
        """The reason, for one operator."""
        limits = self.value if isinstance(self.value, dict) else {}
        return self.reason.format(
            name=operator.name,
            version=operator.version,
            needed=max(operator.version, required_version(operator)),
            limit=limits.get(operator.name),
        )
