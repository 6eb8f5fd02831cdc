"""Networks around recurrent layers."""

from keras import layers, ops, tree

from tests.graph.case import STEPS, Case, producer

MOVIE = (3, 5, 5, 4)


def all_returned(layer):
    """Joins the last output and the states."""
    return lambda x: layers.Concatenate()(tree.flatten(layer(x)))


def sequences_and_states(layer):
    """Adds the states to what is returned for each step."""

    def build(x):
        outputs, *states = layer(x)
        joined = layers.Concatenate()([*states])
        return layers.Concatenate()(
            [layers.GlobalMaxPooling1D()(outputs), joined]
        )

    return build


def from_states(layer, count, width):
    """Starts from states that dense layers give."""

    def build(x):
        first = layers.GlobalAveragePooling1D()(x)
        states = [
            layers.Dense(width, activation="tanh", name=f"state_{index}")(first)
            for index in range(count)
        ]
        return layer(x, initial_state=states if count > 1 else states[0])

    return build


def encoder_and_decoder(kind):
    """The states of one layer start another."""

    def build(x):
        _, *states = kind(5, return_state=True, name="encoder")(x)
        y = producer(x, 4)
        y = kind(5, return_sequences=True, name="decoder")(
            y, initial_state=states
        )
        return layers.Dense(3, activation="tanh")(y)

    return build


def masked(layer):
    """Skips time steps of which all is zero."""

    def build(x):
        dropped = ops.where(x[:, :, :1] > 0, x, 0.0)
        x = layer(layers.Masking()(dropped))
        return layers.SimpleRNN(3)(x) if len(x.shape) > 2 else x

    return build


def with_mask(layer):
    """Passes a mask of the time steps."""

    def build(x):
        gate = layers.Dense(1, name="gate")(x)
        x = layer(x, mask=ops.greater(ops.sin(9.0 * gate[:, :, 0]), 0.0))
        return layers.SimpleRNN(3)(x)

    return build


def deep(*stack):
    """Layers one after the other, the first of them added to the input."""

    def build(x):
        x = layers.Add()([x, stack[0](x)])
        for layer in stack[1:]:
            x = layer(x)
        return x

    return build


def twice(layer):
    """One layer that reads two sequences."""
    return lambda x: layers.Concatenate()([layer(x), layer(producer(x, 6))])


CASES = [
    Case(layers.LSTM, STEPS, layers.LSTM(5)),
    Case(layers.LSTM, STEPS, layers.LSTM(5, return_sequences=True), 1),
    Case(
        layers.LSTM, STEPS, all_returned(layers.LSTM(5, return_state=True)), 2
    ),
    Case(layers.LSTM, STEPS, layers.LSTM(5, use_bias=False, unroll=True), 3),
    Case(layers.LSTM, STEPS, layers.LSTM(5, go_backwards=True), 4),
    Case(layers.LSTM, STEPS, from_states(layers.LSTM(5), 2, 5), 5),
    Case(layers.LSTM, STEPS, encoder_and_decoder(layers.LSTM), 6),
    Case(layers.LSTM, STEPS, masked(layers.LSTM(5)), 7),
    Case(
        layers.LSTM,
        STEPS,
        with_mask(layers.LSTM(5, return_sequences=True)),
        8,
    ),
    Case(
        layers.LSTM,
        STEPS,
        deep(layers.LSTM(6, return_sequences=True), layers.LSTM(4)),
        9,
    ),
    Case(
        layers.LSTM,
        STEPS,
        layers.LSTM(5, activation="softplus", recurrent_activation="relu"),
        10,
    ),
    Case(layers.LSTM, STEPS, twice(layers.LSTM(5, recurrent_dropout=0.5)), 11),
    Case(layers.GRU, STEPS, layers.GRU(5)),
    Case(layers.GRU, STEPS, layers.GRU(5, reset_after=False), 1),
    Case(layers.GRU, STEPS, layers.GRU(5, use_bias=False), 2),
    Case(
        layers.GRU,
        STEPS,
        sequences_and_states(
            layers.GRU(5, return_sequences=True, return_state=True)
        ),
        3,
    ),
    Case(layers.GRU, STEPS, from_states(layers.GRU(5), 1, 5), 4),
    Case(layers.GRU, STEPS, encoder_and_decoder(layers.GRU), 5),
    Case(layers.GRU, STEPS, masked(layers.GRU(5, go_backwards=True)), 6),
    Case(layers.SimpleRNN, STEPS, layers.SimpleRNN(5)),
    Case(
        layers.SimpleRNN,
        STEPS,
        layers.SimpleRNN(5, activation="relu", return_sequences=True),
        1,
    ),
    Case(layers.SimpleRNN, STEPS, encoder_and_decoder(layers.SimpleRNN), 2),
    Case(layers.SimpleRNN, STEPS, twice(layers.SimpleRNN(4)), 3),
    Case(layers.RNN, STEPS, layers.RNN(layers.LSTMCell(5))),
    Case(
        layers.RNN,
        STEPS,
        layers.RNN(layers.GRUCell(5), return_sequences=True),
        1,
    ),
    Case(
        layers.RNN,
        STEPS,
        layers.RNN([layers.LSTMCell(5), layers.LSTMCell(4)]),
        2,
    ),
    Case(
        layers.RNN,
        STEPS,
        all_returned(
            layers.RNN(
                [
                    layers.GRUCell(5),
                    layers.SimpleRNNCell(4),
                    layers.LSTMCell(3),
                ],
                return_state=True,
            )
        ),
        3,
    ),
    Case(
        layers.RNN,
        STEPS,
        from_states(layers.RNN(layers.LSTMCell(5)), 2, 5),
        4,
    ),
    *(
        Case(
            layers.Bidirectional,
            STEPS,
            layers.Bidirectional(
                layers.LSTM(4, return_sequences=sequences), merge_mode=mode
            ),
            index,
        )
        for index, (mode, sequences) in enumerate(
            (mode, sequences)
            for mode in ("concat", "sum", "ave", "mul")
            for sequences in (False, True)
        )
    ),
    Case(
        layers.Bidirectional,
        STEPS,
        all_returned(layers.Bidirectional(layers.GRU(4), merge_mode=None)),
        8,
    ),
    Case(
        layers.Bidirectional,
        STEPS,
        all_returned(layers.Bidirectional(layers.LSTM(4, return_state=True))),
        9,
    ),
    Case(
        layers.Bidirectional,
        STEPS,
        layers.Bidirectional(
            layers.LSTM(4), backward_layer=layers.GRU(4, go_backwards=True)
        ),
        10,
    ),
    Case(
        layers.Bidirectional,
        STEPS,
        layers.Bidirectional(
            layers.RNN([layers.GRUCell(4), layers.SimpleRNNCell(3)])
        ),
        11,
    ),
    Case(
        layers.Bidirectional,
        STEPS,
        from_states(layers.Bidirectional(layers.LSTM(4)), 4, 4),
        12,
    ),
    Case(
        layers.Bidirectional,
        STEPS,
        masked(layers.Bidirectional(layers.GRU(4, return_sequences=True))),
        13,
    ),
    Case(
        layers.Bidirectional,
        MOVIE,
        layers.Bidirectional(layers.ConvLSTM2D(4, 3)),
        14,
    ),
    Case(layers.ConvLSTM1D, (3, 6, 4), layers.ConvLSTM1D(5, 3)),
    Case(layers.ConvLSTM2D, MOVIE, layers.ConvLSTM2D(5, 3, padding="same")),
    Case(
        layers.ConvLSTM2D,
        MOVIE,
        layers.ConvLSTM2D(5, 3, strides=2, return_sequences=True),
        1,
    ),
    Case(
        layers.ConvLSTM2D,
        MOVIE,
        all_returned(layers.ConvLSTM2D(5, 2, return_state=True)),
        2,
    ),
    Case(
        layers.ConvLSTM3D,
        (2, 3, 3, 3, 4),
        layers.ConvLSTM3D(5, 2, use_bias=False),
    ),
]
