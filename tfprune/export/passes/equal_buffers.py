"""Constants of equal bytes share one buffer."""

from collections import defaultdict

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import Tensor


def share_equal_buffers(model: FlatbufferModel) -> int:
    """Lets constants that hold the same bytes share one buffer.

    Args:
        model: The model; it is changed.

    Returns:
        How many tensors gave up a buffer of their own.

    Example:

    ```python
    changes = share_equal_buffers(model)
    ```
    """
    alike: defaultdict[tuple[int, int], list[Tensor]] = defaultdict(list)
    count = 0
    for tensor in model.tensors:
        if tensor.data is None or tensor.is_variable or not tensor.data.size:
            continue
        content = tensor.data.tobytes()
        for other in alike[len(content), hash(content)]:
            if other.data is tensor.data:
                break
            if other.data is not None and other.data.tobytes() == content:
                tensor.data = other.data
                count += 1
                break
        else:
            alike[len(content), hash(content)].append(tensor)
    return count
