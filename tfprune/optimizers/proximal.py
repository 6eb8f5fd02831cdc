"""Proximal gradient descent (ISTA) around any Keras optimizer."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
from keras import ops

from tfprune.optimizers.inner import steady_step
from tfprune.optimizers.limits import DROPPED, descended, held, limited
from tfprune.optimizers.loss_share import loss_share
from tfprune.optimizers.penalized_values import penalized_values
from tfprune.optimizers.steered import Steered
from tfprune.regularizers import Penalty, link

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class Proximal(Steered):
    """Follows each update with the proximal step of the penalties.

    For every variable `w` whose regularizer is a `tfprune.regularizers`
    penalty `P`, a step of the wrapped optimizer with learning rate `mu` on
    the rest `L` of the loss is followed by the proximal operator:

    `w <- prox(w - mu * dL/dw, mu * s * P)`

    So weak weights become exactly zero, where the subgradient of `P` only
    makes them oscillate. All other variables are updated as ever. The factor
    `s` is the variable `penalty_scale`, 1 at first: assign to it during
    training to make all penalties stronger or weaker, without a new trace.
    It acts on the proximal step alone, not on what the loss shows. So do the
    factors that `factor` makes for the penalties of single variables.

    The penalties stay in the loss, so logs show them, yet do not act twice:
    their subgradients, known in closed form, are taken out of the gradients
    first. This asks that the gradients are those of a loss which has each
    penalty with weight one, as `fit` makes it; a training loop of your own
    must add `sum(model.losses)`. Nothing is changed in the model: compiled
    with a plain optimizer, it trains with the subgradients again.

    - Learning rate: the one of the very update that the step follows, from
      a schedule or set by a callback. An adaptive optimizer (Adam) divides
      each gradient by its usual size; the step uses the scalar rate all the
      same, so the strength then competes with gradients of size one and not
      with those of the loss, and has to be chosen anew.
    - Momentum: a steady gradient moves weights by `mu / (1 - momentum)` per
      update, so the proximal step is that long too. With `mu` alone the
      penalty would weigh `1 - momentum` times what its strength says.
    - The step comes last, after momentum, weight decay and constraints, so
      none of them revives a zero. A constraint that zeros do not satisfy
      (unit norm) does not hold any more.
    - Limits, which `limit` makes for single variables, come last of all: they
      hold channels at zero, or keep the penalty from making them zero.
    - Descents, which `descent` makes, move variables without a penalty, as the
      locations of gates, by steps of the same length.
    - Memory: `memory` holds float32 arrays that callbacks want to find again
      when interrupted training goes on; the optimizer does not read them.
    - Moving averages (`use_ema=True`): they replace the weights when `fit`
      ends, except that weights which are zero by then stay zero.
    - Mixed precision: `LossScaleOptimizer(Proximal(...))`, which is what
      `compile` makes under `mixed_float16`. On skipped steps there is no
      proximal step either.

    Source: Beck and Teboulle, "A Fast Iterative Shrinkage-Thresholding
    Algorithm for Linear Inverse Problems", 2009; Ye et al.,
    arXiv:1802.00124, for its use on networks.

    Args:
        inner_optimizer: The `keras.optimizers.Optimizer` that makes the
            updates, or its name; plain `SGD` makes it ISTA proper. Clipping,
            weight decay and averaging are set there.
        fix_zeros: Whether groups of penalized weights that are zero stay
            zero, whatever the loss wants: for fine-tuning what a penalty has
            made sparse, its strength 0 by then or not.
        name: Name of the optimizer.

    Raises:
        InvalidInputError: When the inner optimizer is a wrapper, gathers
            gradients over steps, overwrites weights by their averages during
            training or has a momentum of 1.

    Example:

    ```python
    layer = keras.layers.Dense(64, kernel_regularizer=GroupLasso(1e-3))
    model = keras.Sequential([layer, keras.layers.Dense(10)])
    model.compile(Proximal(keras.optimizers.SGD(0.1)), loss="mse")
    ```
    """

    def __init__(
        self,
        inner_optimizer: keras.optimizers.Optimizer | str,
        fix_zeros: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(inner_optimizer, name)
        self.fix_zeros = bool(fix_zeros)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Makes the slots of the inner optimizer.

        Args:
            variables: The trainable variables of the model.

        Raises:
            InvalidInputError: When a penalty spans variables of which some
                are missing, because they are frozen, say.
        """
        link(variables)
        self.inner_optimizer.build(variables)
        super().build(variables)

    def apply(
        self,
        grads: Sequence[Tensor | None],
        trainable_variables: Iterable[keras.Variable] | None = None,
    ) -> None:
        """Makes one update and its proximal step.

        Args:
            grads: Gradients of the loss, penalties included, in the order of
                the variables. A variable whose gradient is none stays.
            trainable_variables: Those that the optimizer was built with,
                which are used if not given.
        """
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        variables = list(trainable_variables)
        if not self.built:
            self.build(variables)
        # Read now: the update below moves a schedule on.
        step = steady_step(self.inner_optimizer) * self.penalty_scale
        # What the penalties were multiplied by before differentiation.
        share = loss_share() * (self.loss_scale_factor or 1.0)
        smooth: list[Tensor | None] = []
        penalized = []
        values = penalized_values(variables)
        for grad, variable in zip(grads, variables, strict=True):
            if grad is not None and id(variable) in values:
                weights = values[id(variable)]
                penalty = variable.regularizer.among(values)
                slope = penalty.subgradient(weights)
                grad = grad - ops.cast(share * slope, grad.dtype)
                alive = penalty.alive(weights) if self.fix_zeros else None
                penalized.append((variable, alive))
            smooth.append(grad)
        self.inner_optimizer.apply(smooth, variables)
        # All of them before any is assigned: a norm may span variables.
        values = penalized_values(variables)
        points = []
        for variable, alive in penalized:
            weights = values[id(variable)]
            factor = self.factor_of(variable)
            length = step if factor is None else step * factor
            penalty = variable.regularizer.among(values)
            point = penalty.proximal(weights, length)
            if alive is not None:
                point = ops.where(alive, point, 0.0)
            points.append((variable, weights, point))
        done = {id(variable) for variable, _, _ in points}
        for variable in variables:
            if id(variable) not in done and self.limit_of(variable) is not None:
                weights = ops.cast(variable, "float32")
                points.append((variable, weights, weights))
        for variable, weights, point in points:
            limit, descent = self.limit_of(variable), self.descent_of(variable)
            if descent is not None:
                point = descended(weights, limit, descent, step)
                if variable.constraint is not None:
                    point = variable.constraint(point)
            elif limit is not None:
                point = limited(point, weights, limit)
            self.assign(variable, ops.cast(point, variable.dtype))

    def finalize_variable_values(
        self, var_list: Sequence[keras.Variable]
    ) -> None:
        """Puts moving averages in place of the weights that are not zero."""
        zeros = [
            (variable, ops.equal(variable, 0))
            for variable in var_list
            if isinstance(getattr(variable, "regularizer", None), Penalty)
        ]
        self.inner_optimizer.finalize_variable_values(var_list)
        for variable, zero in zeros:
            average = ops.convert_to_tensor(variable)
            variable.assign(ops.where(zero, ops.zeros_like(average), average))
        for variable in var_list:
            limit, descent = self.limit_of(variable), self.descent_of(variable)
            average = ops.convert_to_tensor(variable)
            if descent is not None:
                variable.assign(held(average, limit, descent[1], descent[2]))
            elif limit is not None:
                dropped = ops.equal(limit, DROPPED)
                variable.assign(ops.where(dropped, 0.0, average))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments; all other settings are the inner one's."""
        return {
            "name": self.name,
            "fix_zeros": self.fix_zeros,
            "inner_optimizer": keras.saving.serialize_keras_object(
                self.inner_optimizer
            ),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> "Proximal":
        """Makes the optimizer from what `get_config` returned."""
        inner = keras.saving.deserialize_keras_object(
            config["inner_optimizer"], custom_objects=custom_objects
        )
        fix_zeros = config.get("fix_zeros", False)
        return cls(inner, fix_zeros=fix_zeros, name=config.get("name"))
