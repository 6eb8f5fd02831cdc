"""One deployed form of a network, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """A `.tflite` file and what was measured of it.

    Attributes:
        name: What it is called in the table.
        file: Name of the file in the output folder.
        parameters: Parameters of the Keras model that it comes from.
        macs: Multiply-accumulates for one sample.
        num_bytes: Size of the file on disk.
        accuracy: Share of the test split that the file classifies right.
        latency_ms: Median time of one run with one thread.
        latency_ratio: Median of its time over that of the first variant, run
            by run in turn.
    """

    name: str
    file: str
    parameters: int
    macs: int
    num_bytes: int
    accuracy: float
    latency_ms: float
    latency_ratio: float
