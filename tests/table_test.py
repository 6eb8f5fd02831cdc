"""Tables are plain text."""

from tfprune.table import format_cell, render_table


def test_a_table_has_its_title_headings_and_cells():
    text = render_table("Sizes", ["layer", "bytes"], [["conv", 1200]])
    lines = [line.split() for line in text.splitlines() if line.strip()]
    assert lines[0] == ["Sizes"]
    assert lines[1] == ["layer", "bytes"]
    assert lines[-1] == ["conv", "1,200"]
    assert "\x1b" not in text


def test_cells():
    assert format_cell(None) == "-"
    assert format_cell(True) == "yes"
    assert format_cell(1234567) == "1,234,567"
    assert format_cell(0.123456) == "0.1235"
    assert format_cell("text") == "text"


def test_names_are_no_markup():
    names = ["x[bold]y [conv]", "[/foo]", "a:smile:b"]
    text = render_table("t [/x]", ["a [b]"], [[name] for name in names])
    for name in ["t [/x]", "a [b]", *names]:
        assert name in text
