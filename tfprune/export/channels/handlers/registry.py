"""Handlers of operators, by name."""

from collections.abc import Callable
from typing import TypeAlias

from tfprune.export.channels.binding import Binding
from tfprune.export.channels.step import Step
from tfprune.graph.channels import Channels

Handler: TypeAlias = Callable[[Step, Channels], Binding]

HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Registers a handler for operators of these names.

    A handler gets the operator with what flows into it, and hands out ids for
    what comes out. It raises `UncoveredError` for a use that it does not
    follow: the channels around the operator then stay.

    Example:

    ```python
    @handles("RELU6")
    def relu6(step, channels):
        x = step.value(0)
        return Binding([(x.ids, x.range.clipped(0.0, 6.0, MARGIN))])
    ```
    """

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register
