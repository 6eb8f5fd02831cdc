"""Typical inputs from a function that the user wrote."""

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.error_line import error_line
from tfprune.export.verification.sample_source import SampleSource
from tfprune.registry import did_you_mean


@dataclass(frozen=True)
class PythonFunction(SampleSource):
    """A function without arguments that gives inputs, or yields them.

    The code is run: name files only that you trust. Whatever it raises is
    told in one line.

    Args:
        name: `"module:function"` of an installed module, or
            `"file.py:function"`.

    Example:

    ```python
    PythonFunction("my_project/data.py:typical_inputs")
    ```
    """

    name: str

    def read(self, inputs: Sequence[ModelInput], *, limit: int) -> Any:
        """Calls the function."""
        try:
            found = self.find()()
        except InvalidInputError:
            raise
        except Exception as error:
            raise self.failure(error) from error
        return self.items(found) if isinstance(found, Iterator) else found

    def items(self, found: Iterator[Any]) -> Iterator[Any]:
        """Yields what the function yields."""
        try:
            yield from found
        except Exception as error:
            raise self.failure(error) from error

    def failure(self, error: Exception) -> InvalidInputError:
        """Says that the code of the user raised something."""
        return InvalidInputError(
            f"'{self.name}' failed: {type(error).__name__}: {error_line(error)}"
        )

    def find(self) -> Callable[[], Any]:
        """Imports the function.

        Raises:
            InvalidInputError: When there is none of that name.
        """
        place, _, name = self.name.rpartition(":")
        if not place or not name:
            raise InvalidInputError(
                "Expected a function as 'module:function' or 'file.py:function'"
                f". Received: '{self.name}'."
            )
        module = self.load(place)
        found = getattr(module, name, None)
        if not callable(found):
            known = [key for key in vars(module) if not key.startswith("_")]
            raise InvalidInputError(
                f"'{place}' has no function '{name}'."
                f"{did_you_mean(name, known)} Name one that takes no arguments "
                "and gives typical inputs."
            )
        return found

    def load(self, place: str) -> ModuleType:
        """Imports a module by its name or its file.

        Raises:
            InvalidInputError: When that fails.
        """
        try:
            if not place.endswith(".py"):
                return importlib.import_module(place)
            path = Path(place)
            spec = importlib.util.spec_from_file_location(path.stem, path)
            if spec is None or spec.loader is None or not path.is_file():
                raise FileNotFoundError(f"there is no file '{path}'")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        except Exception as error:
            raise InvalidInputError(
                f"'{place}' could not be imported: {type(error).__name__}: "
                f"{error_line(error)}"
            ) from error
        return module
