"""The work of `tfprune benchmark` on this machine."""

import json
from dataclasses import asdict, dataclass

from tfprune.export import measure_latency, profile_operators
from tfprune.export.running.machine import machine_name
from tfprune.tools.json_file import write_json
from tfprune.tools.new_file import check_new


@dataclass(frozen=True)
class FileBenchmark:
    """Times `.tflite` files in turn and prints a table for each thread count.

    Attributes:
        paths: The files; the first one is the baseline.
        threads: Numbers of threads.
        runs: Timed runs of each file.
        warmup: Runs of each file before the first timed one.
        runtime: Name of the runtime.
        profile: Whether to time each operator too.
        json_path: A file to write the times to, or None.
        overwrite: Whether that file may exist.
    """

    paths: tuple[str, ...]
    threads: tuple[int, ...]
    runs: int
    warmup: int
    runtime: str
    profile: bool
    json_path: str | None
    overwrite: bool

    def run(self) -> None:
        """Measures, prints, writes."""
        check_new([self.json_path], self.overwrite)
        reports = [
            measure_latency(
                self.paths,
                num_threads=count,
                runs=self.runs,
                warmup=self.warmup,
                runtime=self.runtime,
            )
            for count in self.threads
        ]
        profiles = [
            profile_operators(path, num_threads=count, runs=self.runs)
            for path in self.paths
            for count in self.threads
            if self.profile
        ]
        print("\n\n".join(map(str, [*reports, *profiles])))
        content = {
            "machine": machine_name(),
            "latency": [report.as_dict() for report in reports],
            "profiles": [asdict(profile) for profile in profiles],
        }
        write_json(self.json_path, json.dumps(content, indent=2))
