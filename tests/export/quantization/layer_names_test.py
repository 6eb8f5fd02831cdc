"""Patterns over the names that converters give to tensors."""

import pytest

from tfprune.export.quantization.layer_names import matches

PATHS = [
    ("net/conv_1/Conv2D", "net/bn_1/add"),
    ("net/head/dense/MatMul",),
    ("net/head_2/dense/MatMul",),
    ("scores",),
]


@pytest.mark.parametrize(
    "pattern, wanted",
    [
        ("*", [1, 1, 1, 1]),
        ("conv_1", [1, 0, 0, 0]),
        ("bn_1", [1, 0, 0, 0]),
        ("conv_?", [1, 0, 0, 0]),
        ("conv", [1, 0, 0, 0]),
        ("head", [0, 1, 0, 0]),
        ("head/*", [0, 1, 0, 0]),
        ("/head/dense/", [0, 1, 0, 0]),
        ("head*", [0, 1, 1, 0]),
        ("dense", [0, 1, 1, 0]),
        ("ense", [0, 0, 0, 0]),
        ("net", [1, 1, 1, 0]),
        ("scores", [0, 0, 0, 1]),
        ("n[a-e]t", [1, 1, 1, 0]),
        ("conv.1", [0, 0, 0, 0]),
    ],
)
def test_matches(pattern, wanted):
    assert matches(pattern, PATHS) == [bool(x) for x in wanted]
