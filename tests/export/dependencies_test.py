"""What is said when a package is missing."""

import sys

import pytest

from tfprune.errors import MissingDependencyError, TfpruneError
from tfprune.export.dependencies import require


def test_returns_the_module():
    assert require("ai_edge_litert.schema_py_generated").ModelT


@pytest.mark.parametrize(
    "module, line",
    [
        ("tensorflow", "pip install 'tensorflow>=2.21'"),
        ("ai_edge_litert.interpreter", "pip install 'ai-edge-litert>=2.1'"),
        ("flatbuffers", "pip install flatbuffers"),
    ],
)
def test_names_the_line_that_mends_it(monkeypatch, module, line):
    monkeypatch.setitem(sys.modules, module.partition(".")[0], None)
    monkeypatch.delitem(sys.modules, module, raising=False)
    if "." not in module:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError) as caught:
        require(module)
    assert str(caught.value).endswith(f"Install it with: {line}")
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, TfpruneError)


def test_names_the_package_that_is_really_missing(monkeypatch):
    # LiteRT is there, but the flatbuffers that its schema needs are not.
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    monkeypatch.delitem(sys.modules, "ai_edge_litert.schema_py_generated")
    with pytest.raises(MissingDependencyError, match="'flatbuffers'"):
        require("ai_edge_litert.schema_py_generated")
