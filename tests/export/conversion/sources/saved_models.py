"""SavedModels of many origins, made in a few milliseconds each."""

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

WEIGHTS = np.random.default_rng(5).normal(size=(4, 3)).astype("float32")
BIAS = np.array([0.5, -1.0, 2.0], "float32")


def spec(*shape, dtype=tf.float32, name):
    return tf.TensorSpec(shape, dtype, name=name)


class Module(tf.Module):
    """Signatures with several ends, without a batch, and with open sizes."""

    def __init__(self):
        super().__init__()
        self.weights = tf.Variable(WEIGHTS)
        self.bias = tf.Variable(BIAS)
        self.calls = tf.Variable(0.0)

    @tf.function(
        input_signature=[spec(None, 4, name="b"), spec(None, 3, name="a")]
    )
    def two_ends(self, b, a):
        sums = b @ self.weights + self.bias
        return {"z": sums * a, "y": tf.nn.relu(b)}

    @tf.function(
        input_signature=[
            spec(name="rate"),
            spec(3, name="vector"),
            spec(None, 3, name="rows"),
        ]
    )
    def no_batch(self, rate, vector, rows):
        return {"rows": rows * vector * rate, "vector": vector + rate}

    @tf.function(input_signature=[spec(None, None, 4, name="words")])
    def open_size(self, words):
        return {"means": tf.reduce_mean(words @ self.weights, axis=1)}

    @tf.function(input_signature=[spec(name="unused"), spec(1, 4, name="used")])
    def unused_input(self, unused, used):
        return {"out": used @ self.weights}

    @tf.function(input_signature=[spec(None, 4, name="x")])
    def writes_back(self, x):
        # As pruning wrappers do: the same value, again and again.
        self.bias.assign(self.bias * 1.0)
        return {"out": x @ self.weights + self.bias}

    @tf.function(input_signature=[spec(None, 4, name="x")])
    def remembers(self, x):
        self.calls.assign_add(1.0)
        return {"out": x @ self.weights + self.calls}

    @tf.function(input_signature=[spec(None, 4, name="x")])
    def not_in_lite(self, x):
        return {"out": tf.math.erfinv(tf.math.tanh(x))}

    @tf.function(input_signature=[spec(None, 2, 2, name="x")])
    def flex(self, x):
        return {"out": tf.linalg.inv(x)}

    @tf.function(input_signature=[spec(None, dtype=tf.string, name="text")])
    def text(self, text):
        return {"out": tf.strings.length(text)}


def save_module(path):
    """A plain module with one signature for each of its functions."""
    module = Module()
    names = [
        "two_ends",
        "no_batch",
        "open_size",
        "unused_input",
        "writes_back",
        "remembers",
        "not_in_lite",
        "flex",
        "text",
    ]
    tf.saved_model.save(
        module, path, {name: getattr(module, name) for name in names}
    )


def save_without_signature(path):
    tf.saved_model.save(Module(), path)


def save_with_slots(path):
    """A model that carries the slots of an optimizer that is not installed."""
    module = Module()
    module.optimizer = tf.Module()
    module.momentum = tf.Variable(np.zeros_like(WEIGHTS))
    tf.saved_model.save(module, path, {"serving_default": module.two_ends})
    file = path / "saved_model.pb"
    content = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    nodes = content.meta_graphs[0].object_graph_def.nodes
    children = {x.local_name: x.node_id for x in nodes[0].children}
    nodes[children["optimizer"]].slot_variables.add(
        original_variable_node_id=children["weights"],
        slot_name="momentum",
        slot_variable_node_id=children["momentum"],
    )
    file.write_bytes(content.SerializeToString())


def save_tf1(path, *, with_table=False):
    """A SavedModel as TensorFlow 1 wrote them."""
    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        inputs = v1.placeholder(tf.float32, (None, 4), name="x")
        outputs = inputs @ v1.get_variable("w", initializer=WEIGHTS)
        if with_table:
            keys = tf.constant([0, 1], tf.int64)
            values = tf.constant([3.0, 5.0])
            table = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(keys, values), -1.0
            )
            outputs += table.lookup(tf.argmax(inputs, axis=1))[:, None]
        session.run([v1.global_variables_initializer()])
        session.run([v1.tables_initializer()])
        v1.saved_model.simple_save(
            session,
            str(path),
            {"x": inputs},
            {"y": outputs},
            legacy_init_op=v1.tables_initializer() if with_table else None,
        )
