"""One input of a model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelInput:
    """One input of a model.

    Args:
        name: Name of the input: of the Keras tensor, its key in a dict of
            inputs, or the argument of a signature.
        shape: Shape of one sample, without the batch axis.
        dtype: Name of the dtype, such as `"float32"`.
        batched: Whether the tensor has a batch axis before the shape. Without
            it the whole tensor is one sample.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    batched: bool = True

    @property
    def tensor_shape(self) -> tuple[int, ...]:
        """Shape of the tensor that holds one sample."""
        return (1, *self.shape) if self.batched else self.shape
