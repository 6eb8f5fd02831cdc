"""Random products lose channels and compute what they masked do."""

import keras
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from keras import layers, ops

from tests.testing import randomize, removal_difference

SIZES = {"t": 3, "c": 6, "s": 4, "d": 5, "h": 2, "e": 7}
SEVERAL = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def some(draw, labels, least=0):
    """Some of the labels, in any order."""
    return "".join(
        draw(st.lists(st.sampled_from(labels), unique=True, min_size=least))
        if labels
        else ()
    )


def producer(labels, activation, x, name):
    """A tensor with these labels; its channels lie along the first."""
    channels, *places = labels
    for label in places:
        x = ops.expand_dims(layers.Dense(SIZES[label])(x), -1)
    x = layers.Dense(SIZES[channels], activation=activation, name=name)(x)
    return ops.moveaxis(x, -1, 1)


def finished(inputs, x):
    x = layers.Flatten()(x) if len(x.shape) > 1 else x[:, None]
    return randomize(keras.Model(inputs, layers.Dense(2)(x)))


@st.composite
def dense_models(draw):
    source = some(draw, "tch", least=1)
    shared = some(draw, source, least=1)
    made = some(draw, "de")
    kernel = draw(st.permutations(shared + made))
    summed = some(draw, shared)
    kept = [x for x in source + made if x not in summed]
    target = "".join(draw(st.permutations(kept)))
    equation = f"b{source},{''.join(kernel)}->b{target}"
    bias = target[-1:] if draw(st.booleans()) and target else None
    inputs = keras.Input((3,))
    x = producer(source, "softplus", inputs, "first")
    shape = [SIZES[x] for x in target]
    layer = layers.EinsumDense(equation, shape, bias_axes=bias, name="einsum")
    return finished(inputs, layer(x))


@st.composite
def product_models(draw):
    first = some(draw, "tch", least=1)
    second = some(draw, "tcsd", least=1)
    every = "".join(dict.fromkeys(first + second))
    target = some(draw, every)
    inputs = keras.Input((3,))
    factors = [
        producer(
            labels, draw(st.sampled_from(("softplus", None))), inputs, name
        )
        for labels, name in ((first, "first"), (second, "second"))
    ]
    product = ops.einsum(f"b{first},b{second}->b{target}", *factors)
    return finished(inputs, product)


@given(model=dense_models(), seed=st.integers(0, 9))
@SEVERAL
def test_dense_layers_of_any_equation(model, seed):
    assert removal_difference(model, seed).relative < 1e-5


@given(model=product_models(), seed=st.integers(0, 9))
@SEVERAL
def test_products_of_any_equation(model, seed):
    assert removal_difference(model, seed).relative < 1e-5
