"""All limits of a target, from its data file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.targets.rule import Rule

FOLDER = Path(__file__).with_name("rules")


@dataclass(frozen=True)
class RuleBook:
    """The limits of a target.

    Args:
        title: The target in words.
        accepted: What is said of an operator that meets all rules.
        rules: The limits; of those that an operator does not meet, the first
            is named.
        facts: Further numbers of the target, by name.
    """

    title: str
    accepted: str
    rules: tuple[Rule, ...]
    facts: dict[str, Any]

    def broken_by(self, operator: Operator) -> Rule | None:
        """The first rule that an operator does not meet."""
        for rule in self.rules:
            if not rule.is_met_by(operator):
                return rule
        return None


def read_rule_book(name: str) -> RuleBook:
    """Reads the limits of a target.

    Args:
        name: Name of the target, such as `"edgetpu"`.

    Example:

    ```python
    for rule in read_rule_book("edgetpu").rules:
        print(rule.name, rule.source)
    ```
    """
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    content = json.loads(text)
    return RuleBook(
        title=content["title"],
        accepted=content["accepted"],
        rules=tuple(
            Rule(**{**entry, "operators": tuple(entry["operators"])})
            for entry in content["rules"]
        ),
        facts=content.get("facts", {}),
    )
