"""Taking an operator out of the way."""

from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring


def bypass(
    operator: Operator, source: Tensor, subgraph: Subgraph, wiring: Wiring
) -> bool:
    """Lets the readers of an operator's output read another tensor.

    Args:
        operator: An operator of one output, which is removed.
        source: What is read in place of the output.
        subgraph: Where it stands; it is changed.
        wiring: Who reads what there.

    Returns:
        Whether it was done: what the subgraph returns keeps its operator.
    """
    (result,) = operator.outputs
    if wiring.is_output(result):
        return False
    for reader in wiring.consumers(result):
        reader.inputs[:] = [source if x is result else x for x in reader.inputs]
    subgraph.operators.remove(operator)
    return True
