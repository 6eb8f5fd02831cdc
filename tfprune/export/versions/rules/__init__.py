"""The version that each operator needs, and what makes it need it.

The rules are those by which TensorFlow's converter numbers its files
(tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc, with the newer
ones of LiteRT's tflite/converter/tools/versioning/op_version.cc). Of each
operator the first condition that holds decides; where none does it is 1.

Those lists say nothing of float inputs on int4 weights, nor of scales for
blocks, which litert-quantizer writes. Dense layers with int4 weights get the
version that brought int4, by which TensorFlow Lite 2.14 computes them rightly.
It computes convolutions of that kind and blocks wrongly: those get the first
version that it refuses. For int16 activations the
lists ask for int16 weights, which no kernel has: it is int8 weights that came
with these versions. Their biases have 64 bits; it is those of 32 that are new.
"""

from tfprune.export.versions.rules.activation import ACTIVATION
from tfprune.export.versions.rules.arithmetic import ARITHMETIC
from tfprune.export.versions.rules.choice import CHOICE
from tfprune.export.versions.rules.common import Rules, RulesByName
from tfprune.export.versions.rules.comparison import COMPARISON
from tfprune.export.versions.rules.conversion import CONVERSION
from tfprune.export.versions.rules.convolution import CONVOLUTION
from tfprune.export.versions.rules.creation import CREATION
from tfprune.export.versions.rules.layout import LAYOUT
from tfprune.export.versions.rules.product import PRODUCT
from tfprune.export.versions.rules.recurrence import RECURRENCE
from tfprune.export.versions.rules.reduction import REDUCTION

FAMILIES: tuple[RulesByName, ...] = (
    ACTIVATION,
    ARITHMETIC,
    CHOICE,
    COMPARISON,
    CONVERSION,
    CONVOLUTION,
    CREATION,
    LAYOUT,
    PRODUCT,
    RECURRENCE,
    REDUCTION,
)
RULES: dict[str, Rules] = {
    name: rules for family in FAMILIES for name, rules in family.items()
}
