"""Steps that use weights of the layer itself, or those of a part."""

from keras import layers, ops

from tests.graph.random_networks.steps.registry import step


def of_channels(plan):
    return [plan.weight("scale", (plan.channels,))]


def of_places(plan):
    return [plan.weight("positions", plan.shape)]


def matrix(plan):
    width = plan.width()
    weight = plan.weight("kernel", (plan.channels, width))
    plan.shape = (*plan.places, width)
    return [weight, plan.weight("bias", (width,))]


@step(of_channels)
def scaled(run, x, weight):
    return x * run.weight(weight)


@step(of_channels)
def scaled_from_the_left(run, x, weight):
    return (1.0 + run.weight(weight)) * x


@step(of_channels)
def offset(run, x, weight):
    return x + ops.tanh(run.weight(weight)) * 0.2


@step(of_places)
def positions_added(run, x, weight):
    return x + 0.3 * run.weight(weight)


@step(of_places, rank=2)
def positions_sliced(run, x, weight):
    return x + run.weight(weight)[: x.shape[1]]


@step(matrix)
def multiplied(run, x, kernel, bias):
    return ops.matmul(x, run.weight(kernel)) + 0.2 * run.weight(bias)


@step(matrix, rank=2)
def einsum(run, x, kernel, bias):
    x = ops.einsum("btc,cd->btd", x, run.weight(kernel))
    return ops.tanh(x + 0.2 * run.weight(bias))


def two_weights(plan):
    return [plan.weight("scale", (plan.channels,)) for _ in range(2)]


@step(two_weights)
def combined_weights(run, x, first, second):
    return x * (run.weight(first) + ops.exp(run.weight(second)))


def token_of(plan):
    if plan.in_branch:
        return None
    channels = plan.channels
    plan.shape = (plan.length + 1, channels)
    named = plan.choices.boolean()
    return [plan.weight("token", (1, 1, channels)), named]


@step(token_of, rank=2)
def with_token(run, x, weight, named):
    token = run.weight(weight)
    if named:
        token = ops.broadcast_to(token, (ops.shape(x)[0], 1, x.shape[-1]))
    else:
        token = ops.zeros_like(x[:, :1]) + token
    return ops.concatenate([token, x], axis=1)


def dense_there(plan):
    dense = layers.Dense(plan.width(), use_bias=False, name=plan.name())
    return [plan.part(dense), plan.weight("bias", (plan.channels,))]


@step(dense_there)
def there_and_back(run, x, dense, bias):
    """The way back reads the kernel of a part."""
    y = ops.relu(run.part(dense)(x))
    kernel = ops.transpose(run.part(dense).kernel)
    return ops.matmul(y, kernel) + 0.2 * run.weight(bias)


def looked_up(plan):
    table = layers.Embedding(plan.length, plan.channels, name=plan.name())
    return [plan.part(table), plan.length]


@step(looked_up, rank=2)
def positions_looked_up(run, x, table, length):
    return x + run.part(table)(ops.arange(length))


@step(looked_up, rank=2)
def positions_looked_up_with_batch(run, x, table, length):
    places = ops.expand_dims(ops.arange(0, x.shape[1], 1), 0)
    return x + run.part(table)(places)
