"""What the documents name exists."""

import importlib
import re
from pathlib import Path

import pytest

from tfprune.criteria import CRITERIA
from tfprune.tools.main import COMMANDS

MIGRATION = (
    Path(__file__).parent.parent / "docs" / "migrating_from_tfmot.md"
).read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"\btfprune((?:\.\w+)+)\b", MIGRATION)))


@pytest.mark.parametrize("name", NAMES)
def test_name_exists(name):
    item = importlib.import_module("tfprune")
    for part in name.strip(".").split("."):
        item = getattr(item, part)


def test_commands_and_criteria_exist():
    used = set(re.findall(r"tfprune (\w+) (?:--|model)", MIGRATION))
    assert used and used <= {command.name for command in COMMANDS}
    criteria = re.findall(r'criterion="(\w+)"', MIGRATION)
    assert criteria and set(criteria) <= set(CRITERIA.names())
