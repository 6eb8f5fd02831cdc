"""Fake quantization of several tensors in one range."""

from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_count
from tfprune.quantizers.moving_fake_quant import MovingFakeQuant
from tfprune.quantizers.quantizer import QUANTIZERS, Shape
from tfprune.quantizers.settings import check_absent

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("joined_fake_quant")
class JoinedFakeQuant(MovingFakeQuant):
    """Fake quantization of tensors that a runtime stores with one scale.

    What is concatenated, or goes through pooling and the like together, has
    one scale in LiteRT. The layer is called once on each such tensor, follows
    the range of each by itself, as `tfprune.quantizers.MovingFakeQuant` does,
    and quantizes all of them in the smallest range that contains theirs.

    Weights: `low` and `high`, float32 of shape `(members,)`, which training
    does not touch but for this.

    Args:
        bits: How many bits a number takes, from 2 to 8.
        members: How many tensors share the range, at least 1.
        momentum: How much of the old range stays, from 0 to less than 1.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When an argument is out of range.

    Example:

    ```python
    joined = JoinedFakeQuant(8, members=2)
    z = keras.layers.Concatenate()([joined(x, member=0), joined(y, member=1)])
    ```

    Source: LiteRT 8-bit quantization specification.
    """

    def __init__(
        self,
        bits: int = 8,
        *,
        members: int = 1,
        momentum: float = 0.99,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        check_absent(kwargs, ("per_channel", "symmetric"), owner)
        super().__init__(bits, momentum=momentum, **kwargs)
        if not is_count(members):
            raise InvalidInputError(
                f"Expected members of {owner} to be a whole number > 0. "
                f"Received: members={members!r}."
            )
        self.members = int(members)

    def range_shape(self, input_shape: Shape) -> tuple[int, ...]:
        return (self.members,)

    def call(
        self,
        inputs: Tensor,
        training: bool = False,
        pooled: bool = False,
        scale_only: bool = False,
        member: int = 0,
    ) -> Tensor:
        """Quantizes; the range of the member is learned in training.

        Args:
            inputs: Float tensor.
            training: Whether the layer is training.
            pooled: As in `tfprune.quantizers.FakeQuant`.
            scale_only: As in `tfprune.quantizers.FakeQuant`; that of all
                members.
            member: Which of the tensors it is, from 0.

        Returns:
            Tensor of the shape and dtype of the inputs, or the scale.

        Raises:
            InvalidInputError: When there is no such member.
        """
        self._check(member)
        if scale_only:
            return self.shown_scale()
        if self.widens or training and self.trainable:
            wide = ops.cast(inputs, "float32")
            self._learn(wide, ops.arange(self.members) == member)
        elif self.shows_range:
            return self.operation(inputs)
        return self.within(inputs, *self.stored_range(), pooled)

    def range_of(self, inputs: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        if self.widens or training and self.trainable:
            self._learn(inputs, ops.arange(self.members) == 0)
        return self.stored_range()

    def _check(self, member: int) -> None:
        if not (is_count(member, 0) and member < self.members):
            raise InvalidInputError(
                f"Expected member of {type(self).__name__} '{self.name}' to "
                f"be a whole number from 0 to {self.members - 1}. Received: "
                f"member={member!r}."
            )

    def _learn(self, inputs: Tensor, chosen: Tensor) -> None:
        before = [ops.convert_to_tensor(x) for x in (self.low, self.high)]
        old = ops.minimum(before[0], 0), ops.maximum(before[1], 0)
        low, high = self.moved(old, self.extremes(inputs))
        self.low.assign(ops.where(chosen, low, before[0]))
        self.high.assign(ops.where(chosen, high, before[1]))

    def stored_range(self) -> tuple[Tensor, Tensor]:
        low = ops.min(ops.convert_to_tensor(self.low))
        high = ops.max(ops.convert_to_tensor(self.high))
        return ops.minimum(low, 0), ops.maximum(high, 0)

    def compute_output_spec(
        self,
        inputs: Any,
        training: bool = False,
        pooled: bool = False,
        scale_only: bool = False,
        member: int = 0,
    ) -> keras.KerasTensor:
        """Returns the shape and dtype of the inputs, or of the scale."""
        self._check(member)
        return super().compute_output_spec(inputs, scale_only=scale_only)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        config = super().get_config()
        del config["per_channel"], config["symmetric"]
        return {**config, "members": self.members}
