"""Recipes of composite layers drawn at random."""

import math

from keras import layers

from tests.graph.random_networks.composite import Composite
from tests.graph.random_networks.steps import DRAWERS

LARGEST = 16
"""So many channels at most go into a step."""
PARTS = 20
"""Among all steps, one that calls any layer counts as so many."""


class UnknownSizeError(ValueError):
    """A step must know a size that is left open."""


def known(size):
    """A size that is not open."""
    if size is None:
        raise UnknownSizeError("A size is left open.")
    return size


class Plan:
    """A recipe in the making.

    Attributes:
        choices: Where choices come from.
        shape: Shape of the tensor so far, without the batch.
        context: Shape of the other tensor that the layer is called with.
        depth: How many composite layers are around this one.
        in_branch: Whether what comes out must have the places that went in.
        masking: Whether the layer hands on masks of places.

    Args:
        choices: See above.
        shape: Shape of the tensor that the layer is called on.
        context: See above.
        depth: See above.
        in_branch: See above.
    """

    def __init__(self, choices, shape, context=None, depth=0, in_branch=False):
        self.choices = choices
        self.shape = tuple(shape)
        self.context = context
        self.depth = depth
        self.in_branch = in_branch
        self._parts = []
        self._shapes = []
        # Sub-layers of one name must not be taken for each other.
        self._same_names = choices.integer(0, 3) == 0
        self._nesting = 0
        self.masking = choices.boolean()

    @property
    def rank(self):
        return len(self.shape)

    @property
    def places(self):
        return self.shape[:-1]

    @property
    def channels(self):
        return self.shape[-1]

    @property
    def length(self):
        """The number of places along the first axis."""
        return known(self.places[0])

    @property
    def volume(self):
        """Number of elements of one example."""
        return math.prod(map(known, self.shape))

    def width(self):
        """A number of channels."""
        return self.choices.choice((4, 5, 6, 8))

    def name(self, own=None):
        """The name of a part; None leaves it to Keras."""
        return "same" if self._same_names else own

    def part(self, layer):
        """Adds a layer; returns its number."""
        self._parts.append(layer)
        return len(self._parts) - 1

    def weight(self, name, shape):
        """Adds a weight; returns its number."""
        self._shapes.append([name, [known(size) for size in shape]])
        return len(self._shapes) - 1

    def steps(self, most):
        """One or more steps; the shape becomes that of their result."""
        steps = []
        for _ in range(self.choices.integer(1, most)):
            steps += self._narrowed()
            steps += self._one_step()
        return steps

    def branch(self, width=None, start=None, places=None):
        """Steps beside the main line, whose shape stays as it is.

        Args:
            width: Number of channels at the end; as at the start if None.
            start: Number of channels at the start; as now if None.
            places: Places at the start and at the end; as now if None.
        """
        before = self.shape, self.in_branch
        start = start or self.channels
        self.shape, self.in_branch = (*(places or self.places), start), True
        self._nesting += 1
        deep = self._nesting > 2
        steps = self._dense(self.channels) if deep else self.steps(2)
        self._nesting -= 1
        if self.channels != (width or start):
            steps += self._dense(width or start)
        self.shape, self.in_branch = before
        return steps

    def nested(self, shape=None):
        """A composite layer that leaves the shape as it is."""
        shape = shape or self.shape
        plan = Plan(self.choices, shape, depth=self.depth + 1, in_branch=True)
        steps = plan.steps(2)
        if plan.channels != shape[-1]:
            steps += plan._dense(shape[-1])
        return plan.layer(steps, self.name())

    def layer(self, steps, name=None):
        """The layer that follows the recipe."""
        return Composite(
            steps, self._parts, self._shapes, self.masking, name=name
        )

    def _narrowed(self):
        return self._dense(6) if self.channels > LARGEST else []

    def _dense(self, width):
        self.shape = (*self.places, width)
        dense = layers.Dense(width, name=self.name())
        return [["part", self.part(dense)]]

    def _one_step(self):
        fitting = [
            x
            for x in DRAWERS
            for _ in range(PARTS if x.name == "part" else 1)
            if x.rank in (None, self.rank)
        ]
        drawer = self.choices.choice(fitting)
        try:
            arguments = drawer.draw(self)
        except UnknownSizeError:
            arguments = None
        # What does not fit here leaves the tensor as it is.
        return [] if arguments is None else [[drawer.name, *arguments]]
