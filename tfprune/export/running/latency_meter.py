"""How long Keras models take to run, as files for LiteRT."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import keras

from tfprune.export.conversion.open_source import open_source
from tfprune.export.conversion.request import Conversion
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import run_passes
from tfprune.export.quantization import Quantize, find_mode
from tfprune.export.running.latency import measure_latency
from tfprune.export.running.latency_report import LatencyReport
from tfprune.export.verification.samples import random_samples

SAMPLES = 16
"""Random inputs that int8 finds ranges on: time does not depend on them."""


class LatencyMeter:
    """Measures how long models take on this machine, for budgets in time.

    Models become files as `tfprune.export.export_tflite` writes them, but are
    neither stripped nor verified: what counts is their shapes. They run in
    processes of their own; two that are compared take turns, so a machine
    that is busy meanwhile slows both. A model is converted once, as long as
    it lives.

    Args:
        quantize: As in `export_tflite`: None, `"int8"`, say.
        num_threads: Threads of the interpreter.
        runs: Timed runs of each model.

    Raises:
        InvalidInputError: When a number is too small, a mode is not known or
            the model cannot be converted; when Keras does not run on
            TensorFlow.

    Example:

    ```python
    controller = tfprune.callbacks.BudgetController(
        latency=0.5, measure=tfprune.LatencyMeter(quantize="int8")
    )
    ```
    """

    def __init__(
        self, quantize: Quantize = None, *, num_threads: int = 1, runs: int = 50
    ) -> None:
        self.mode = find_mode(quantize)
        self.num_threads = num_threads
        self.runs = runs
        self._files: WeakKeyDictionary[keras.Model, bytes] = WeakKeyDictionary()

    def __call__(self, model: keras.Model) -> float:
        """Returns the median time of one sample in ms.

        Args:
            model: A built model.
        """
        return self.report([model]).files[0].median

    def share(self, whole: keras.Model, small: keras.Model) -> float:
        """Returns the time of one model over that of another.

        Args:
            whole: A built model.
            small: Another one.

        Returns:
            The median over turns, in each of which both run once.
        """
        return self.report([whole, small]).ratios()[1]

    def report(self, models: Sequence[keras.Model]) -> LatencyReport:
        """Times models in turn.

        Args:
            models: Built models; the first is the baseline.
        """
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, model in enumerate(models):
                paths.append(Path(folder) / f"{number}.tflite")
                paths[-1].write_bytes(self._file(model))
            return measure_latency(
                paths, num_threads=self.num_threads, runs=self.runs
            )

    def _file(self, model: keras.Model) -> bytes:
        if model not in self._files:
            with open_source(model) as source:
                samples = None
                if self.mode.needs_data:
                    samples = random_samples(source.inputs, count=SAMPLES)
                conversion = Conversion(mode=self.mode, samples=samples)
                flatbuffer = source.convert(conversion)
            run_passes(flatbuffer)
            self._files[model] = serialize(flatbuffer)
        return self._files[model]
