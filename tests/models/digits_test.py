"""The bundled digits."""

import numpy as np

from tfprune.models import data


def test_shapes_types_and_range():
    digits = data.load()
    assert digits.name == "digits"
    assert digits.input_shape == (8, 8, 1)
    assert digits.num_classes == 10
    assert digits.x_train.shape == (1797 - 360, 8, 8, 1)
    assert digits.x_test.shape == (360, 8, 8, 1)
    assert digits.x_train.dtype == digits.x_test.dtype == np.float32
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64
    assert digits.x_train.min() == 0.0
    assert digits.x_train.max() == 1.0


def test_the_split_is_the_same_every_time():
    assert data.load("digits") == data.load("digits")


def test_the_split_is_stratified():
    digits = data.load("digits")
    train = np.bincount(digits.y_train) / len(digits.y_train)
    test = np.bincount(digits.y_test) / len(digits.y_test)
    np.testing.assert_allclose(train, test, atol=2e-3)


def test_no_image_is_in_both_splits():
    digits = data.load("digits")
    train = {image.tobytes() for image in digits.x_train}
    assert not train & {image.tobytes() for image in digits.x_test}


def test_the_repr_is_one_line_of_sizes():
    assert repr(data.load("digits")) == (
        "Dataset('digits', train=1437, test=360, input_shape=(8, 8, 1), "
        "num_classes=10)"
    )
