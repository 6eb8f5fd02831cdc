"""The schema's own objects of a file, as an oracle beside the reader."""

from collections.abc import Callable

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

# Positions are given out anew when a file is written, and these hold them;
# types that the new fields repeat are left out too.
POSITIONS = {"buffer", "opcodeIndex", "deprecatedBuiltinCode"}

NO_QUANTIZATION = {"detailsType": 0, "quantizedDimension": 0}


def edited(content: bytes, change: Callable) -> bytes:
    """A file after a change of its unpacked schema objects."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def tree(content: bytes) -> dict:
    """Everything that a file says, without the positions it says it by."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    found = plain(model, model)
    # Buffers and codes appear where they are used.
    for name in ("buffers", "operatorCodes"):
        found.pop(name, None)
    return found


def plain(value, model):
    """Dicts, lists and numbers of an object of the schema."""
    if isinstance(value, np.ndarray | list):
        return [plain(item, model) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if not hasattr(value, "__dict__"):
        return value
    found = {
        name: plain(item, model)
        for name, item in vars(value).items()
        if name not in POSITIONS
    }
    if hasattr(value, "buffer"):
        data = model.buffers[value.buffer].data
        found["data"] = None if data is None else bytes(data)
    if hasattr(value, "opcodeIndex"):
        code = model.operatorCodes[value.opcodeIndex]
        found["code"] = {
            **plain(code, model),
            "number": max(code.builtinCode, code.deprecatedBuiltinCode),
        }
        del found["code"]["builtinCode"]
    # Absent and empty say the same here.
    return {
        name: item
        for name, item in found.items()
        if item not in ([], None, NO_QUANTIZATION)
    }
