"""The flags that commands share which train and write a folder."""

from absl import flags as absl_flags

LARGEST_SEED = 2**32 - 1


def define_run_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the output folder, the seed and the batch size."""
    absl_flags.DEFINE_string(
        "output_dir",
        "out",
        "Folder to write to; made if it is missing. Files of an earlier run "
        "are replaced.",
        flag_values=flags,
    )
    absl_flags.DEFINE_integer(
        "seed",
        0,
        "Chooses initial weights and the order of the samples.",
        lower_bound=0,
        upper_bound=LARGEST_SEED,
        flag_values=flags,
    )
    absl_flags.DEFINE_integer(
        "batch_size",
        64,
        "Samples in each update.",
        lower_bound=1,
        flag_values=flags,
    )
