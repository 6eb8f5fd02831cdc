"""One group per position and input channel, over all filters."""

from tfprune.regularizers.structures.structure import STRUCTURES, Structure


@STRUCTURES.register("shape")
class Shape(Structure):
    """Groups the weights of all filters at one position and input channel.

    Lowered to a matrix product, a convolution has one column for each such
    group, and what is left when columns go is the shape of the filters. In a
    `Dense` kernel a group is the row of one input, as with `"channel"`.

    Source: Wen et al., "Learning Structured Sparsity in Deep Neural
    Networks", arXiv:1608.03665; Lebedev and Lempitsky, "Fast ConvNets Using
    Group-wise Brain Damage", arXiv:1506.02515.
    """

    def inner_axes(self, rank: int) -> tuple[int, ...]:
        """Returns the last axis."""
        return (rank - 1,)
