"""One registration for the classes of all families."""

import keras


def serializable(kind: type) -> type:
    """Registers a class under its name, which no other family may use."""
    if keras.saving.get_registered_object(f"families>{kind.__name__}"):
        raise ValueError(f"Two families have a class '{kind.__name__}'.")
    register = keras.saving.register_keras_serializable(package="families")
    return register(kind)
