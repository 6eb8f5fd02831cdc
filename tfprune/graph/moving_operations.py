"""Operations that return numbers they were given, and no others."""

MOVING_OPERATIONS = (
    "BroadcastTo",
    "Concatenate",
    "ExpandDims",
    "Flip",
    "GetItem",
    "Maximum",
    "Minimum",
    "Moveaxis",
    "Repeat",
    "Reshape",
    "Split",
    "Squeeze",
    "Stack",
    "Swapaxes",
    "Tile",
    "Transpose",
    "Unstack",
)
"""Their names, as Keras has them."""
