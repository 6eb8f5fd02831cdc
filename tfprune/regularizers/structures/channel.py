"""One group per input channel of a convolution, or per input of a dense."""

from tfprune.regularizers.structures.structure import STRUCTURES, Structure


@STRUCTURES.register("channel")
class Channel(Structure):
    """Groups the weights that read one input channel.

    They are all those at one position of the last axis but one of the kernel
    of a `Dense` or `Conv` layer. Where all are zero, nothing reads the
    channel, and it can go from the layer before. In a `Dense` kernel a group
    is a row: what the layer reads of one neuron before it, or of one pixel.

    Source: Wen et al., "Learning Structured Sparsity in Deep Neural
    Networks", arXiv:1608.03665.
    """

    def inner_axes(self, rank: int) -> tuple[int, ...]:
        """Returns all axes but the last but one."""
        return tuple(axis for axis in range(rank) if axis != rank - 2)
