"""The console command as a whole."""

import json
import subprocess
import sys

import keras
import pytest

from tfprune.regularizers import L1
from tfprune.tools.main import COMMANDS, run

NAMES = [command.name for command in COMMANDS]


def in_process_of_its_own(*words):
    return subprocess.run(
        [sys.executable, "-m", "tfprune_console", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_lists_every_command_with_one_line(command, words):
    code, out, err = command(*words)
    assert (code, err) == (0, "")
    for item in COMMANDS:
        assert f"  {item.name:<10}{item.summary}\n" in out


@pytest.mark.parametrize(
    "word, meant",
    [("comprss", "compress"), ("conver", "convert"), ("Demo", "demo")],
)
def test_unknown_command_is_wrong_usage(command, word, meant):
    code, out, err = command(word)
    assert (code, out) == (2, "")
    assert err == (
        f"tfprune: Unknown command '{word}'. Did you mean '{meant}'? "
        f"Expected one of: {', '.join(NAMES)}.\n"
    )


@pytest.mark.parametrize("name", NAMES)
def test_help_names_every_flag_and_fits_the_page(command, name):
    code, out, err = command(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"tfprune {name}\n")
    assert "\n  --debug\n" in out and "\n  --flagfile=...\n" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_unknown_flag_is_wrong_usage(fails, name):
    line = fails(2, name, "--debugg")
    assert "Unknown command line flag 'debugg'. Did you mean: debug ?" in line
    assert line.endswith(f"See 'tfprune {name} --help'.\n")


@pytest.mark.parametrize(
    "words, part",
    [
        (["demo", "--epochs=many"], "flag --epochs=many"),
        (["demo", "--epochs=0"], "flag --epochs=0"),
        (["demo", "--seed=-1"], "flag --seed=-1"),
        (["demo", "--epochs"], "Missing value for flag --epochs"),
        (["demo", "--nodebug=1"], "does not take an argument"),
        (["demo", "--flagfile=/no/such"], "/no/such"),
        (["demo", "extra"], "Expected nothing but flags. Received: 'extra'."),
        (["demo", "--learning_rate=nan"], "learning rate that is finite"),
        (["demo", "--strength=-1"], "Expected strength of L1"),
        (["convert", "--input_type=int4"], "flag --input_type=int4"),
    ],
)
def test_bad_flag_value_is_wrong_usage(fails, words, part):
    assert part in fails(2, *words)


def test_flagfile_is_read(command, tmp_path):
    flagfile = tmp_path / "flags"
    flagfile.write_text("--json=-\n--tflite=/no/such.tflite\n")
    code, _, err = command("inspect", f"--flagfile={flagfile}")
    assert code == 1
    assert "Could not read '/no/such.tflite'" in err


def test_debug_adds_the_traceback(command):
    code, out, err = command("inspect", "/no/such.keras", "--debug")
    assert (code, out) == (1, "")
    assert err.startswith("Traceback")
    assert err.endswith(
        "\ntfprune inspect: Could not read '/no/such.keras': No such file or "
        "directory. Check the path.\n"
    )


@pytest.mark.parametrize(
    "words", [["demo"], ["compress", "a.keras", "--macs=0.5"]]
)
def test_other_backends_are_refused_before_the_work(
    fails, monkeypatch, tmp_path, words
):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    line = fails(1, *words, f"--output_dir={tmp_path / 'out'}")
    assert "Received: 'jax'." in line
    assert not (tmp_path / "out").exists()


def test_interrupt_is_no_traceback(monkeypatch, command, folder):
    from tfprune.tools.keras_inspection import KerasInspection

    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(KerasInspection, "run", interrupt)
    code, _, err = command("inspect", folder / "model.keras")
    assert (code, err) == (130, "tfprune inspect: Interrupted.\n")


def test_process_ends_with_the_exit_code_and_says_no_more(folder):
    failed = in_process_of_its_own("inspect", "/no/such.keras")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == (
        "tfprune inspect: Could not read '/no/such.keras': No such file or "
        "directory. Check the path.\n"
    )


def test_fresh_process_knows_the_classes_of_this_package(tmp_path):
    inputs = keras.Input((4,))
    layer = keras.layers.Dense(3, kernel_regularizer=L1(0.5))
    keras.Model(inputs, layer(inputs)).save(tmp_path / "m.keras")
    done = in_process_of_its_own("inspect", tmp_path / "m.keras", "--json=-")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["profile"]["parameters"] == 15


def test_help_in_a_process_of_its_own_is_quiet():
    done = in_process_of_its_own("compress", "--help")
    assert (done.returncode, done.stderr) == (0, "")


def test_reader_that_stops_early_and_ascii_are_no_errors(folder):
    script = (
        f"PYTHONIOENCODING=ascii '{sys.executable}' -m tfprune_console "
        f"inspect '{folder}/model.keras' --groups | head -c 9"
    )
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "Profile o"
    assert done.stderr == ""


def test_words_of_the_process_are_the_default(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tfprune", "demo", "--help"])
    assert run() == 0
    assert capsys.readouterr().out.startswith("tfprune demo\n")
