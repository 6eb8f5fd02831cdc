"""The packages that export needs, and how to install them."""

import importlib
from typing import Any

from tfprune.errors import MissingDependencyError

INSTALL_LINES = {
    "tensorflow": "pip install 'tensorflow>=2.21'",
    "ai_edge_litert": "pip install 'ai-edge-litert>=2.1'",
    "flatbuffers": "pip install flatbuffers",
    "google": "pip install protobuf",
    "litert_quantizer": "pip install 'litert-quantizer>=0.11'",
}


def require(module: str) -> Any:
    """Imports a module of one of the packages that export builds on.

    Args:
        module: Dotted name, such as `"ai_edge_litert.interpreter"`.

    Returns:
        The module.

    Raises:
        MissingDependencyError: When it, or a package that it imports, cannot
            be imported. The message holds the `pip install` line.

    Example:

    ```python
    tensorflow = require("tensorflow")
    ```
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        asked = module.partition(".")[0]
        # LiteRT's schema imports flatbuffers: name the one that is missing.
        missing = (error.name or asked).partition(".")[0]
        line = INSTALL_LINES.get(missing, INSTALL_LINES[asked])
        raise MissingDependencyError(
            f"Exporting needs the package '{missing}', which could not be "
            f"imported ({error}). Install it with: {line}"
        ) from error
