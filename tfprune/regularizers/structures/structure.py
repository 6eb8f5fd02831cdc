"""Which weights of a kernel belong together."""

from abc import ABC, abstractmethod

from tfprune.registry import Registry

STRUCTURES: "Registry[Structure]" = Registry("structure")


class Structure(ABC):
    """A way to divide a weight array into groups.

    The groups are the positions along the axes that are *not* inner, and each
    holds every weight along the inner ones. A new structure is one class with
    one method, registered by name, and every group penalty knows it:

    ```python
    @STRUCTURES.register("position")
    class Position(Structure):
        def inner_axes(self, rank):
            return rank - 2, rank - 1
    ```
    """

    @abstractmethod
    def inner_axes(self, rank: int) -> tuple[int, ...]:
        """Returns the axes that lie within one group.

        Args:
            rank: Number of axes of the weights; kernels are
                `(*spatial, inputs, outputs)`.
        """
