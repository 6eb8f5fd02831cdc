"""An operation over some of the places of its inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from inspect import signature
from typing import Any

import keras

from tfprune.layers.kept_places import KeptPlaces, restricted


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetOperation(keras.Operation):
    """Runs an operation of `keras.ops` on inputs that are zero in places.

    Args:
        operation: The operation.
        places: The places that it computes over.

    Example:

    ```python
    places = [{"position": 0, "axis": 2, "kept": [True, False, True]}]
    SubsetOperation(matmul, places)(x, y)
    ```
    """

    def __init__(
        self,
        operation: Any,
        places: Sequence[KeptPlaces | Mapping[str, Any]],
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.operation = operation
        self.places = [KeptPlaces.of(x) for x in places]

    def call(self, *args: Any, **kwargs: Any) -> Any:
        bound = signature(self.operation.call).bind(*args, **kwargs)
        values = restricted(bound.args, self.places)
        return self.operation.call(*values, **bound.kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        return self.operation.compute_output_spec(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {
            "operation": keras.saving.serialize_keras_object(self.operation),
            "places": [asdict(x) for x in self.places],
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "SubsetOperation":
        made = keras.saving.deserialize_keras_object(config["operation"])
        return cls(made, config["places"], config["name"])
