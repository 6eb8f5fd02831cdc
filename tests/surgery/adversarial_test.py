"""Networks that once came out wrong, or that nearly any pruner gets wrong."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import randomize, removal_difference, set_weight, weight
from tfprune.errors import ExactnessError, InvalidInputError
from tfprune.graph import trace
from tfprune.profiling import macs, parameters, total


def head(x):
    return layers.Dense(3, name="head")(layers.Flatten()(x))


def dying(x, name="norm"):
    """A convolution and a normalization to kill channels of."""
    x = layers.Conv2D(6, 1, name=f"{name}_conv")(x)
    return layers.ReLU()(layers.BatchNormalization(name=name)(x))


def killed(model, name="norm"):
    randomize(model)
    set_weight(model.get_layer(name), "gamma", [1, 4], 0.0)
    set_weight(model.get_layer(name), "beta", [1, 4], [0.8, 0.3])
    return model


def strip_difference(model):
    return tfprune.compare(model, tfprune.strip(model)).difference.relative


@pytest.mark.parametrize(
    "build",
    [
        lambda x: layers.Dense(5)(layers.Reshape((16, 6))(x)),
        lambda x: layers.Conv1D(5, 1)(layers.Reshape((-1, 6))(x)),
        lambda x: layers.Conv2D(5, 1)(
            layers.Reshape((2, 2, 6))(
                layers.Dense(24)(
                    layers.BatchNormalization()(layers.Flatten()(x))
                )
            )
        ),
        lambda x: layers.UpSampling1D(2)(
            layers.Permute((2, 1))(layers.Reshape((16, 6))(x))
        ),
        lambda x: layers.Conv2D(5, 1)(layers.Concatenate(axis=1)([x, x])),
        lambda x: layers.Dense(5)(layers.Activation("softmax")(x)),
        lambda x: layers.BatchNormalization(axis=1)(layers.Dense(5)(x)),
        lambda x: layers.Conv2DTranspose(5, 3)(x),
    ],
)
def test_strip_is_exact_whatever_lies_behind_a_dead_channel(build):
    inputs = keras.Input((4, 4, 3))
    model = killed(keras.Model(inputs, head(build(dying(inputs)))))
    assert strip_difference(model) < 1e-5


def test_a_constant_is_not_hidden_in_a_norm_that_an_output_bypasses():
    inputs = keras.Input((4, 4, 3))
    y = layers.Conv2D(5, 1)(dying(inputs))
    z = layers.BatchNormalization()(y)
    model = killed(keras.Model(inputs, [y, head(z)]))
    small = tfprune.strip(model)
    assert small.get_layer("norm_conv").filters == 4
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_a_bias_that_was_just_added_is_seen_by_the_next_layer():
    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(
        5, 3, padding="same", use_bias=False, activation="relu", name="second"
    )(dying(inputs))
    x = layers.GlobalAveragePooling2D()(x)
    model = killed(keras.Model(inputs, layers.Dense(3)(x)))
    # Unit 2 of the second convolution reads a dead channel and no other.
    others = [0, 2, 3, 4, 5]
    set_weight(model.get_layer("second"), "kernel", np.s_[:, :, others, 2], 0.0)
    kernel = np.abs(weight(model.get_layer("second"), "kernel"))
    model.get_layer("second").kernel.assign(kernel)
    small = tfprune.strip(model, absorb="approximate")
    assert tfprune.compare(model, small).difference.relative < 0.05


def nested():
    inner_inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="a")(inner_inputs)
    x = layers.Conv2D(8, 3, padding="same", name="b")(x)
    inner = keras.Model(inner_inputs, x, name="inner")
    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(inner(inputs))
    return randomize(keras.Model(inputs, layers.Dense(3)(x)))


def test_macs_of_a_nested_model_count_the_outer_sizes():
    expected = 64 * 9 * 3 * 8 + 64 * 9 * 8 * 8 + 8 * 3
    assert tfprune.profile(nested()).macs == expected


class Doubled(layers.Dense):
    """A dense layer with a `call` of its own."""

    def call(self, inputs):
        return 2 * super().call(inputs)


def test_a_budget_of_parameters_counts_layers_without_handler():
    inputs = keras.Input((20,), dtype="int32")
    x = layers.Embedding(100, 8)(inputs)
    wide = layers.SpectralNormalization(Doubled(100))
    x = layers.GlobalAveragePooling1D()(wide(x))
    x = layers.Dense(32, activation="relu")(x)
    model = keras.Model(inputs, layers.Dense(3)(x))
    graph = trace(model)
    everything = np.ones(graph.labels.size + 1, bool)
    assert total(parameters(graph), everything) == model.count_params()
    with pytest.raises(InvalidInputError, match="is at its floor"):
        tfprune.prune(model, parameters=0.3)


class Twice(keras.Model):
    """A functional model that computes something else in its call."""

    def call(self, inputs, training=None, mask=None):
        return 2 * super().call(inputs)


def test_an_overridden_call_is_not_taken_for_the_graph():
    inputs = keras.Input((4,))
    hidden = layers.Dense(6, activation="tanh", name="hidden")(inputs)
    model = randomize(Twice(inputs, head(hidden)))
    (group,) = tfprune.trace(model).group_of("hidden")
    assert group.prunable
    assert removal_difference(model).relative < 1e-5


def test_state_outside_of_weights_and_config_is_noticed():
    discretize = layers.Discretization(num_bins=4)
    discretize.adapt(np.linspace(-2, 2, 100))
    inputs = keras.Input((4,))
    x = layers.Dense(6)(ops.cast(discretize(inputs), "float32"))
    model = randomize(keras.Model(inputs, layers.Dense(3)(x)))
    with pytest.raises(ExactnessError, match="neither"):
        tfprune.prune(model, sparsity=0.3)


def test_a_reshape_that_moves_an_unknown_axis_freezes():
    inputs = keras.Input((None, 3))
    x = layers.Reshape((6, -1))(layers.Conv1D(6, 1, name="conv")(inputs))
    x = layers.GlobalAveragePooling1D(data_format="channels_first")(x)
    model = randomize(keras.Model(inputs, layers.Dense(3)(x)))
    (group,) = tfprune.trace(model).group_of("conv")
    assert "unknown length" in str(group.frozen[0])
    assert removal_difference(model).relative < 1e-5


class Standardized(layers.Conv2D):
    """Weight standardization, written into Keras' own hook."""

    def convolution_op(self, inputs, kernel):
        mean = ops.mean(kernel, axis=(0, 1, 2), keepdims=True)
        return super().convolution_op(inputs, kernel - mean)


def test_a_subclass_that_changes_a_hook_freezes():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 1, name="before")(inputs)
    x = Standardized(5, 3, name="standardized")(x)
    model = randomize(keras.Model(inputs, head(x)))
    (group,) = tfprune.trace(model).group_of("before")
    assert str(group.frozen[0]).startswith("'standardized/conv'")
    assert removal_difference(model).relative < 1e-5


def test_outputs_are_compared_one_by_one():
    inputs = keras.Input((4,))

    def model(bias):
        large = layers.Rescaling(1e6)(inputs)
        small = layers.Rescaling(1.0, bias)(inputs)
        return keras.Model(inputs, [large, small])

    found = tfprune.compare(model(0.0), model(0.5)).difference
    assert found.relative > 0.1


def test_an_open_size_of_an_einsum_stays_open():
    inputs = keras.Input((8, 3))
    x = layers.Conv1D(6, 1)(inputs)
    x = layers.EinsumDense(
        "abc,cd->abd", output_shape=(None, 5), bias_axes="d"
    )(x)
    x = layers.GlobalMaxPooling1D()(x)
    model = randomize(keras.Model(inputs, layers.Dense(3)(x)))
    assert removal_difference(model).relative < 1e-5


def test_lambdas_and_unregistered_activations_are_copied():
    def cubed(x):
        return x**3

    tfprune.elementwise(cubed)
    inputs = keras.Input((4,))
    x = layers.Dense(6, activation=cubed, name="hidden")(inputs)
    x = layers.Dense(6, name="second")(layers.Lambda(lambda z: 2 * z)(x))
    model = randomize(keras.Model(inputs, layers.Dense(3)(x)))
    small = tfprune.prune(model, sparsity=0.3)
    assert small.get_layer("second").units < 6


@pytest.mark.parametrize(
    "array",
    [
        np.arange(1, 7, dtype="float32").reshape(1, 1, 1, 6),
        np.arange(1, 7, dtype="float32"),
    ],
)
def test_arrays_with_and_without_batch_axis_shrink(array):
    inputs = keras.Input((4, 4, 3))
    x = layers.Conv2D(6, 1, name="conv")(inputs) * array
    model = randomize(keras.Model(inputs, head(x)))
    (group,) = tfprune.trace(model).group_of("conv")
    assert group.prunable
    assert removal_difference(model).relative < 1e-5


def test_an_array_along_channels_that_come_first_freezes():
    inputs = keras.Input((3, 4, 4))
    x = layers.Conv2D(6, 1, data_format="channels_first", name="conv")(inputs)
    x = x * np.arange(6.0, dtype="float32").reshape(6, 1, 1)
    (group,) = tfprune.trace(keras.Model(inputs, x)).group_of("conv")
    assert not group.prunable


def test_an_operation_made_with_an_array_freezes():
    inputs = keras.Input((4,))
    x = layers.Dense(6, name="hidden")(inputs)
    x = ops.clip(x, np.zeros(6, "float32"), np.ones(6, "float32"))
    model = keras.Model(inputs, layers.Dense(2)(x))
    (group,) = tfprune.trace(model).group_of("hidden")
    assert not group.prunable


def test_adapted_weights_freeze_instead_of_failing():
    inputs = keras.Input((4,))
    x = layers.Dense(6, name="before")(inputs)
    adapted = layers.Dense(5, name="adapted")
    model = keras.Model(inputs, layers.Dense(2)(adapted(x)))
    adapted.enable_lora(2)
    (group,) = tfprune.trace(model).group_of("before")
    assert "LoRA" in str(group.frozen[0])


def test_the_cost_of_a_term_follows_the_channels():
    model = nested()
    graph = trace(model)
    keep = tfprune.keep_mask(model, sparsity=0.5)
    small = tfprune.remove_channels(model, keep)
    found = total(macs(graph), keep.by_id(graph))
    assert found == tfprune.profile(small).macs


def test_models_of_other_outputs_are_not_compared():
    inputs = keras.Input((4,))
    with pytest.raises(InvalidInputError, match="Expected models of the same"):
        tfprune.compare(
            randomize(keras.Model(inputs, layers.Dense(2)(inputs))),
            keras.Model(inputs, layers.Dense(3)(inputs)),
        )
