"""Networks around products over any axes."""

from keras import layers

from tests.graph.case import IMAGE, STEPS, VECTOR, VOLUME, Case, another

Einsum = layers.EinsumDense


def permuted(layer):
    """The channels come before the places."""
    return lambda x: layer(layers.Permute((2, 1))(x))


def twice(layer):
    """One layer called with the channels on either axis."""

    def build(x):
        y = layers.Permute((2, 1))(another(x, 8))
        y = layers.Conv1D(6, 1)(y)
        return layers.Concatenate()([layer(x), layer(another(x, 6)), layer(y)])

    return build


def in_and_out(x):
    """To heads, and back again."""
    heads = Einsum("abc,cde->abde", (8, 3, 5), bias_axes="de")(x)
    return Einsum("abde,dec->abc", (8, 6), bias_axes="c")(heads)


def with_head_kernels(x):
    """Each position of an axis that is not contracted has its own kernel."""
    heads = Einsum("abc,cde->adbe", (3, 8, 5))(x)
    return Einsum("adbe,def->adbf", (3, 8, 4), bias_axes="df")(heads)


def dots(axes, normalize=False, count=6):
    """The dot product of a map with another of the same shape."""

    def build(x):
        y = another(x, count)
        x, y = layers.Activation("sigmoid")(x), layers.Activation("softplus")(y)
        return layers.Dot(axes, normalize=normalize)([x, y])

    return build


def dots_of_other_ranks(x):
    y = another(layers.GlobalAveragePooling1D()(x), 6)
    return layers.Dot((2, 1))([x, y])


def dots_twice(x):
    """One layer for two pairs."""
    dot = layers.Dot(2)
    y, z = another(x, 6), layers.Activation("sigmoid")(x)
    return layers.Concatenate()([dot([z, y]), dot([y, z])])


def dots_with_fixed(x):
    """The other factor has no channels along the axis that is summed."""
    y = another(layers.Permute((2, 1))(x), 5)
    return layers.Dot((2, 1))([x, y])


CASES = [
    Case(Einsum, STEPS, Einsum("abc,cd->abd", (8, 5), bias_axes="d")),
    Case(Einsum, VECTOR, Einsum("ab,bc->ac", 5), 1),
    Case(
        Einsum,
        STEPS,
        Einsum("...x,xy->...y", 5, bias_axes="y", activation="tanh"),
        2,
    ),
    Case(Einsum, STEPS, Einsum("ab...,bc->ac...", 5, bias_axes="c"), 3),
    Case(Einsum, STEPS, Einsum("abc,cde->abde", (8, 3, 5), bias_axes="de"), 4),
    Case(Einsum, STEPS, Einsum("abc,cde->abde", (8, 7, 5), bias_axes="d"), 5),
    Case(Einsum, STEPS, Einsum("abc,cde->abde", (8, 3, 5), bias_axes="e"), 6),
    Case(Einsum, STEPS, Einsum("abc,bcd->abd", (8, 5), bias_axes="bd"), 7),
    Case(Einsum, STEPS, Einsum("abc,bcd->ad", 5, bias_axes="d"), 8),
    Case(Einsum, STEPS, Einsum("abc,bd->adc", (5, 6), bias_axes="d"), 9),
    Case(Einsum, STEPS, Einsum("abc,cd->adb", (5, 8), bias_axes="db"), 10),
    Case(Einsum, STEPS, Einsum("abc,c->abc", (8, 6), bias_axes="c"), 11),
    Case(Einsum, STEPS, Einsum("abc,cd->abcd", (8, 6, 3)), 12),
    Case(Einsum, STEPS, Einsum("abc,cd->abdc", (8, 3, 6)), 13),
    Case(Einsum, IMAGE, Einsum("...cd,cde->...ce", (6, 5)), 14),
    Case(Einsum, STEPS, permuted(Einsum("abc,bd->adc", (5, 8))), 15),
    Case(Einsum, STEPS, permuted(Einsum("abc,cd->abd", (6, 5))), 16),
    Case(Einsum, STEPS, twice(Einsum("abc,cd->abd", (8, 5))), 17),
    Case(Einsum, STEPS, in_and_out, 18),
    Case(Einsum, STEPS, with_head_kernels, 19),
    Case(Einsum, VOLUME, Einsum("abcde,ef->abcdf", (4, 4, 4, 3)), 20),
    Case(Einsum, STEPS, Einsum("abc,cd->ad", 5), 21),
    Case(
        Einsum,
        STEPS,
        Einsum("abc,cd->adb", (5, 8), activation="softmax"),
        22,
    ),
    Case(layers.Dot, VECTOR, dots(1)),
    Case(layers.Dot, VECTOR, dots(-1, normalize=True), 1),
    Case(layers.Dot, STEPS, dots(2), 2),
    Case(layers.Dot, STEPS, dots(1, count=5), 3),
    Case(layers.Dot, STEPS, dots((2, 2), normalize=True), 4),
    Case(layers.Dot, IMAGE, dots(3), 5),
    Case(layers.Dot, IMAGE, dots((1, 2)), 6),
    Case(layers.Dot, STEPS, dots_of_other_ranks, 7),
    Case(layers.Dot, STEPS, dots_twice, 8),
    Case(layers.Dot, STEPS, dots_with_fixed, 9),
]
