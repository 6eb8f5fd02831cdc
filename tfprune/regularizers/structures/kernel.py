"""One group per filter and input channel: a kernel over positions."""

from tfprune.regularizers.structures.structure import STRUCTURES, Structure


@STRUCTURES.register("kernel")
class Kernel(Structure):
    """Groups the weights by which one filter reads one input channel.

    They are the positions of a convolution kernel, 3 x 3 of them in a `Conv2D`
    with `kernel_size=3`. A `Dense` layer has one position, so each weight is
    a group by itself there, as in `tfprune.regularizers.L1`.

    Source: Wen et al., "Learning Structured Sparsity in Deep Neural
    Networks", arXiv:1608.03665.
    """

    def inner_axes(self, rank: int) -> tuple[int, ...]:
        """Returns all axes but the last two."""
        return tuple(range(rank - 2))
