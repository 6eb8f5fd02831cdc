"""One group for all weights of a layer."""

from tfprune.regularizers.structures.structure import STRUCTURES, Structure


@STRUCTURES.register("layer")
class Layer(Structure):
    """Groups all weights of a kernel, so that a layer goes as a whole.

    It is for the last layer of a residual branch: where its kernel is zero,
    the branch adds a constant, and the shortcut goes on without it. Any other
    layer that vanishes cuts the network in two.

    Source: Wen et al., "Learning Structured Sparsity in Deep Neural
    Networks", arXiv:1608.03665, which calls it depth.
    """

    def inner_axes(self, rank: int) -> tuple[int, ...]:
        """Returns all axes."""
        return tuple(range(rank))
