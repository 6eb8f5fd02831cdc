"""The graph that Keras records; the one reader of its private parts."""

from tfprune.graph.keras_graph.building import (
    build_holding,
    build_shapes,
    shell_of,
)
from tfprune.graph.keras_graph.calls import (
    Arguments,
    Call,
    Keywords,
    Visit,
    is_graph,
    is_symbolic,
    mask_of,
    recorded_calls,
    run_calls,
    run_nodes,
)
from tfprune.graph.keras_graph.history import ancestors, settle_sparsity
from tfprune.graph.keras_graph.parts import (
    own_variables,
    renamed,
    replace_layer,
    replace_variable,
)
from tfprune.graph.keras_graph.symbolic_call import (
    has_mask,
    stateless_scope,
    symbolic_call,
)

__all__ = [
    "Arguments",
    "Call",
    "Keywords",
    "Visit",
    "ancestors",
    "build_holding",
    "build_shapes",
    "has_mask",
    "is_graph",
    "is_symbolic",
    "mask_of",
    "own_variables",
    "recorded_calls",
    "renamed",
    "replace_layer",
    "replace_variable",
    "run_calls",
    "run_nodes",
    "settle_sparsity",
    "shell_of",
    "stateless_scope",
    "symbolic_call",
]
