"""Tells whether channels are those that an interrupted run steered."""

from zlib import crc32

from tfprune.callbacks.live_channels import LiveChannels

EXACT = 2**24
"""Integers below this are the same as float32."""


def fingerprint(channels: LiveChannels) -> int:
    """A number that other channels, or other penalties on them, do not share.

    Names of layers do not go into it, as Keras counts them on when a model is
    made again.

    Args:
        channels: Those that are steered.

    Returns:
        A whole number that float32 holds exactly.
    """
    places = {id(x): i for i, x in enumerate(channels.graph.model.weights)}
    told = [
        (
            one.group.number,
            one.group.width,
            [
                (places.get(id(part.axis.variable)), part.axis.axis)
                for part in one.parts
            ],
        )
        for one in channels.steered
    ]
    return crc32(repr(told).encode()) % EXACT
