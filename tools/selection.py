"""Which channels a compression takes away."""

from dataclasses import dataclass
from typing import Any

import keras

import tfprune
from tfprune.allocation import SCOPES, Budget, Floor
from tfprune.criteria import CRITERIA


@dataclass(frozen=True)
class Selection:
    """The arguments of `tfprune.prune`, checked before there is a model.

    Attributes:
        criterion: Name of the criterion that scores channels.
        macs: Fraction of the MACs to keep, or None.
        parameters: Fraction of the parameters to keep, or None.
        sparsity: Fraction of the channels to remove, or None.
        scope: Name of the scope in which channels are compared.
        round_to: Layers keep a multiple of this many channels.
        min_channels: Layers keep at least so many channels.
        exclude: Regular expressions for layers that keep all channels.
        seed: Seed of a criterion that draws random numbers.
    """

    criterion: str
    macs: float | None
    parameters: float | None
    sparsity: float | None
    scope: str
    round_to: int
    min_channels: int
    exclude: tuple[str, ...]
    seed: int

    def __post_init__(self) -> None:
        CRITERIA.get(self.criterion)
        SCOPES.get(self.scope)
        Budget.one_of(
            sparsity=self.sparsity, macs=self.macs, parameters=self.parameters
        )
        Floor(min_channels=self.min_channels, round_to=self.round_to)

    def prune(self, model: keras.Model) -> keras.Model:
        """Returns the smaller model."""
        return tfprune.prune(model, **self._choice)

    def widths(self, model: keras.Model) -> tfprune.KeptWidths:
        """Tells how many channels stay, and what floors and rounding did."""
        return tfprune.kept_widths(model, **self._choice)

    @property
    def _choice(self) -> dict[str, Any]:
        return {**vars(self), "exclude": self.exclude or None}
