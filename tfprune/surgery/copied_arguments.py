"""What the layers of a copy are called with."""

from typing import Any

import keras
from keras import tree

from tfprune.graph.keras_graph import Arguments, Call, Keywords, is_symbolic
from tfprune.graph.operand import is_array
from tfprune.graph.scope import Scope
from tfprune.surgery.changes import Changes
from tfprune.surgery.layer_names import LayerNames
from tfprune.surgery.stand_ins import made_symbolic
from tfprune.surgery.weight_table import WeightTable


class CopiedArguments:
    """Arguments of calls with sizes, arrays and weights of the copy.

    Args:
        changes: What the copy has other than the original.
        names: The names of its layers; weights that composite layers own
            become layers.
    """

    def __init__(self, changes: Changes, names: LayerNames) -> None:
        self._changes = changes
        self._names = names
        self._tables: list[WeightTable] = []

    def of(
        self,
        call: Call,
        args: Arguments,
        kwargs: Keywords,
        scope: Scope,
        anchor: Any,
    ) -> tuple[Arguments, Keywords]:
        """The arguments of the copy's call.

        Args:
            call: The call that is copied.
            args: Its arguments, tensors of the copy in place of its own.
            kwargs: Those with names.
            scope: The composite layer whose call it is.
            anchor: An input of the model.
        """

        def replaced(leaf: Any) -> Any:
            if isinstance(leaf, keras.Variable):
                return self._table(leaf, scope, anchor)
            return self._changes.weights.get(id(leaf), leaf)

        new = self._changes.arguments.get(id(call.node), {})
        args = tuple(new.get(index, x) for index, x in enumerate(args))
        kwargs = {name: new.get(name, x) for name, x in kwargs.items()}
        leaves = tree.flatten((args, kwargs))
        if any(is_array(x) for x in leaves):
            args, kwargs = tree.map_structure(replaced, (args, kwargs))
            leaves = tree.flatten((args, kwargs))
            if not any(is_symbolic(x) for x in leaves):
                args, kwargs = tree.map_structure(
                    lambda x: made_symbolic(x, anchor), (args, kwargs)
                )
        return args, kwargs

    def fill(self) -> None:
        """Gives the layers that stand for weights their values."""
        for table in self._tables:
            table.fill()

    def _table(self, variable: Any, scope: Scope, anchor: Any) -> Any:
        """The value of a composite layer's own weight, as a tensor."""
        for table in self._tables:
            if table.variable is variable and table.anchor is anchor:
                return table.value
        name = scope.names.get(id(variable), variable.name)
        table = WeightTable(
            variable=variable,
            array=self._changes.weights.get(id(variable)),
            anchor=anchor,
            name=self._names.unique(f"{scope.path}/{name}"),
        )
        self._tables.append(table)
        return table.value
