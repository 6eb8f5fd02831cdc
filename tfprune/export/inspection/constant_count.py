"""Constants of a `.tflite` file by type."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel


@dataclass(frozen=True)
class ConstantCount:
    """Constants of one type.

    Args:
        dtype: TFLite type, such as `"INT8"`.
        count: Number of constant tensors.
        num_bytes: Their bytes; shared buffers count once.
    """

    dtype: str
    count: int
    num_bytes: int


def count_constants(model: FlatbufferModel) -> tuple[ConstantCount, ...]:
    """Counts the constants of a model; the largest share comes first."""
    # Tensors that share a buffer hold the same array.
    unique = {id(x.data): x for x in model.tensors if x.is_constant}.values()
    found = [
        ConstantCount(
            dtype=dtype,
            count=sum(x.dtype == dtype for x in unique),
            num_bytes=sum(x.num_bytes for x in unique if x.dtype == dtype),
        )
        for dtype in sorted({tensor.dtype for tensor in unique})
    ]
    return tuple(sorted(found, key=lambda x: x.num_bytes, reverse=True))
