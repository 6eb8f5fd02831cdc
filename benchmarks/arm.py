"""Runs exported files on emulated ARM processors and compares predictions.

A small residual network learns the digits with dead channels planted in it,
is stripped and exported in every mode. The files are run here and in the
environments that `arm.sh` makes, each in a process of its own, on the test
images. Times are not taken: those of an emulator say nothing of a device.

Run:
  benchmarks/arm.sh FOLDER

which prepares FOLDER and runs this on it.
"""

import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from result_file import write_result

import tfprune
from tfprune.export import MODES, check, evaluate_tflite, export_tflite
from tfprune.models.conv_norm import conv_norm
from tfprune.models.data import Dataset, load
from tfprune.models.inverted_residual import inverted_residual
from tfprune.models.residual_block import residual_block
from tfprune.table import render_table

RESULT = Path(__file__).with_name("results") / "arm.json"
CHILD = Path(__file__).with_name("arm_child.py")
PACKAGES = {"litert": "ai_edge_litert", "tflite-2.14": "tflite_runtime"}
EPOCHS = 20
# Rounding differs a little between kernels; wrong numbers are far off.
EQUAL_SHARE = 0.98
COLUMNS = {
    "architecture": "architecture",
    "runtime": "runtime",
    "mode": "mode",
    "predicted": "predicted to run",
    "loads": "loads",
    "images": "images",
    "equal": "equal predictions",
    "largest_difference": "largest difference",
    "from_float32": "from float32 here",
    "accuracy": "accuracy",
}


def network(data: Dataset) -> keras.Model:
    """Convolutions, depthwise ones, two sums and two dense layers."""
    inputs = keras.Input(data.input_shape, name="image")
    x = conv_norm(inputs, 24, 3, name="stem")
    x = keras.layers.ReLU(name="stem_relu")(x)
    x = inverted_residual(x, 24, expansion=2, name="block_0")
    x = inverted_residual(x, 32, expansion=2, strides=2, name="block_1")
    x = residual_block(x, 32, name="block_2")
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(64, activation="relu", name="hidden")(x)
    x = keras.layers.Dense(
        data.num_classes, activation="softmax", name="class"
    )(x)
    return keras.Model(inputs, x)


def plant_dead_channels(model: keras.Model) -> None:
    """Silences a quarter of the channels ahead of three ReLUs.

    Nothing flows back through a ReLU at zero: they stay dead in training.
    """
    for name in ("block_0_depthwise", "block_1_depthwise", "block_2_conv_0"):
        norm = model.get_layer(f"{name}_bn")
        alive = np.arange(norm.gamma.shape[0]) % 4 != 0
        norm.gamma.assign(norm.gamma * alive)
        norm.beta.assign(norm.beta * alive)


def trained(data: Dataset) -> keras.Model:
    """The network with dead channels, after training."""
    keras.utils.set_random_seed(0)
    model = network(data)
    plant_dead_channels(model)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(
        data.x_train, data.y_train, batch_size=64, epochs=EPOCHS, verbose=0
    )
    return model


def run_in(
    environment: Path, path: Path, data: NDArray, folder: Path
) -> tuple[NDArray | None, str]:
    """Runs a file elsewhere; its outputs, or None and what was said."""
    inputs, outputs = folder / "inputs.npy", folder / "outputs.npy"
    np.save(inputs, data)
    outputs.unlink(missing_ok=True)
    package = PACKAGES[environment.name]
    done = subprocess.run(
        [environment / "python", CHILD, package, path, inputs, outputs],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return None, last_words(done.stderr)
    return np.load(outputs), ""


def last_words(errors: str) -> str:
    """The message of an exception or a signal, without its traceback."""
    lines = [line for line in errors.splitlines() if line.strip()]
    indented = [i for i, line in enumerate(lines) if line.startswith("  ")]
    return " ".join(lines[indented[-1] + 1 :] if indented else lines[-1:])


def measured(
    received: NDArray, mode: str, expected: dict[str, NDArray], labels: NDArray
) -> dict[str, Any]:
    """How the outputs of a file compare with those of the files here."""
    classes = received.argmax(axis=1)
    same, float32 = expected[mode], expected["float32"]
    return {
        "images": len(received),
        "equal": int((classes == same.argmax(axis=1)).sum()),
        "largest_difference": float(np.abs(received - same).max()),
        "from_float32": float(np.abs(received - float32).max()),
        "accuracy": float((classes == labels).mean()),
    }


def compare(
    environments: list[Path], paths: dict[str, Path], data: Dataset
) -> list[dict[str, Any]]:
    """One row for each file here, and for each environment and file."""
    expected = {
        mode: evaluate_tflite(path, data.x_test) for mode, path in paths.items()
    }
    rows = [
        {
            "architecture": platform.machine(),
            "runtime": "litert",
            "mode": mode,
            "predicted": check(paths[mode], target="litert").runs,
            "loads": True,
            **measured(outputs, mode, expected, data.y_test),
        }
        for mode, outputs in expected.items()
    ]
    for environment in environments:
        for mode, path in paths.items():
            report = check(path, target=environment.name)
            received, answer = run_in(
                environment, path, data.x_test, path.parent
            )
            row = {
                "architecture": environment.parent.name,
                "runtime": environment.name,
                "mode": mode,
                "predicted": report.runs,
                "loads": received is not None,
            }
            if received is None:
                row["answer"] = answer
                row["reasons"] = sorted({x.reason for x in report.refused})
            else:
                row |= measured(received, mode, expected, data.y_test)
            rows.append(row)
    return rows


def as_predicted(row: dict[str, Any]) -> bool:
    """Whether a file runs, and rightly, exactly where it shall."""
    equal = row.get("equal", 0) >= EQUAL_SHARE * row.get("images", 1)
    return row["predicted"] == (row["loads"] and equal)


def main(folder: str) -> int:
    """Compares in all environments of a folder; 1 if one is a surprise."""
    environments = sorted(
        path.parent for path in Path(folder).absolute().glob("*/*/python")
    )
    data = load("digits")
    model = trained(data)
    small = tfprune.strip(model, data=data.x_test[:64])
    with tempfile.TemporaryDirectory() as temporary:
        paths = {
            mode: Path(temporary) / f"{mode}.tflite" for mode in MODES.names()
        }
        for mode, path in paths.items():
            export_tflite(
                small, path, quantize=mode, representative_data=data.x_train
            )
        sizes = {mode: path.stat().st_size for mode, path in paths.items()}
        rows = compare(environments, paths, data)
    print(
        render_table(
            "Probabilities of the classes, beside the same file here",
            list(COLUMNS.values()),
            [[row.get(key) for key in COLUMNS] for row in rows],
            width=150,
        )
    )
    for row in rows:
        if not row["loads"]:
            print(
                f"{row['architecture']} {row['runtime']} {row['mode']}: "
                f"{row['answer']}"
            )
    right = sum(map(as_predicted, rows))
    print(f"{right} of {len(rows)} files do as predicted.")
    content = {
        "command": "benchmarks/arm.sh FOLDER",
        "parameters": model.count_params(),
        "parameters_stripped": small.count_params(),
        "bytes": sizes,
        "rows": rows,
    }
    write_result(RESULT, content)
    return 0 if environments and right == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
