"""Composite layers are taken apart, or kept for a reason that is told."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import random_keep_mask, randomize
from tfprune.errors import InvalidInputError
from tfprune.surgery import difference
from tfprune.surgery.rebuild import rebuild

SIZE = 6


class Attention(layers.Layer):
    """Named parts, an optional mask and an optional cache."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.query = layers.Dense(SIZE)
        self.value = layers.Dense(SIZE)

    def build(self, shape):
        self.query.build(shape)
        self.value.build(shape)
        self.temperature = self.add_weight(shape=(SIZE,), name="temperature")

    def call(self, x, mask=None, cache=None):
        scores = ops.sigmoid(self.query(x)) * self.temperature
        if mask is not None:
            scores = scores * ops.cast(mask, scores.dtype)[..., None]
        return scores * self.value(x if cache is None else cache)


class Encoder(layers.Layer):
    """Holds a composite layer, a list, a dict and a model."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = Attention()
        self.stack = [layers.Dense(SIZE, activation="relu"), layers.Dense(SIZE)]
        self.named = {"gate": layers.Dense(SIZE, activation="sigmoid")}
        self.inner = keras.Sequential([layers.Dense(5), layers.Dense(SIZE)])

    def build(self, shape):
        for layer in (self.attention, *self.stack, self.inner):
            layer.build(shape)
        self.named["gate"].build(shape)

    def call(self, x):
        y = self.attention(x)
        for layer in self.stack:
            y = layer(y)
        return self.inner(x + y * self.named["gate"](x))


class Heads(layers.Layer):
    """Takes a dict and returns a tuple."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.left, self.right = layers.Dense(5), layers.Dense(4)

    def build(self, shapes):
        self.left.build(shapes["a"])
        self.right.build(shapes["b"])

    def call(self, inputs):
        return self.left(inputs["a"]), self.right(inputs["b"])


class Trained(layers.Layer):
    """Computes something else when it trains."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second = layers.Dense(SIZE), layers.Dense(SIZE)

    def build(self, shape):
        self.first.build(shape)
        self.second.build((*shape[:-1], SIZE))

    def call(self, x, training=False):
        x = self.first(x)
        return self.second(ops.relu(x)) if training else self.second(x)


class BatchSized(layers.Layer):
    """Computes with the batch size."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(SIZE)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        return self.dense(x) / ops.cast(ops.shape(x)[0], x.dtype)


class Alone(BatchSized):
    """Computes something else for one example."""

    def call(self, x):
        x = self.dense(x)
        return x if x.shape[0] == 1 else ops.relu(x)


class NotAlone(BatchSized):
    """Fails for one example."""

    def call(self, x):
        mean = ops.squeeze(ops.mean(x, axis=1, keepdims=True))
        return x + self.dense(mean)[:, None]

    def compute_output_shape(self, shape):
        return shape


class Weighted(layers.Layer):
    """Hands the product with an array, which Keras takes for sparse, on."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = Normalized()

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        x = x * np.linspace(0.5, 1.5, SIZE).astype("float32")
        return self.inner(x) * 0.5


class Normalized(layers.Layer):
    """Has no word for the shape of what it returns."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(SIZE,), name="scale")

    def call(self, x):
        mean = ops.mean(ops.square(x), axis=1, keepdims=True)
        return self.scale * x * ops.rsqrt(mean + 1e-3)


class Tied(layers.Layer):
    """Reads the weights of parts before it calls them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(8, use_bias=False)
        self.norm = layers.LayerNormalization()
        self.attention = layers.MultiHeadAttention(2, 3)

    def build(self, shape):
        self.dense.build(shape)
        self.norm.build(shape)
        self.attention.build(shape, shape)

    def call(self, x):
        back, scale = ops.transpose(self.dense.kernel), self.norm.gamma
        x = self.attention(self.norm(x), x * scale)
        return ops.matmul(ops.relu(self.dense(x)), back)


class Told(layers.Layer):
    """Says what it returns, so that Keras does not run its `call`."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.last = layers.Dense(8, "relu"), layers.Dense(7)

    def build(self, shape):
        self.first.build(shape)
        self.last.build((*shape[:-1], 8))

    def call(self, x):
        return self.last(self.first(x))

    def compute_output_shape(self, shape):
        return (*shape[:-1], 7)


class Counted(Normalized):
    """Computes with the batch size."""

    def call(self, x):
        return super().call(x) / ops.cast(ops.shape(x)[0], x.dtype)


class Frozen(layers.Layer):
    """Normalizes with the moving statistics even while it trains."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense, self.norm = layers.Dense(SIZE), layers.BatchNormalization()

    def build(self, shape):
        self.dense.build(shape)
        self.norm.build(shape)

    def call(self, x):
        return self.norm(self.dense(x), training=False)


class Dropped(layers.Layer):
    """Drops units while it trains."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense, self.dropout = layers.Dense(SIZE), layers.Dropout(0.5)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x, training=False):
        return self.dropout(self.dense(x), training=training)


def network(*blocks):
    inputs = keras.Input((4, SIZE), name="input")
    x = layers.Dense(SIZE, name="before")(inputs)
    for block in blocks:
        x = block(x)
    x = layers.GlobalAveragePooling1D()(x)
    return randomize(keras.Model(inputs, layers.Dense(3)(x)))


def exact(model, flatten=None):
    graph = tfprune.trace(model, flatten=flatten)
    assert any(group.prunable for group in graph.groups())
    assert difference(model, rebuild(graph)).relative < 1e-6
    for seed in range(2):
        keep = random_keep_mask(graph, seed)
        masked = tfprune.mask_channels(model, keep, flatten=flatten)
        small = tfprune.remove_channels(model, keep, flatten=flatten)
        assert difference(masked, small).relative < 1e-5


def test_paths_follow_the_attributes():
    graph = tfprune.trace(network(Encoder(name="encoder_0")))
    assert graph.group_of("encoder_0/attention/query")
    names = {x.name for x in rebuild(graph).layers}
    assert {
        "encoder_0.attention.query",
        "encoder_0.attention.temperature",
        "encoder_0.named_gate",
        "encoder_0.stack_0",
    } <= names


@pytest.mark.parametrize("flatten", [None, False])
def test_parts_in_lists_dicts_and_models(flatten):
    keras.backend.clear_session()
    exact(network(Encoder(name="one"), Encoder(name="two")), flatten)


@pytest.mark.parametrize("flatten", [None, False])
def test_a_shared_composite_layer_is_resized_once(flatten):
    block = Encoder(name="block")
    model = network(block, layers.Dense(SIZE, name="between"), block)
    exact(model, flatten)
    (group,) = tfprune.trace(model).group_of("before")
    assert "between" in group.producers


@pytest.mark.parametrize("flatten", [None, False])
def test_equal_names_do_not_meet(flatten):
    exact(network(Encoder(name="same"), Wrapping(name="outer")), flatten)


class Wrapping(layers.Layer):
    """Holds a layer that is called like one outside."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.block = Encoder(name="same")

    def build(self, shape):
        self.block.build(shape)

    def call(self, x):
        return self.block(x)


@pytest.mark.parametrize("flatten", [None, False])
def test_a_dict_goes_in_and_a_tuple_comes_out(flatten):
    inputs = keras.Input((SIZE,))
    a, b = (layers.Dense(7, name=name)(inputs) for name in "ab")
    left, right = Heads(name="heads")({"a": a, "b": b})
    x = layers.Concatenate()([left, right])
    exact(randomize(keras.Model(inputs, layers.Dense(3)(x))), flatten)


@pytest.mark.parametrize("flatten", [None, False])
@pytest.mark.parametrize(
    "given", [(), ("mask",), ("cache",), ("mask", "cache")]
)
@pytest.mark.filterwarnings("ignore:Layer 'attention:UserWarning")
def test_optional_arguments(given, flatten):
    inputs = keras.Input((4, SIZE))
    mask = keras.Input((4,), dtype="bool")
    x = layers.Dense(SIZE)(inputs)
    y = Attention()(
        x,
        mask=mask if "mask" in given else None,
        cache=layers.Dense(SIZE)(inputs) if "cache" in given else None,
    )
    outputs = layers.Dense(3)(y)
    exact(randomize(keras.Model([inputs, mask], outputs)), flatten)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Trained, "its call differs for another batch size or in training"),
        (BatchSized, "for another batch size"),
        (Alone, "its call differs for another batch size or in training"),
        (Frozen, "always passes training=False to 'batch_normalization"),
    ],
)
def test_what_is_not_fixed_is_kept(kind, reason):
    model = network(kind(name="block"))
    graph = tfprune.trace(model)
    (kept,) = graph.kept.values()
    assert reason in kept
    exact(model)
    small = tfprune.prune(model, sparsity=0.3)
    assert type(small.get_layer("block")) is kind
    with pytest.raises(InvalidInputError, match=r"'block' \(.*flatten=False"):
        tfprune.trace(model, flatten=True)


@pytest.mark.parametrize("flatten", [None, False])
def test_what_fails_on_one_example_alone_is_followed(flatten):
    model = network(NotAlone(name="block"))
    graph = tfprune.trace(model, flatten=flatten)
    assert not graph.unknown()
    assert bool(graph.kept) == (flatten is False)
    exact(model, flatten)


def test_kept_layers_still_train_in_their_own_way():
    model = network(Trained(name="block"))
    small = tfprune.prune(model, sparsity=0.3)
    x = np.random.default_rng(0).normal(size=(2, 4, SIZE)).astype("float32")
    kept, trained = (small(x, training=flag) for flag in (False, True))
    assert not np.allclose(kept, trained)


def test_dropout_drops_after_flattening():
    small = tfprune.prune(network(Dropped(name="block")), sparsity=0.3)
    assert not any(isinstance(x, Dropped) for x in small.layers)
    x = np.ones((2, 4, SIZE), "float32")
    np.testing.assert_array_equal(small(x), small(x, training=False))
    assert not np.allclose(small(x, training=True), small(x))


def test_own_weights_train_after_flattening():
    small = tfprune.prune(network(Attention(name="block")), sparsity=0.3)
    layer = small.get_layer("block.temperature")
    assert any(layer.weights[0] is x for x in small.trainable_variables)
    before = np.array(layer.weights[0])
    small.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 4, SIZE))
    small.fit(x, np.ones((8, 3)), verbose=0)
    assert not np.allclose(before, layer.weights[0])


@pytest.mark.parametrize("flatten", [None, False])
def test_what_is_not_trained_stays_so(flatten):
    block = Attention(name="block")
    model = network(block)
    block.trainable = False
    small = tfprune.prune(model, sparsity=0.3, flatten=flatten)
    assert len(small.trainable_variables) == len(model.trainable_variables)


@pytest.mark.parametrize("flatten", [None, False])
def test_mixed_precision_stays(flatten):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = network(Encoder(name="block"))
        graph = tfprune.trace(model, flatten=flatten)
        assert difference(model, rebuild(graph)).relative < 1e-2
        keep = random_keep_mask(graph)
        masked = tfprune.mask_channels(model, keep, flatten=flatten)
        small = tfprune.remove_channels(model, keep, flatten=flatten)
        assert difference(masked, small).relative < 1e-2
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("flatten", [None, False])
def test_lambda_layers_are_followed(flatten):
    double = layers.Lambda(lambda x: ops.relu(x) * 2, name="double")
    exact(network(double, layers.Dense(SIZE)), flatten)


@pytest.mark.parametrize("flatten", [None, False])
def test_products_with_numbers_are_no_sparse_tensors(flatten):
    # The second one stays an object, and is handed a product from outside.
    blocks = Weighted(name="one"), Counted(name="two"), layers.Dense(SIZE)
    model = network(*blocks)
    assert not tfprune.trace(model, flatten=flatten).unknown()
    exact(model, flatten)


@pytest.mark.parametrize("flatten", [None, False])
@pytest.mark.parametrize("kind", [Tied, Told])
def test_parts_are_built_before_they_are_called(kind, flatten):
    exact(network(kind(name="block"), layers.Dense(SIZE)), flatten)


def recorded_calls(parts):
    names = ("_inbound_nodes", "_outbound_nodes")
    return [[len(getattr(part, name)) for name in names] for part in parts]


def test_tracing_changes_nothing():
    model = network(Encoder(name="one"), Trained(name="two"))
    parts = model._flatten_layers()  # noqa: SLF001
    nodes = recorded_calls(parts)
    weights = [(id(x), np.array(x)) for x in model.weights]
    tfprune.prune(model, sparsity=0.3)
    tfprune.prune(model, sparsity=0.3, flatten=False)
    assert nodes == recorded_calls(parts)
    for (key, array), now in zip(weights, model.weights, strict=True):
        assert key == id(now)
        np.testing.assert_array_equal(array, now)
    attention = model.get_layer("one").attention
    assert isinstance(attention.temperature, keras.Variable)
    assert isinstance(attention.query.kernel, keras.Variable)
    assert "call" not in vars(attention.query)
