"""What every target, and every rule of it, keeps."""

import json

import pytest

from tests.export.targets.examples import EXAMPLES, model_of, relu
from tests.export.versions.converted import CASES as CONVERTED
from tests.export.versions.converted import converted
from tfprune.export.targets import TARGETS, Target, TargetReport, check
from tfprune.export.targets.conditions import CONDITIONS
from tfprune.export.targets.rule_book import FOLDER

RULES = [
    (name, rule)
    for name in TARGETS.names()
    for rule in TARGETS.get(name).rules.rules
]
CASES = pytest.mark.parametrize(
    "name, rule", RULES, ids=lambda x: getattr(x, "name", x)
)


@CASES
def test_rule_tells_good_from_bad(name, rule):
    example = EXAMPLES[rule.name]
    book = TARGETS.get(name).rules
    assert rule.concerns(example.met) and rule.concerns(example.broken)
    assert rule.is_met_by(example.met)
    assert book.broken_by(example.met) is None
    assert not rule.is_met_by(example.broken)
    assert check(model_of(example.met), name).fits
    report = check(model_of(example.broken), name)
    assert not report.fits
    verdict = report.operators[0]
    assert not verdict.accepted
    assert verdict.rule == rule.name
    assert verdict.status == rule.status
    assert verdict.reason and verdict.remedy == rule.remedy
    assert verdict.remedy in str(report)
    # What stops a target stops it whatever else the model holds.
    beside = check(model_of(relu(), example.broken), name)
    assert not (rule.stops and beside.runs)


@CASES
def test_rule_names_its_source(name, rule):
    assert rule.source and rule.condition in CONDITIONS
    for sentence in (rule.reason, rule.remedy):
        assert sentence.endswith(".") and "\n" not in sentence
    example = EXAMPLES[rule.name]
    assert "None" not in rule.explain(example.broken)
    assert "{" not in rule.explain(example.broken)


@pytest.mark.parametrize("name", TARGETS.names())
def test_target_describes_itself(name):
    target = TARGETS.get(name)
    assert isinstance(target, Target)
    assert target.name == name
    assert target == type(target)()
    assert (FOLDER / f"{name}.json").exists()
    names = [rule.name for rule in target.rules.rules]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", TARGETS.names())
def test_report_is_plain_data(name, exported):
    path = exported("residual", "int8").path
    report = check(path, target=name)
    assert isinstance(report, TargetReport)
    assert report.path == str(path)
    assert json.loads(report.to_json()) == report.as_dict()
    assert report.as_dict()["fits"] == report.fits
    rows = [x for x in str(report).splitlines() if x.startswith("  ")]
    assert len(rows) > len(report.operators)
    assert max(map(len, rows)) <= 120


@pytest.mark.parametrize("target", TARGETS.names())
@pytest.mark.parametrize("name, mode", CONVERTED)
def test_every_file_of_the_converter_is_judged(target, name, mode):
    model = converted(name, mode)
    report = check(model, target)
    assert len(report.operators) == len(model.operators)
    assert all(x.reason and x.remedy for x in report.refused)


def test_no_example_and_no_condition_is_idle():
    assert set(EXAMPLES) == {rule.name for _, rule in RULES}
    assert set(CONDITIONS) == {rule.condition for _, rule in RULES}


def test_no_rule_file_is_idle():
    files = {path.stem for path in FOLDER.glob("*.json")}
    assert files == set(TARGETS.names())
