"""Penalties by name."""

import keras
import pytest
from keras import ops

from tfprune import regularizers
from tfprune.errors import InvalidInputError
from tfprune.regularizers import GroupLasso, Penalty


def test_by_name_class_config_and_object():
    penalty = GroupLasso(0.25)
    assert {"group_lasso", "l1"} <= set(regularizers.names())
    assert regularizers.get("l1").strength == 1e-4
    assert regularizers.get(GroupLasso).structure == "filter"
    assert regularizers.get(penalty) is penalty
    assert regularizers.get(None) is None
    config = keras.regularizers.serialize(penalty)
    assert regularizers.get(config).strength == 0.25


def test_unknown_name():
    with pytest.raises(
        InvalidInputError,
        match="Unknown penalty 'group_laso'. Did you mean 'group_lasso'",
    ):
        regularizers.get("group_laso")


def test_a_penalty_has_to_be_complete():
    class Half(Penalty):
        def value(self, weights):
            return ops.sum(weights)

    with pytest.raises(TypeError, match="abstract"):
        Half()
