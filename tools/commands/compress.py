"""Prunes a network to a budget, fine-tunes it and deploys it.

  tfprune compress model.keras --data=mine.npz --macs=0.5
  tfprune compress --model=resnet_20 --dataset=fashion_mnist --macs=0.4

The least important channels are removed, and the smaller network is checked
to compute what the larger one computes without them. It is fine-tuned and
exported, and one table compares it with the network before: parameters, MACs,
bytes on disk, test accuracy and the latency of the .tflite files on this
machine.

The folder then holds model.keras, a .tflite file for each mode of --quantize,
baseline.tflite, report.json and widths.png.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.tools.file_argument import file_argument
from tfprune.tools.run_flags import define_run_flags


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    define_source_flags(flags)
    define_selection_flags(flags)
    absl_flags.DEFINE_integer(
        "epochs",
        10,
        "Epochs of fine-tuning; a reference network is trained for as many "
        "before.",
        lower_bound=0,
        flag_values=flags,
    )
    absl_flags.DEFINE_float(
        "learning_rate",
        0.001,
        "Learning rate of Adam at the start; it falls to 0.",
        flag_values=flags,
    )
    absl_flags.DEFINE_list(
        "quantize",
        None,
        "Which files to export: float32, float16, dynamic, int8, low_bit, "
        "comma between. Default: float32,int8, or float32,low_bit for a model "
        "with layers of few bits.",
        flag_values=flags,
    )
    define_run_flags(flags)


def define_source_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags for model and data."""
    for name, text in (
        (
            "keras_model",
            "The trained classifier, a .keras file; may also be given "
            "without a flag.",
        ),
        (
            "model",
            "A reference network instead, such as resnet_20; it is trained "
            "first.",
        ),
        (
            "dataset",
            "Data to fine-tune and measure on: digits, mnist or "
            "fashion_mnist. Default: digits.",
        ),
        (
            "data",
            "Data of your own instead: an .npz file with x_train, y_train, "
            "x_test and y_test.",
        ),
        (
            "data_dir",
            "Folder that holds <dataset>.npz; without it TFPRUNE_DATA_DIR, "
            "and without that a download.",
        ),
    ):
        absl_flags.DEFINE_string(name, None, text, flag_values=flags)


def define_selection_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags for what is removed."""
    for name, text in (
        ("macs", "Fraction of the multiply-accumulates to keep, in (0, 1]."),
        ("parameters", "Fraction of the parameters to keep, in (0, 1]."),
        ("sparsity", "Fraction of the channels to remove, in [0, 1)."),
    ):
        absl_flags.DEFINE_float(
            name,
            None,
            f"{text} Give one of --macs, --parameters, --sparsity.",
            flag_values=flags,
        )
    absl_flags.DEFINE_string(
        "criterion",
        "l1_norm",
        "What scores channels: l1_norm, l2_norm, batch_norm_scale or random.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "scope",
        "global",
        "global: one ranking over all layers; layer: the same fraction of "
        "each.",
        flag_values=flags,
    )
    for name, text in (
        ("round_to", "Layers keep a multiple of this many channels."),
        ("min_channels", "Layers keep at least so many channels."),
    ):
        absl_flags.DEFINE_integer(name, 1, text, flag_values=flags)
    absl_flags.DEFINE_multi_string(
        "exclude",
        [],
        "A regular expression for layers that keep all channels; may be "
        "repeated.",
        flag_values=flags,
    )


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.compression import Compression
    from tfprune.tools.data_source import DataSource
    from tfprune.tools.model_source import ModelSource
    from tfprune.tools.selection import Selection
    from tfprune.tools.training import Training

    _, model = file_argument(files, keras_model=flags.keras_model) or ("", None)
    return Compression(
        model=ModelSource(keras_model=model, model=flags.model),
        data=DataSource(flags.dataset, flags.data, flags.data_dir),
        selection=Selection(
            criterion=flags.criterion,
            macs=flags.macs,
            parameters=flags.parameters,
            sparsity=flags.sparsity,
            scope=flags.scope,
            round_to=flags.round_to,
            min_channels=flags.min_channels,
            exclude=tuple(flags.exclude),
            seed=flags.seed,
        ),
        training=Training(flags.epochs, flags.learning_rate, flags.batch_size),
        quantize=None if flags.quantize is None else tuple(flags.quantize),
        output_dir=flags.output_dir,
        seed=flags.seed,
    )
