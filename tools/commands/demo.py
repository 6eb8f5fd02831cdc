"""Trains a small residual network on the bundled digits, makes it small, and
deploys it; about a minute on two cores, nothing is downloaded.

  tfprune demo --output_dir=out

The scales of batch normalization are trained under an L1 penalty with its
proximal operator, which sets those of needless channels to exactly zero. These
channels are stripped without changing an output, the rest is fine-tuned and
exported as float32 and int8. One table compares it with the same network
trained as long without a penalty: parameters, MACs, bytes on disk, test
accuracy and the latency of the .tflite files on this machine.

The folder then holds model.keras, model_float32.tflite, model_int8.tflite,
baseline.tflite, report.json and widths.png.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.tools.file_argument import no_files
from tfprune.tools.run_flags import define_run_flags


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    define_run_flags(flags)
    absl_flags.DEFINE_integer(
        "epochs",
        40,
        "Epochs under the penalty.",
        lower_bound=1,
        flag_values=flags,
    )
    absl_flags.DEFINE_integer(
        "fine_tuning_epochs",
        20,
        "Epochs after stripping. The network it is compared with is trained "
        "for the sum of both.",
        lower_bound=1,
        flag_values=flags,
    )
    # Found on a quarter of the train split that was held out.
    absl_flags.DEFINE_float(
        "strength",
        0.01,
        "Weight of the penalty: the greater, the fewer channels stay.",
        flag_values=flags,
    )
    absl_flags.DEFINE_float(
        "learning_rate", 0.1, "Learning rate at the start.", flag_values=flags
    )


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.demonstration import Demonstration
    from tfprune.tools.training import Training

    no_files(files)
    return Demonstration(
        output_dir=flags.output_dir,
        training=Training(flags.epochs, flags.learning_rate, flags.batch_size),
        fine_tuning_epochs=flags.fine_tuning_epochs,
        strength=flags.strength,
        seed=flags.seed,
    )
