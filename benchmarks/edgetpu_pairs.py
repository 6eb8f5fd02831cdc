"""Compares the Edge TPU prediction with what the compiler did.

Reads pairs `X.tflite` and `X_edgetpu.tflite` (google-coral/test_data) from the
folder `edgetpu` of TFPRUNE_DATA_DIR. In a compiled file the operators that are
left beside the custom one run on the processor; the prediction for the source
shall name the same.

Run:
  TFPRUNE_DATA_DIR=... python benchmarks/edgetpu_pairs.py
"""

import os
import sys
from pathlib import Path

from result_file import write_result

from tfprune.export import check, read_tflite
from tfprune.export.targets.edgetpu import COMPILED
from tfprune.table import render_table

RESULT = Path(__file__).with_name("results") / "edgetpu_pairs.json"


def compare(source: Path, compiled: Path) -> dict:
    """The prediction for a source beside the facts of its compiled file."""
    report = check(source, target="edgetpu")
    predicted = [(x.name, x.output_shapes[0]) for x in report.refused]
    found = [
        (x.name, tuple(x.outputs[0].shape))
        for x in read_tflite(compiled).operators
        if x.name != COMPILED
    ]
    return {
        "model": source.name,
        "operators": len(report.operators),
        "predicted_on_edgetpu": len(report.mapping.mapped),
        "compiled_on_edgetpu": len(report.operators) - len(found),
        "on_processor": [name for name, _ in found],
        "first_break": report.mapping.first_break,
        "equal": predicted == found,
    }


def main() -> int:
    """Compares all pairs; the exit code is 1 where one differs."""
    folder = Path(os.environ.get("TFPRUNE_DATA_DIR", "."), "edgetpu")
    pairs = [
        compare(path.with_name(path.name.replace("_edgetpu", "")), path)
        for path in sorted(folder.glob("*_edgetpu.tflite"))
    ]
    if not pairs:
        print(f"No pairs in '{folder}': set TFPRUNE_DATA_DIR.")
        return 1
    rows = [
        (
            pair["model"],
            pair["operators"],
            pair["predicted_on_edgetpu"],
            pair["compiled_on_edgetpu"],
            pair["equal"],
        )
        for pair in pairs
    ]
    columns = ["model", "operators", "predicted", "compiled", "equal"]
    print(render_table("Operators on the Edge TPU", columns, rows))
    write_result(RESULT, pairs)
    return 0 if all(pair["equal"] for pair in pairs) else 1


if __name__ == "__main__":
    sys.exit(main())
