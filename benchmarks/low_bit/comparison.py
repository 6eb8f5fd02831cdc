"""The same network, trained in several kinds."""

from collections.abc import Callable, Iterable, Mapping

import keras
from experiments import Outcome, error_percent

from tfprune.models.data import Dataset

FLOAT = "float"
"""Name of the kind that the others are compared with."""


def compared(
    seed: int,
    dataset: Dataset,
    kinds: Iterable[str],
    build: Callable[[str], keras.Model],
    train: Callable[[keras.Model], None],
    contrasts: Mapping[str, tuple[str, str]] | None = None,
) -> Outcome:
    """Trains one network after the other, all from the same seed.

    Args:
        seed: Of weights, batches and draws.
        dataset: Whose test images are counted.
        kinds: Names, `"float"` among them.
        build: Makes the network of a kind.
        train: Trains it.
        contrasts: Names of further figures, each with the kind and the other
            kind whose error is taken from its error.

    Returns:
        The networks; for each its test error, and what that is above the
        float network's.
    """
    networks, figures = {}, {}
    for name in kinds:
        keras.utils.set_random_seed(seed)
        networks[name] = build(name)
        train(networks[name])
        error = error_percent(networks[name], dataset)
        figures[f"{name}_error_percent"] = error
    base = figures[f"{FLOAT}_error_percent"]
    for name in networks:
        if name != FLOAT:
            lost = figures[f"{name}_error_percent"] - base
            figures[f"{name}_points_lost"] = lost
    for figure, (name, other) in (contrasts or {}).items():
        figures[figure] = (
            figures[f"{name}_error_percent"] - figures[f"{other}_error_percent"]
        )
    return Outcome(figures, networks)
