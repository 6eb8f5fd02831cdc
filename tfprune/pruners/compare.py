"""Two models side by side: cost, and how far their outputs are apart."""

from dataclasses import asdict, dataclass
from typing import Any

import keras

from tfprune.profiling import Profile, profile
from tfprune.surgery.oracle import Difference, difference
from tfprune.table import render_table


@dataclass(frozen=True)
class Comparison:
    """What a change to a model did.

    Attributes:
        before: Cost of the first model.
        after: Cost of the second.
        difference: Largest differences between their outputs.
    """

    before: Profile
    after: Profile
    difference: Difference

    def as_dict(self) -> dict[str, Any]:
        """The numbers as plain data."""
        return {
            "before": self.before.as_dict(),
            "after": self.after.as_dict(),
            "difference": asdict(self.difference),
        }

    def __str__(self) -> str:
        rows = []
        for unit, label in (
            ("parameters", "parameters"),
            ("macs", "MACs"),
            ("bytes", "bytes"),
        ):
            before = getattr(self.before, unit)
            after = getattr(self.after, unit)
            left = f"{after / before:.1%}" if before else None
            rows.append((label, before, after, left))
        table = render_table(
            f"'{self.before.model}' before and after",
            ["", "before", "after", "left"],
            rows,
        )
        found = self.difference
        source = "random" if found.random else "given"
        return (
            f"{table}\nLargest output difference: {found.absolute:.3g} "
            f"({found.relative:.3g} of the largest output) on "
            f"{found.examples} {source} examples"
        )


def compare(
    model: keras.Model, small: keras.Model, data: Any = None
) -> Comparison:
    """Compares two models in cost and in what they compute.

    Args:
        model: A built model.
        small: A model with the same inputs and outputs.
        data: One batch of inputs, in the structure that the model is called
            with; random numbers of the input's shape when None.

    Returns:
        Costs before and after and the largest output difference; `print`
        shows them as a table.

    Raises:
        InvalidInputError: When a model cannot be traced.
        ExactnessError: When the first model's outputs are all zero, so that
            the comparison would prove nothing.

    Example:

    ```python
    print(tfprune.compare(model, small, x_test[:100]))
    ```
    """
    return Comparison(
        before=profile(model),
        after=profile(small),
        difference=difference(model, small, data),
    )
