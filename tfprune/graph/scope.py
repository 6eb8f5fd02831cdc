"""Where in a model a trace is: whose calls these are, and their names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import keras

STORES = ("_layers", "_trainable_variables", "_non_trainable_variables")
"""Where Keras keeps all parts of a layer, whatever attribute holds them."""


@dataclass(frozen=True)
class Scope:
    """The model or composite layer whose calls are being traced.

    Attributes:
        path: Its path, empty for the model itself.
        names: For its parts, by `id`, their names within it.
        kept: Whether it stays an object of the user's class, whose `call` has
            its numbers written down.
        recorded: Whether these are the calls inside of a `call`.
        anew: Whether the layers here are made by a layer of the user's, so
            that Keras counts their names anew each time.
        times: How often these calls run for one example.
    """

    path: str = ""
    names: Mapping[int, str] = field(
        default_factory=lambda: MappingProxyType({})
    )
    kept: bool = False
    recorded: bool = False
    anew: bool = False
    times: int = 1

    def path_of(self, operation: Any) -> str:
        """The path of a layer or operation that is called here."""
        name = self.names.get(id(operation))
        if name is None:
            # Keras numbers operations anew in each recording.
            fresh = self.recorded and not isinstance(
                operation, keras.layers.Layer
            )
            name = snake_case(operation) if fresh else operation.name
        return "/".join(part for part in (self.path, name) if part)

    def inside(self, operation: Any, path: str, kept: bool) -> "Scope":
        """The scope of a composite layer's own calls."""
        return Scope(
            path,
            names_within(operation),
            self.kept or kept,
            recorded=True,
            anew=True,
            times=self.times,
        )

    def nested(self, model: keras.Model, path: str) -> "Scope":
        """The scope of the calls of a model within."""
        names = names_in_graph(model) if self.anew else {}
        return Scope(path, names, self.kept, anew=self.anew, times=self.times)

    def repeated(self, times: int) -> "Scope":
        """The same for calls that run several times for one example.

        What runs them is an object whose parts are all made anew, even in a
        layer that stays an object of the user's class.
        """
        return replace(self, kept=False, times=times * self.times)


def names_within(layer: Any) -> dict[int, str]:
    """Names of a layer's parts that do not change when it is made anew.

    A name that the user gave is kept; in place of one that Keras counted up
    (`dense_3`) stands the attribute that holds the layer.

    Args:
        layer: A composite layer.

    Returns:
        Names, by the `id` of each sub-layer and variable.
    """
    names: dict[int, str] = {}
    for attribute, part in parts_of(layer):
        if id(part) in names:
            continue
        own = part.name
        given = isinstance(part, keras.layers.Layer) and not is_counted(part)
        taken = own in names.values()
        name = own if given and not taken else attribute.lstrip("_")
        names[id(part)] = name
        if isinstance(part, keras.layers.Layer):
            for inner, rest in names_within(part).items():
                names.setdefault(inner, f"{name}/{rest}")
    return names


def names_in_graph(model: keras.Model) -> dict[int, str]:
    """Names of a model's layers, counted from the model's first."""
    names: dict[int, str] = {}
    for layer in model.layers:
        name = snake_case(layer) if is_counted(layer) else layer.name
        number = sum(x.split(".")[0] == name for x in names.values())
        names[id(layer)] = f"{name}.{number}" if number else name
    return names


def parts_of(layer: Any) -> Iterator[tuple[str, Any]]:
    """Attributes of a layer that hold layers or variables, lists followed."""
    public = {k: v for k, v in vars(layer).items() if not k.startswith("_")}
    hidden = {k: v for k, v in vars(layer).items() if k.startswith("_")}
    for store in STORES:
        hidden.pop(store, None)
    for name, value in (public | hidden).items():
        yield from _parts(name, value)


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, keras.layers.Layer | keras.Variable):
        yield name, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _parts(f"{name}_{index}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _parts(f"{name}_{key}", item)


def is_counted(layer: Any) -> bool:
    """Whether Keras made up a layer's name from its class."""
    return re.fullmatch(rf"{snake_case(layer)}(_\d+)?", layer.name) is not None


def snake_case(operation: Any) -> str:
    """The name that Keras makes up for an object, from its class."""
    words = type(operation).__name__.lstrip("_")
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
