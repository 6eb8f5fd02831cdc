"""What every target is."""

import abc
from dataclasses import dataclass, replace
from typing import ClassVar

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.passes import Pass
from tfprune.export.targets.dead_channels import find_dead_channels
from tfprune.export.targets.report import TargetReport
from tfprune.export.targets.rule import Rule
from tfprune.export.targets.rule_book import RuleBook, read_rule_book
from tfprune.export.targets.verdict import OperatorVerdict, give_verdict
from tfprune.registry import Registry

TARGETS: "Registry[Target]" = Registry("target")

Judged = list[tuple[Operator, OperatorVerdict, Rule | None]]


@dataclass(frozen=True)
class Target(abc.ABC):
    """A runtime or a device that a `.tflite` file is meant for.

    Its limits are in a JSON file of its name in the folder `rules`. To add
    one, write that file and a frozen dataclass like those beside this file,
    and import it in the package.

    Example:

    ```python
    @TARGETS.register("tflite-2.9")
    @dataclass(frozen=True)
    class TfLite29(RuntimeTarget):
        name = "tflite-2.9"
    ```
    """

    name: ClassVar[str]
    # What an export for the target is, where the user does not say.
    quantization: ClassVar[str | None] = None
    end_type: ClassVar[str] = "float32"
    # The smallest type of weights of few bits that it reads.
    low_bit_type: ClassVar[str] = "int4"
    # What makes a model fit that computes the same.
    passes: ClassVar[tuple[Pass, ...]] = ()

    @property
    def rules(self) -> RuleBook:
        """The limits of the target."""
        return read_rule_book(self.name)

    def judge(self, model: FlatbufferModel) -> TargetReport:
        """Predicts what the target does with a model.

        Args:
            model: The model; it is not changed.

        Returns:
            The report, which names no file.
        """
        book = self.rules
        judged: Judged = [
            (operator, *give_verdict(operator, index, number, book))
            for number, subgraph in enumerate(model.subgraphs)
            for index, operator in enumerate(subgraph.operators)
        ]
        report = TargetReport(
            target=self.name,
            title=book.title,
            path=None,
            operators=tuple(verdict for _, verdict, _ in judged),
            runs=not any(rule and rule.stops for _, _, rule in judged),
            dead_channels=find_dead_channels(model),
        )
        return self.conclude(model, judged, report)

    @abc.abstractmethod
    def conclude(
        self, model: FlatbufferModel, judged: Judged, report: TargetReport
    ) -> TargetReport:
        """Draws the conclusion from the verdicts on the operators.

        Args:
            model: The model.
            judged: Every operator with its verdict and the broken rule.
            report: The report so far; `runs` is False where a rule stops.

        Returns:
            The report.
        """


def find_target(target: str | Target) -> Target:
    """The target of a name.

    Raises:
        InvalidInputError: When there is no such target.
    """
    found = TARGETS.get(target)
    if not isinstance(found, Target):
        raise InvalidInputError(
            "Expected `target` to be a name or a `Target`. Received: "
            f"{found!r}. The names are: {', '.join(TARGETS.names())}."
        )
    return found


def all_or_nothing(report: TargetReport) -> TargetReport:
    """The conclusion where one refused operator refuses the model."""
    return replace(report, runs=report.runs and not report.refused)


def as_far_as_possible(report: TargetReport) -> TargetReport:
    """The conclusion where refused operators run elsewhere."""
    some = any(verdict.accepted for verdict in report.operators)
    return replace(report, runs=report.runs and some)
