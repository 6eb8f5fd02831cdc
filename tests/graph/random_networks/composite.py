"""Layers of the user's own, whose `call` is a recipe."""

import keras
from keras import layers

from tests.graph.random_networks.steps import Run
from tests.graph.random_networks.subclasses import register


def serialized(parts):
    return [keras.saving.serialize_keras_object(part) for part in parts]


def deserialized(parts):
    return [keras.saving.deserialize_keras_object(part) for part in parts]


@register
class Composite(layers.Layer):
    """A layer that follows a recipe.

    Args:
        recipe: Steps, each a list of its name and its arguments; the first
            may be `["merged", how]`, which makes one tensor out of a list,
            and the last `["forked", how, steps, steps]`, which makes two.
        parts: The layers that steps call.
        shapes: Shape of each weight of its own, with the weight's name.
        masking: Whether it hands on masks of places.
    """

    def __init__(self, recipe, parts, shapes, masking=False, **kwargs):
        super().__init__(**kwargs)
        self.recipe = recipe
        self.parts = list(parts)
        self.shapes = shapes
        self.supports_masking = masking

    def build(self, input_shape):
        self.own = [
            self.add_weight(shape=shape, initializer="ones", name=name)
            for name, shape in self.shapes
        ]

    def call(self, inputs, context=None, training=None):
        return Run(self, context, training).steps(self.recipe, inputs)

    def get_config(self):
        return {
            **super().get_config(),
            "recipe": self.recipe,
            "parts": serialized(self.parts),
            "shapes": self.shapes,
            "masking": self.supports_masking,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "parts": deserialized(config["parts"])})


@register
class CompositeModel(keras.Model):
    """A subclassed model that calls its parts one after another."""

    def __init__(self, parts, **kwargs):
        super().__init__(**kwargs)
        self.parts = list(parts)

    def call(self, inputs):
        x = inputs
        for part in self.parts:
            x = part(x)
        return x

    def get_config(self):
        return {**super().get_config(), "parts": serialized(self.parts)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "parts": deserialized(config["parts"])})
