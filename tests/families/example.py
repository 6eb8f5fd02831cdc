"""Weights and data under which a family's model shows every fault."""

from typing import Any

import keras
import numpy as np

from tests.testing import randomize
from tfprune.surgery.oracle import random_inputs

OFFSETS = ("bias", "beta", "moving_mean")


def responsive(model: keras.Model, seed: int = 0) -> keras.Model:
    """Random weights that leave the output to the input.

    Large offsets in every layer would drown what the first layers compute,
    and filters that see one channel must not be scaled as if they saw all.
    """
    randomize(model, seed)
    for weight in model.weights:
        if weight.path.endswith(OFFSETS):
            weight.assign(weight * 0.2)
        elif "depthwise" in weight.path and len(weight.shape) > 2:
            weight.assign(weight * float(weight.shape[-2]) ** 0.5)
    return model


def example_inputs(model: keras.Model) -> Any:
    """Random numbers in the structure that a model is called with."""
    if hasattr(model, "input"):
        return random_inputs(model)
    # A subclassed model of one tensor knows only the shape it was built with.
    shape = model.get_build_config()["input_shape"]
    generator = np.random.default_rng(0)
    return generator.standard_normal((2, *shape[1:])).astype("float32")
