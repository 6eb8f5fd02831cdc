"""Parameter counts of the reference networks, as arithmetic."""

from tfprune import models


def dense(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def conv_norm(side: int, inputs: int, outputs: int) -> int:
    return side * side * inputs * outputs + 4 * outputs


def residual(inputs: int, outputs: int) -> int:
    shortcut = conv_norm(1, inputs, outputs) if inputs != outputs else 0
    return (
        conv_norm(3, inputs, outputs)
        + conv_norm(3, outputs, outputs)
        + shortcut
    )


def inverted(inputs: int, expansion: int, outputs: int) -> int:
    wide = inputs * expansion
    expand = conv_norm(1, inputs, wide) if expansion > 1 else 0
    return expand + 9 * wide + 4 * wide + conv_norm(1, wide, outputs)


def test_lenet_300_100():
    expected = dense(784, 300) + dense(300, 100) + dense(100, 10)
    assert models.lenet_300_100().count_params() == expected == 266_610


def test_lenet_300_100_with_other_units():
    expected = dense(784, 500) + dense(500, 300) + dense(300, 10)
    assert models.lenet_300_100(units=(500, 300)).count_params() == expected


def test_lenet_5():
    expected = (
        (5 * 5 * 1 * 20 + 20)
        + (5 * 5 * 20 * 50 + 50)
        + dense(4 * 4 * 50, 500)
        + dense(500, 10)
    )
    assert models.lenet_5().count_params() == expected == 431_080
    assert models.lenet_5(relu=True).count_params() == expected


def test_lenet_5_has_one_relu_as_in_caffe_or_three():
    def relus(model):
        return [
            layer.name
            for layer in model.layers
            if getattr(layer, "activation", None) is not None
            and layer.activation.__name__ == "relu"
        ]

    assert relus(models.lenet_5()) == ["fc1"]
    assert relus(models.lenet_5(relu=True)) == ["conv1", "conv2", "fc1"]


def test_vgg():
    expected = (
        (conv_norm(3, 3, 32) + conv_norm(3, 32, 32))
        + (conv_norm(3, 32, 64) + conv_norm(3, 64, 64))
        + (conv_norm(3, 64, 128) + conv_norm(3, 128, 128))
        + dense(128, 10)
    )
    assert models.vgg().count_params() == expected


def test_resnet_20():
    expected = (
        conv_norm(3, 3, 16)
        + 3 * residual(16, 16)
        + (residual(16, 32) + 2 * residual(32, 32))
        + (residual(32, 64) + 2 * residual(64, 64))
        + dense(64, 10)
    )
    assert models.resnet_20().count_params() == expected


def test_resnet_20_at_half_the_width():
    expected = (
        conv_norm(3, 1, 8)
        + 3 * residual(8, 8)
        + (residual(8, 16) + 2 * residual(16, 16))
        + (residual(16, 32) + 2 * residual(32, 32))
        + dense(32, 10)
    )
    model = models.resnet_20(input_shape=(28, 28, 1), width_multiplier=0.5)
    assert model.count_params() == expected


def test_residual_cnn():
    expected = (
        conv_norm(3, 1, 16)
        + residual(16, 16)
        + residual(16, 32)
        + residual(32, 64)
        + dense(64, 10)
    )
    assert models.residual_cnn().count_params() == expected


def test_mobilenet_v2():
    expected = (
        conv_norm(3, 3, 16)
        + inverted(16, 1, 16)
        + (inverted(16, 6, 24) + inverted(24, 6, 24))
        + (inverted(24, 6, 32) + inverted(32, 6, 32))
        + (inverted(32, 6, 64) + inverted(64, 6, 64))
        + conv_norm(1, 64, 256)
        + dense(256, 10)
    )
    assert models.mobilenet_v2().count_params() == expected
