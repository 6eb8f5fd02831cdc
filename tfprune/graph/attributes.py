"""Weights and config entries of a layer by dotted names."""

from collections.abc import Mapping
from typing import Any


def attribute(owner: Any, name: str) -> Any:
    """What a dotted name leads to; None where it leads nowhere.

    Args:
        owner: A layer.
        name: Attribute names and positions in lists: `"kernel"`,
            `"cell.cells.0.kernel"`.
    """
    value = owner
    for part in name.split("."):
        if value is None:
            return None
        value = (
            value[int(part)] if part.isdigit() else getattr(value, part, None)
        )
    return value


def with_entries(
    config: Mapping[str, Any], entries: Mapping[str, Any]
) -> dict[str, Any]:
    """A config with entries replaced, for a layer that is not built yet.

    Parts that the config describes forget the shapes that they were built
    for, because they may be given others.

    Args:
        config: A layer's config.
        entries: New values by dotted name: `"units"`,
            `"layer.config.units"`.

    Returns:
        A new config; the given one is not changed.
    """
    result = {name: unbuilt(value) for name, value in config.items()}
    for name, value in entries.items():
        first, *rest = name.split(".")
        if rest:
            inner: Any = result[first]
            for part in rest[:-1]:
                inner = inner[int(part)] if part.isdigit() else inner[part]
            inner[rest[-1]] = value
        else:
            result[first] = value
    return result


def unbuilt(value: Any) -> Any:
    """A copy of part of a config without the shapes that parts had."""
    if isinstance(value, Mapping):
        described = "class_name" in value and "config" in value
        return {
            name: None if described and name == "build_config" else unbuilt(x)
            for name, x in value.items()
        }
    if isinstance(value, list):
        return [unbuilt(x) for x in value]
    return value
