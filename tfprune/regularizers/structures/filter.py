"""One group per filter of a convolution, or per unit of a dense layer."""

from tfprune.regularizers.structures.structure import STRUCTURES, Structure


@STRUCTURES.register("filter")
class Filter(Structure):
    """Groups the weights that compute one output channel.

    They are all those at one position of the last axis of the kernel of a
    `Dense` or `Conv` layer. (A `DepthwiseConv` has its channels elsewhere.)

    Source: Wen et al., "Learning Structured Sparsity in Deep Neural
    Networks", arXiv:1608.03665.
    """

    def inner_axes(self, rank: int) -> tuple[int, ...]:
        """Returns all axes but the last."""
        return tuple(range(rank - 1))
