"""Arrays as text, for the configs of layers."""

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """An array of whole numbers or of bools, as what JSON can hold.

    Args:
        array: The array; its numbers are stored in as few bytes as they need.
    """
    if array.dtype == bool:
        dtype, content = "bool", np.packbits(array).tobytes()
    else:
        small = array.astype(np.min_scalar_type(int(array.max(initial=0))))
        dtype, content = small.dtype.str, small.tobytes()
    text = base64.b64encode(zlib.compress(content, 9)).decode("ascii")
    return {"dtype": dtype, "shape": list(array.shape), "content": text}


def unpacked(config: dict[str, Any]) -> NDArray[Any]:
    """The array that was packed."""
    content = zlib.decompress(base64.b64decode(config["content"]))
    shape = tuple(config["shape"])
    if config["dtype"] == "bool":
        flat = np.unpackbits(
            np.frombuffer(content, "uint8"), count=int(np.prod(shape))
        )
        return flat.astype(bool).reshape(shape)
    return np.frombuffer(content, config["dtype"]).reshape(shape)
