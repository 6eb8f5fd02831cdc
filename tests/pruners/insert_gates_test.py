"""Gates are put where closing them removes channels, at their real cost."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize
from tfprune import models
from tfprune.errors import InvalidInputError
from tfprune.gates import (
    Bernoulli,
    Gate,
    GatedModel,
    GateNoise,
    HardConcrete,
)
from tfprune.surgery import difference


def gates_of(model: keras.Model) -> dict[str, Gate]:
    found = {}
    for layer in model.layers:
        if isinstance(layer, Gate):
            found[layer.name] = layer
        if isinstance(layer, keras.Model):
            found |= gates_of(layer)
    return found


def close_some(model: keras.Model, seed: int = 0) -> int:
    """Closes about a third of each gate, others are between; returns how many.

    The first of each stays open.
    """
    generator = np.random.default_rng(seed)
    for gate in gates_of(model).values():
        places = generator.uniform(-2.0, 2.5, gate.location.shape)
        places[generator.random(len(places)) < 0.3] = -3.0
        places[:2] = 1.0, -3.0
        gate.location.assign(places / gate.learning_rate_multiplier)
    return sum(int(x.closed().sum()) for x in gates_of(model).values())


def residual() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="stem")(inputs)
    for index in range(2):
        y = layers.BatchNormalization()(x)
        y = layers.ReLU()(y)
        y = layers.Conv2D(5, 3, padding="same", name=f"inner_{index}")(y)
        y = layers.BatchNormalization()(y)
        y = layers.ReLU()(y)
        y = layers.Conv2D(6, 3, padding="same", name=f"outer_{index}")(y)
        x = layers.Add()([x, y])
    x = layers.Flatten()(layers.MaxPooling2D(4)(x))
    return keras.Model(inputs, layers.Dense(2, name="end")(x))


def dense_net() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, activation="relu", name="stem")(inputs)
    for index in range(2):
        y = layers.Conv2D(4, 1, activation="relu", name=f"grown_{index}")(x)
        x = layers.Concatenate()([x, y])
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))


def squeezed() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, activation="relu", name="first")(inputs)
    s = layers.Dense(3, activation="relu")(layers.GlobalAveragePooling2D()(x))
    s = layers.Dense(6, activation="sigmoid")(s)
    x = layers.Multiply()([x, layers.Reshape((1, 1, 6))(s)])
    return keras.Model(inputs, layers.Conv2D(2, 3, name="end")(x))


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.DepthwiseConv2D(3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(7, activation="sigmoid"),
            layers.Dense(2),
        ]
    )


def nested() -> keras.Model:
    inner = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.Conv2D(5, 3, activation="relu"),
        ]
    )
    inputs = keras.Input((8, 8, 3))
    x = layers.Flatten()(inner(inputs))
    return keras.Model(inputs, layers.Dense(2)(x))


class Block(layers.Layer):
    """A composite layer."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(7, activation="relu")
        self.second = layers.Dense(5)

    def build(self, shape):
        self.first.build(shape)
        self.second.build((*shape[:-1], 7))

    def call(self, inputs):
        return self.second(self.first(inputs))


def composite() -> keras.Model:
    inputs = keras.Input((6,))
    x = keras.ops.relu(Block(name="block")(inputs))
    return keras.Model(inputs, layers.Dense(2)(x))


NETWORKS = [residual, dense_net, squeezed, sequential, nested, composite]


@pytest.mark.parametrize("build", NETWORKS)
def test_the_function_stays_and_closed_gates_are_removed(build):
    model = randomize(build())
    gated = tfprune.insert_gates(model, strength=1e-4)
    groups = [x for x in tfprune.trace(model).groups() if x.prunable]
    assert len(gates_of(gated)) == len(groups) > 0
    assert difference(model, gated).absolute == 0
    closed = close_some(gated)
    dead = tfprune.dead_channels(gated)
    gate_ids = {
        step.path: step.binding.scaling.ids
        for step in dead.graph.steps
        if step.binding.scaling is not None
    }
    keep = dead.keep.by_id(dead.graph)
    assert sum(int((~keep[x]).sum()) for x in gate_ids.values()) == closed
    small = tfprune.strip(gated)
    assert not gates_of(small)
    assert difference(gated, small).relative < 1e-5
    assert small.count_params() < model.count_params()
    assert not difference(model, gated).relative < 1e-2


@pytest.mark.parametrize("name", ["resnet_20", "mobilenet_v2"])
def test_reference_networks(name):
    model = models.get(name)(input_shape=(16, 16, 3))
    gated = tfprune.insert_gates(model, strength=1e-7)
    close_some(gated)
    small = tfprune.strip(gated)
    assert not gates_of(small)
    assert small.count_params() < 0.75 * model.count_params()


def test_channels_that_are_added_up_share_a_gate():
    gated = tfprune.insert_gates(residual(), strength=1e-4)
    gates = gates_of(gated)
    assert set(gates) == {"stem_gate", "inner_0_gate", "inner_1_gate"}
    stem = gates["stem_gate"]
    reading = [
        step.path
        for step in tfprune.trace(gated).steps
        if step.operation is stem
    ]
    assert len(reading) == 3
    (noise,) = [x for x in gated.layers if isinstance(x, GateNoise)]
    assert noise.name == "stem_gate_noise"
    once = (
        stem.penalty
        * stem.cost
        * float(
            keras.ops.sum(
                stem.open_probability(stem.location_of(stem.location))
            )
        )
    )
    rest = [
        float(x.loss_of(x.location))
        for name, x in gates.items()
        if name != "stem_gate"
    ]
    assert float(sum(gated.losses)) == pytest.approx(once + sum(rest))


@pytest.mark.parametrize("cost", ["parameters", "macs"])
def test_a_gate_costs_what_closing_it_saves(cost):
    model = randomize(residual())
    gated = tfprune.insert_gates(model, strength=0.25, cost=cost)
    before = getattr(tfprune.profile(model), cost)
    for gate in gates_of(gated).values():
        assert gate.penalty == 0.25
        places = np.array(gate.location)
        closed = places.copy()
        closed[1] = -4.0
        gate.location.assign(closed)
        saved = before - getattr(tfprune.profile(tfprune.strip(gated)), cost)
        gate.location.assign(places)
        assert gate.cost == saved


def test_costs_of_a_perceptron():
    model = models.get("lenet_300_100")()
    gates = gates_of(tfprune.insert_gates(model, strength=1e-4))
    assert gates["fc1_gate"].cost == 784 + 1 + 100
    assert gates["fc2_gate"].cost == 300 + 1 + 10
    gates = gates_of(tfprune.insert_gates(model, strength=1e-4, cost=None))
    assert gates["fc1_gate"].cost == 1


def test_a_shared_gate_is_drawn_once():
    gated = tfprune.insert_gates(residual(), strength=1e-4)
    stem = gated.get_layer("stem_gate")
    stem.location.assign(np.zeros(6))
    # In front of each inner convolution lies a rectified normalization.
    drawn = [
        step.node.outputs[0]
        for step in tfprune.trace(gated).steps
        if step.operation is stem
    ]
    probe = keras.Model(gated.inputs, drawn)
    x = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype("float32")
    for _ in range(3):
        # What is normalized lets each channel through somewhere.
        closed = [
            (np.asarray(y) == 0).all(axis=(0, 1, 2))
            for y in probe([x], training=True)
        ]
        assert all((one == closed[0]).all() for one in closed)


def test_weights_decay_as_far_as_their_gate_is_open():
    model = models.get("lenet_5")()
    gated = tfprune.insert_gates(model, strength=0.0, weight_decay=0.01)
    expected = 0.0
    for gate, reader, repeats, axis in (
        ("conv1_gate", "conv2", 1, (0, 1, 3)),
        ("conv2_gate", "fc1", 16, 1),
        ("fc1_gate", "predictions", 1, 1),
    ):
        layer = gated.get_layer(gate)
        places = np.linspace(-3, 3, layer.location.shape[0], dtype="float32")
        layer.location.assign(places)
        shares = np.tile(layer.open_probability(places), repeats)
        kernel = np.array(gated.get_layer(reader).kernel)
        expected += 0.005 * (shares * np.square(kernel).sum(axis)).sum()
    assert float(sum(gated.losses)) == pytest.approx(expected, rel=1e-4)
    assert not tfprune.strip(gated).losses


def test_layers_can_differ_in_strength_and_in_their_gates():
    model = models.get("lenet_5")()
    gated = tfprune.insert_gates(
        model,
        strength={"conv1": 1e-3, "fc1": 1e-5},
        gate={"fc1": HardConcrete(drop_rate=0.4, learning_rate_multiplier=10)},
    )
    gates = gates_of(gated)
    assert set(gates) == {"conv1_gate", "fc1_gate"}
    assert gates["conv1_gate"].penalty == 1e-3
    assert gates["conv1_gate"].drop_rate == 0.05
    assert gates["fc1_gate"].penalty == 1e-5
    assert gates["fc1_gate"].drop_rate == 0.4
    assert gates["fc1_gate"].learning_rate_multiplier == 10


def test_layers_are_chosen_by_expressions():
    model = models.get("lenet_5")()
    gated = tfprune.insert_gates(model, strength=1e-3, layers="^conv")
    assert set(gates_of(gated)) == {"conv1_gate", "conv2_gate"}


def test_gates_of_one_width_are_drawn_apart():
    model = randomize(residual())
    gated = tfprune.insert_gates(
        model, strength=1e-3, gate=HardConcrete(seed=3)
    )
    gates = gates_of(gated)
    assert len({x.seed for x in gates.values()}) == len(gates)


def trained(strength: float) -> tuple[keras.Model, float]:
    """A stripped perceptron for a linear function, and its error."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(512, 8)).astype("float32")
    y = x[:, :1]
    inputs = keras.Input((8,))
    hidden = layers.Dense(16, activation="relu", name="hidden")(inputs)
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(x, y, batch_size=32, epochs=5, verbose=0)
    gate = HardConcrete(drop_rate=0.05, learning_rate_multiplier=10, seed=0)
    gated = tfprune.insert_gates(model, strength=strength, gate=gate)
    gated.compile(keras.optimizers.Adam(0.01), "mse")
    gated.fit(x, y, batch_size=32, epochs=15, verbose=0)
    small = tfprune.strip(gated, data=x)
    error = np.square(small.predict(x, verbose=0) - y).mean()
    return small, float(error / np.square(y).mean())


def test_training_removes_channels_the_more_they_cost():
    found = [trained(strength) for strength in (0.0, 3e-3, 3e-2)]
    units = [small.get_layer("hidden").units for small, _ in found]
    assert units[0] > units[1] > units[2]
    assert units[1] <= 8
    assert found[1][1] < 0.3


def test_a_gated_model_is_a_plain_file(tmp_path):
    gated = tfprune.insert_gates(randomize(residual()), strength=1e-4)
    close_some(gated)
    gated.save(tmp_path / "gated.keras")
    loaded = keras.saving.load_model(tmp_path / "gated.keras")
    assert difference(gated, loaded).absolute == 0
    assert float(sum(gated.losses)) == float(sum(loaded.losses))
    assert not gates_of(tfprune.strip(loaded))


def test_gates_compute_as_their_layer_does():
    model = models.get("lenet_300_100")()
    half = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, "relu", dtype="mixed_float16"),
            layers.Dense(2, dtype="mixed_float16"),
        ]
    )
    for network, dtype in ((model, "float32"), (half, "float16")):
        gated = tfprune.insert_gates(network, strength=1e-4)
        for gate in gates_of(gated).values():
            assert gate.compute_dtype == dtype


@pytest.mark.parametrize("build", [residual, sequential, nested])
def test_gates_that_an_estimator_trains(build, tmp_path):
    model = randomize(build())
    gated = tfprune.insert_gates(model, strength=1e-4, estimator="rebar")
    assert isinstance(gated, GatedModel)
    assert gated.name == model.name
    assert difference(model, gated).absolute == 0
    assert {type(x) for x in gates_of(gated).values()} == {Bernoulli}
    gated.compile(keras.optimizers.SGD(1e-3), "mse", jit_compile=False)
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 3))
    gated.fit(x, np.zeros((4, *gated.output_shape[1:])), verbose=0)
    close_some(gated)
    gated.save(tmp_path / "gated.keras")
    loaded = keras.saving.load_model(tmp_path / "gated.keras")
    assert difference(gated, loaded).absolute == 0
    small = tfprune.strip(loaded)
    assert not gates_of(small)
    assert not isinstance(small, GatedModel)
    assert difference(gated, small).relative < 1e-5
    assert small.count_params() < model.count_params()


def test_a_controller_steers_gates_that_an_estimator_trains():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(256, 8)).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(16, activation="relu", name="hidden"),
            layers.Dense(1),
        ]
    )
    gate = Bernoulli(drop_rate=0.05, learning_rate_multiplier=10, seed=0)
    gated = tfprune.insert_gates(
        model, strength=1.0, gate=gate, estimator="arm"
    )
    sgd = keras.optimizers.SGD(0.02)
    gated.compile(tfprune.optimizers.Proximal(sgd), "mse", jit_compile=False)
    controller = tfprune.callbacks.BudgetController(parameters=0.5, verbose=0)
    gated.fit(
        x, x[:, :1], batch_size=32, epochs=4, verbose=0, callbacks=[controller]
    )
    small = tfprune.strip(gated, data=x)
    # A unit has 10 parameters of 161, and 0.5 are 80.
    assert small.get_layer("hidden").units == 7


class OwnLoss(keras.Model):
    """A functional model with a loss of its own."""

    def compute_loss(self, *args, **kwargs):
        return 2 * super().compute_loss(*args, **kwargs)


def own_loss() -> keras.Model:
    plain = residual()
    return OwnLoss(plain.input, plain.output)


def gated() -> keras.Model:
    return tfprune.insert_gates(residual(), strength=1e-3)


def penalized() -> keras.Model:
    return tfprune.penalize_groups(residual(), strength=1e-3)


def layer_normalized() -> keras.Model:
    inputs = keras.Input((6,))
    x = layers.Dense(5, activation="relu", name="first")(inputs)
    x = layers.LayerNormalization()(x)
    return keras.Model(inputs, layers.Dense(2, name="end")(x))


@pytest.mark.parametrize(
    ("build", "arguments", "text"),
    [
        (residual, {"layers": "end"}, "'end' cannot have a gate: .*output"),
        (
            layer_normalized,
            {"layers": "first"},
            "The 5 channels of layer 'first' cannot have a gate: a statistic",
        ),
        (layer_normalized, {}, "no channels that can have a gate"),
        (residual, {"strength": -1}, "Expected strength of insert_gates"),
        (residual, {"strength": {"stm": 1.0}}, "Did you mean 'stem'"),
        (residual, {"gate": "hard_concret"}, "Did you mean 'hard_concrete'"),
        (residual, {"estimator": "arn"}, "Did you mean 'arm'"),
        (
            residual,
            {"estimator": "arm", "gate": "hard_concrete"},
            "gates that are 0 or 1. Received: gate=HardConcrete",
        ),
        (gated, {}, "have a HardConcrete on 'location' of '.*_gate' already"),
        (
            penalized,
            {},
            "have a JointGroupLasso on 'kernel' of '.*' already, and each",
        ),
        (own_loss, {"estimator": "arm"}, "trains in its own way, and so does"),
        (residual, {"weight_decay": -1}, "Expected weight_decay of insert"),
        (residual, {"cost": "mac"}, "Expected cost to be one of"),
        (residual, {"layers": "nowhere"}, "No layer's name matches 'nowhere'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(build, arguments, text):
    with pytest.raises(InvalidInputError, match=text) as caught:
        tfprune.insert_gates(build(), **{"strength": 1e-3, **arguments})
    assert "\n" not in str(caught.value)
