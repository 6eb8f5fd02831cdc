"""Passes over a flatbuffer model.

A pass is a function that changes a model, keeps what it computes, and returns
how much it changed. A pass that found nothing to do finds nothing again.
"""

from collections.abc import Callable, Sequence

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.passes.constants import fold_constants
from tfprune.export.passes.equal_buffers import share_equal_buffers
from tfprune.export.passes.float16_constants import widen_float16_constants
from tfprune.export.passes.hard_swish import split_hard_swish
from tfprune.export.passes.identities import remove_identities
from tfprune.export.passes.integer_product import use_integer_products
from tfprune.export.passes.integer_split import use_integer_splits
from tfprune.export.passes.inverse_pairs import cancel_inverse_pairs
from tfprune.export.passes.operator_versions import set_operator_versions
from tfprune.export.passes.padding import fold_padding, unfold_padding
from tfprune.export.passes.unpacked_constants import share_unpacked_constants
from tfprune.export.passes.unused import remove_unused

Pass = Callable[[FlatbufferModel], int]

DEFAULT_PASSES: tuple[Pass, ...] = (
    use_integer_products,
    use_integer_splits,
    fold_constants,
    cancel_inverse_pairs,
    remove_identities,
    fold_padding,
    share_equal_buffers,
    share_unpacked_constants,
    remove_unused,
    set_operator_versions,
)

__all__ = [
    "DEFAULT_PASSES",
    "Pass",
    "cancel_inverse_pairs",
    "fold_constants",
    "fold_padding",
    "remove_identities",
    "remove_unused",
    "run_passes",
    "set_operator_versions",
    "share_equal_buffers",
    "share_unpacked_constants",
    "split_hard_swish",
    "unfold_padding",
    "use_integer_products",
    "use_integer_splits",
    "widen_float16_constants",
]


def run_passes(
    model: FlatbufferModel, passes: Sequence[Pass] = DEFAULT_PASSES
) -> int:
    """Runs passes over a model until none finds anything to change.

    Args:
        model: The model; it is changed.
        passes: The passes, in order.

    Returns:
        How much they changed together.

    Example:

    ```python
    run_passes(model, [remove_unused])
    ```
    """
    total = 0
    while changes := sum(apply(model) for apply in passes):
        total += changes
    return total
