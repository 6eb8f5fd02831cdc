"""What a flattened model calls in place of what a user's `call` did."""

import keras
import numpy as np
import pytest
from keras import layers

from tfprune.surgery.stand_ins import spread_over_batch


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("shape", [(1, 1, 2), (1, 2, 1), (1, 3, 2), (2,)])
def test_a_value_is_spread_over_as_many_examples_as_there_are(shape, batch):
    inputs = keras.Input((4, 2))
    value = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    rank = max(len(shape), 2)
    tensor = keras.ops.convert_to_tensor(value)
    spread = spread_over_batch(tensor, layers.Identity()(inputs), rank)
    found = keras.Model(inputs, spread)(np.ones((batch, 4, 2), "float32"))
    expected = np.broadcast_to(value, (batch, *shape[-(rank - 1) :]))
    np.testing.assert_array_equal(found, expected)
