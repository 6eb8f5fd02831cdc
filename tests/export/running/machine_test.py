"""Names of machines, as Linux describes them."""

import os
import platform

import pytest

from tfprune.export.running.machine import machine_name, num_cores


@pytest.mark.parametrize(
    "text, name",
    [
        (
            "processor\t: 0\nmodel name\t: AMD EPYC 9R14\n\n"
            "processor\t: 1\nmodel name\t: another one\n",
            "AMD EPYC 9R14",
        ),
        (
            "processor\t: 0\nCPU part\t: 0xd0b\n\n"
            "Model\t\t: Raspberry Pi 5 Model B Rev 1.0\n",
            "Raspberry Pi 5 Model B Rev 1.0",
        ),
    ],
)
def test_processor_or_board(tmp_path, text, name):
    (tmp_path / "cpuinfo").write_text(text)
    assert machine_name(tmp_path / "cpuinfo") == (
        f"{name}, {platform.machine()}, {platform.system()}"
    )


@pytest.mark.parametrize("text", [None, "", "no colons here\n"])
def test_without_a_name_the_architecture_is_told(tmp_path, text):
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text)
    found = machine_name(tmp_path / "cpuinfo")
    assert found.endswith(f"{platform.machine()}, {platform.system()}")
    assert "\n" not in found and not found.startswith(",")


def test_processors_are_those_of_the_process():
    assert 1 <= num_cores() <= os.cpu_count()
