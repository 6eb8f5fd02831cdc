"""Puts gates into a model, one for each group of channels."""

from collections.abc import Collection, Iterable, Mapping

import keras
import numpy as np

from tfprune.allocation.filters import Filters
from tfprune.errors import InvalidInputError
from tfprune.gates import Decay, Gate, GatedModel, GateNoise, link
from tfprune.gates.decay import LinkedDecays, layers_of
from tfprune.gates.estimators import ESTIMATORS, Estimator
from tfprune.gates.gate import LOWEST
from tfprune.graph import Group, PruningGraph, trace
from tfprune.graph.channels import CONSTANT, Ids
from tfprune.graph.flattening import trains_in_its_own_way
from tfprune.graph.groups import once_each
from tfprune.pruners.closers import check_unclosed
from tfprune.pruners.gate_choice import GateChoice
from tfprune.surgery.changes import Changes
from tfprune.surgery.dead import dead_channels
from tfprune.surgery.dead_report import DeadChannels
from tfprune.surgery.passages import NoPassageError, PassageFinder, Passages
from tfprune.surgery.rebuild import rebuild


def insert_gates(
    model: keras.Model,
    *,
    strength: float | Mapping[str, float],
    gate: str | Gate | Mapping[str, Gate] | None = None,
    estimator: str | Estimator | None = None,
    cost: str | None = "parameters",
    layers: Filters = None,
    weight_decay: float = 0.0,
) -> keras.Model:
    """Copies a model with a gate on each group of channels.

    Trained on, the copy closes the gates of channels that are worth less than
    they cost, and `tfprune.strip` removes these channels and the gates.

    Channels that can only be removed together, as those that a residual
    connection adds up, share one gate, drawn once for all of its calls. It
    lies in front of every layer that sums over them, so that a closed gate
    removes them exactly. At the start gates by name are nearly open
    (`drop_rate=0.05`): at inference they multiply by exactly 1, and the copy
    computes what the model does.

    A gate adds `strength * cost * P(z != 0)` to the loss for each of its
    channels, where the cost is what the whole model loses with the channel:
    its own weights, those that read it, and normalization in between. The
    `lambda` of the L0 paper, for a loss that is summed over `N` training
    examples, is `strength = lambda / N` for Keras' mean.

    Args:
        model: A built model, trained or not; it is not changed. A `Sequential`
            one becomes functional.
        strength: What one parameter (or multiply-accumulate) that is kept adds
            to the loss, at least 0: a number, or one for each layer, which
            then are the layers whose channels get gates.
        gate: A name from `tfprune.gates.GATES`, a gate whose settings all get
            (its penalty, cost, axis and name apart), or such gates by layer
            where they differ. None for `"hard_concrete"`, or `"bernoulli"`
            with an estimator.
        estimator: What trains gates that are exactly 0 or 1: a name from
            `tfprune.gates.estimators.ESTIMATORS` (`"arm"`, `"concrete"`,
            `"rebar"`, `"reinforce"`, `"relax"`), or an estimator. None where
            the slope of a draw itself serves, as that of hard concrete gates.
        cost: `"parameters"`, `"macs"`, or None for a cost of 1 a channel.
        layers: Layers whose channels get gates: a regular expression, an
            iterable of them, or a function of the name; None for all that can
            have gates, which leaves out what `print(tfprune.trace(model))`
            shows as frozen.
        weight_decay: Adds `weight_decay / 2 * P(z != 0) * |w|^2` to the loss,
            at least 0, where `w` are the weights that read a channel, so that
            those of channels that are going do not shrink for nothing. The
            decay of the L0 paper, over `N`, is `weight_decay / N` here. A
            model that is loaded from a file then needs
            `tfprune.gates.link(model)` before it is trained on.

    Returns:
        A new model with the same weights, not compiled. Gates are called like
        their layer, with `_gate` behind. With an estimator it is a
        `tfprune.gates.GatedModel`. In a model that is frozen
        (`trainable=False`), or nested in it, the gates train all the same, and
        nothing else does.

    Raises:
        InvalidInputError: When an argument is out of range, a layer that was
            chosen cannot have a gate, or none can; when channels have a gate
            or a penalty already; or when an estimator is given gates that are
            not 0 or 1, or a model whose class trains in its own way.

    Example:

    ```python
    gated = tfprune.insert_gates(model, strength=0.1 / len(x_train))
    gated.compile(keras.optimizers.Adam(1e-3), loss)
    gated.fit(x_train, y_train)
    small = tfprune.strip(gated)
    ```

    Or with gates that are 0 or 1 in training, too:

    ```python
    gated = tfprune.insert_gates(model, strength=1e-6, estimator="arm")
    ```

    Reference: Louizos, Welling, Kingma, "Learning Sparse Neural Networks
    through L0 Regularization", ICLR 2018 (arXiv:1712.01312); the cost is that
    of the graph in place of the group's own weights.
    """
    graph = trace(model)
    check_open(graph)
    if estimator is not None:
        # A name that is not known is refused before the work.
        estimator = ESTIMATORS.get(estimator)
        check_plain(model)
    choice = GateChoice(
        graph,
        strength,
        gate,
        cost,
        layers,
        weight_decay,
        estimator is not None,
    )
    for group in choice.groups:
        check_unclosed(group)
    finder = PassageFinder(graph)
    refused: dict[Group, str] = {}
    passages: dict[Group, Passages] = {}
    for group in choice.groups:
        try:
            passages[group] = finder.passages(group)
        except NoPassageError as reason:
            refused[group] = str(reason)
    while True:
        choice.check(refused)
        gates: dict[Group, Gate] = {}
        for group, found in passages.items():
            if group not in refused:
                gates[group] = choice.gate(group, found.axis, gates.values())
        if not gates:
            raise InvalidInputError(
                f"Model '{model.name}' has no channels that can have a gate. "
                "See print(tfprune.trace(model)) for what is frozen and why."
            )
        places = by_place({gates[group]: passages[group] for group in gates})
        sources = {
            id(one): noise_of(one, group.width)
            for group, one in gates.items()
            if passages[group].num_tensors > 1
        }
        gated = rebuild(graph, Changes(inserted=places, sources=sources))
        dead = with_first_closed(gated, gates.values())
        idle = [x for x in gates.values() if removes_nothing(x, dead)]
        if not idle:
            let_train(gated, gates.values())
            if choice.weight_decay:
                for one in gates.values():
                    decays = decays_of(one, dead.graph, choice.weight_decay)
                    one.linked_decays = LinkedDecays(decays)
                link(gated)
            return gated if estimator is None else estimated(gated, estimator)
        for group, one in gates.items():
            if one in idle:
                refused[group] = "something reads them beside the gate"


def check_open(graph: PruningGraph) -> None:
    """Refuses a model with calls that nothing can be put before."""
    for reason in graph.kept.values():
        raise InvalidInputError(
            f"Model '{graph.model.name}' has layers whose call cannot be taken "
            f"apart ({reason}). Put gates into their call, or pass a "
            "functional model."
        )


def check_plain(model: keras.Model) -> None:
    """Refuses a model whose class has a train step of its own."""
    if trains_in_its_own_way(model):
        raise InvalidInputError(
            f"Model '{model.name}' is a {type(model).__name__}, which trains "
            "in its own way, and so does an estimator of gates. Leave "
            "estimator out, or pass keras.Model(model.input, model.output)."
        )


def estimated(model: keras.Model, estimator: Estimator) -> GatedModel:
    """A model of the same layers that trains its gates with an estimator."""
    stacked = isinstance(model, keras.Sequential)
    made = GatedModel(
        model.inputs[0] if stacked else model.input,
        model.outputs[0] if stacked else model.output,
        name=model.name,
        estimator=estimator,
    )
    if not model.trainable:
        made.trainable = False
    return made


def let_train(model: keras.Model, gates: Collection[Gate]) -> None:
    """Lets gates train in models that are frozen, and nothing else there."""
    inside = [x for x in layers_of(model) if x in gates]
    if inside and not model.trainable:
        model.trainable = True
        for layer in model.layers:
            layer.trainable = layer in inside
    for layer in model.layers:
        if hasattr(layer, "layers"):
            let_train(layer, gates)


def by_place(
    inserted: Mapping[Gate, Passages],
) -> dict[int, dict[int, Gate]]:
    """The gates by the node that they lie before, and by the tensor."""
    found: dict[int, dict[int, Gate]] = {}
    for gate, passages in inserted.items():
        for node, index in passages.places:
            found.setdefault(node, {})[index] = gate
    return found


def noise_of(gate: Gate, channels: int) -> GateNoise:
    """What the calls of a gate on several tensors are drawn from."""
    return GateNoise(
        channels,
        per_example=gate.per_example,
        seed=gate.seed,
        name=f"{gate.name}_noise",
    )


def with_first_closed(
    model: keras.Model, gates: Iterable[Gate]
) -> DeadChannels:
    """What would be dead if the first channel of each gate was closed."""
    before = {
        gate: np.array(keras.ops.convert_to_numpy(gate.location))
        for gate in gates
    }
    for gate, places in before.items():
        closed = places.copy()
        closed[0] = LOWEST / gate.learning_rate_multiplier
        gate.location.assign(closed)
    dead = dead_channels(model)
    for gate, places in before.items():
        gate.location.assign(places)
    return dead


def ids_of(gate: Gate, graph: PruningGraph) -> Ids:
    """The ids of a gate's channels."""
    return next(
        step.binding.scaling.ids
        for step in graph.steps
        if step.operation is gate and step.binding.scaling is not None
    )


def removes_nothing(gate: Gate, dead: DeadChannels) -> bool:
    """Whether the first channel of a gate stays although it is closed."""
    keep = dead.keep.by_id(dead.graph)
    return bool(keep[ids_of(gate, dead.graph)[0]])


def decays_of(gate: Gate, graph: PruningGraph, strength: float) -> list[Decay]:
    """The weights that read a gate's channels, to decay with it."""
    channels = graph.labels[ids_of(gate, graph)].tolist()
    places = {label: place for place, label in enumerate(channels)}
    found = []
    for axis in once_each(graph.axes):
        labels = [graph.labels[x] if x != CONSTANT else -1 for x in axis.ids]
        read = [places.get(int(x), -1) for x in labels]
        if axis.role == "in" and max(read) >= 0:
            same = read == list(range(len(channels)))
            found.append(
                Decay(
                    layer=axis.layer,
                    weight=axis.weight,
                    axis=axis.axis,
                    strength=strength,
                    channels=None if same else read,
                )
            )
    return found
