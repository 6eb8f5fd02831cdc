"""The interpreters that can run a `.tflite` file."""

import importlib.util
from dataclasses import dataclass

from tfprune.errors import InvalidInputError, MissingDependencyError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.running.interpreter import SELECTED, custom_operators
from tfprune.registry import did_you_mean


@dataclass(frozen=True)
class Runtime:
    """An interpreter with the interface of TensorFlow Lite's.

    Args:
        title: What to call it in messages.
        module: The Python module that holds the interpreter.
        install: How to install it.
    """

    title: str
    module: str
    install: str

    def check_installed(self) -> None:
        """Refuses a runtime that is not there.

        Raises:
            MissingDependencyError: With the line that installs it.
        """
        package = self.module.partition(".")[0]
        if importlib.util.find_spec(package) is None:
            raise MissingDependencyError(
                f"The runtime needs the package '{package}', which is not "
                f"installed. Install it with: {self.install}"
            )


RUNTIMES = {
    "litert": Runtime(
        "LiteRT",
        "ai_edge_litert.interpreter",
        "pip install 'ai-edge-litert>=2.1'",
    ),
    "tflite_runtime": Runtime(
        "tflite-runtime",
        "tflite_runtime.interpreter",
        "pip install tflite-runtime",
    ),
}
# Only it has TensorFlow's own operators.
TENSORFLOW = Runtime(
    "TensorFlow",
    "tensorflow.lite.python.interpreter",
    "pip install 'tensorflow>=2.21'",
)


def runtime_for(model: FlatbufferModel, name: str) -> Runtime:
    """Returns the runtime that shall run a model.

    Args:
        model: The model.
        name: `"litert"` or `"tflite_runtime"`.

    Returns:
        The runtime of that name; TensorFlow where the model holds operators
        of TensorFlow and the name is `"litert"`.

    Raises:
        InvalidInputError: When there is no runtime of that name.
        MissingDependencyError: When it is not installed.
    """
    if name not in RUNTIMES:
        raise InvalidInputError(
            f"Unknown runtime '{name}'.{did_you_mean(name, RUNTIMES)} "
            f"Expected one of: {', '.join(RUNTIMES)}."
        )
    runtime = RUNTIMES[name]
    if name == "litert" and any(
        operator.startswith(SELECTED) for operator in custom_operators(model)
    ):
        runtime = TENSORFLOW
    runtime.check_installed()
    return runtime
