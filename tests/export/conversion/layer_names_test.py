"""Tensors of converted Keras models carry the names of the layers."""

import keras
from keras import layers

from tfprune.export import export_tflite, read_tflite


def scopes(path):
    return {
        "/".join(part.split("/")[:-1])
        for operator in read_tflite(path).operators
        for tensor in operator.outputs
        for part in tensor.name.split(";")
    }


def test_layers_have_their_keras_names(tmp_path):
    block = keras.Sequential(
        [layers.Dense(4, name="dense_1"), layers.ReLU(name="relu")],
        name="block_2",
    )
    inputs = keras.Input((4,))
    x = layers.Dense(4, name="dense")(inputs)
    x = block(layers.ELU(name="elu_1")(x))
    x = layers.ELU(name="elu")(x)
    outputs = layers.Dense(2, name="last")(x)
    model = keras.Model(inputs, outputs, name="net")
    export_tflite(model, tmp_path / "m.tflite")
    found = scopes(tmp_path / "m.tflite")
    assert found == {
        "net/dense",
        "net/elu_1",
        "net/block_2/dense_1",
        "net/block_2/relu",
        "net/elu",
        "",
    }


def test_calls_of_a_shared_layer_differ_behind_its_name(tmp_path):
    shared = layers.Dense(4, name="shared")
    inputs = keras.Input((4,))
    x = layers.ELU(name="first")(shared(inputs))
    outputs = layers.ELU(name="second")(shared(x))
    path = tmp_path / "m.tflite"
    export_tflite(keras.Model(inputs, outputs, name="net"), path)
    names = [
        operator.outputs[0].name
        for operator in read_tflite(path).operators
        if operator.name == "FULLY_CONNECTED"
    ]
    assert len(set(names)) == 2
    parts = [part for name in names for part in name.split(";")]
    assert all(part.startswith("net/shared/") for part in parts)
