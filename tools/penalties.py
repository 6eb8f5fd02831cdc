"""Letting go of the penalties that a model was trained with."""

import keras


def drop_scale_penalties(model: keras.Model) -> None:
    """Takes the penalties off the scales of a model, in place.

    Fine-tuning then pulls at no scale any more, and a saved file needs nothing
    but Keras to be loaded.
    """
    for layer in model.layers:
        if getattr(layer, "gamma_regularizer", None) is not None:
            layer.gamma_regularizer = None
            layer.gamma.regularizer = None
