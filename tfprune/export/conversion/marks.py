"""Marks that kept layers float while a model was converted."""

from tfprune.export.flatbuffer.bypass import bypass
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring


def remove_marks(model: FlatbufferModel) -> int:
    """Takes off casts to float64 and back, which changes no float32.

    Args:
        model: The model; it is changed.

    Returns:
        How many marks were taken off.
    """
    count = 0
    for operator in list(model.main.operators):
        if operator.name != "CAST" or operator.outputs[0].dtype != "FLOAT64":
            continue
        source = operator.inputs[0]
        for reader in Wiring(model.main).consumers(operator.outputs[0]):
            if source is None or reader.name != "CAST":
                continue
            if not bypass(reader, source, model.main, Wiring(model.main)):
                return_instead(reader, source, model.main)
        model.main.operators.remove(operator)
        model.main.tensors.remove(operator.outputs[0])
        count += 1
    return count


def return_instead(last: Operator, source: Tensor, main: Subgraph) -> None:
    """Lets what made a tensor make the output of the model that copies it."""
    (result,) = last.outputs
    main.operators.remove(last)
    for operator in main.operators:
        operator.inputs[:] = [
            result if x is source else x for x in operator.inputs
        ]
        operator.outputs[:] = [
            result if x is source else x for x in operator.outputs
        ]
    main.tensors.remove(source)
