"""A file as text."""

import pytest

from tests.export.flatbuffer.specimens import SPECIMENS
from tfprune.export import dump, read_tflite, serialize
from tfprune.export.flatbuffer.reader import parse_tflite


@pytest.mark.parametrize("name", SPECIMENS)
def test_one_line_for_each_operator(name):
    model = parse_tflite(SPECIMENS[name]())
    lines = dump(model).splitlines()
    steps = [x for x in lines if x.startswith("   ") and "(" in x]
    assert len(steps) == len(model.operators)
    for line, operator in zip(steps, model.operators, strict=True):
        assert f"{operator.name.strip()}" in line
        assert f" v{operator.version}(" in line
    assert dump(parse_tflite(serialize(model))) == dump(model)


def test_text_of_a_small_file():
    assert dump(parse_tflite(SPECIMENS["int4"]())).splitlines() == [
        "subgraph 0 'main'",
        "  inputs: x FLOAT32[-1,32]",
        "  outputs: z FLOAT32[-1,8]",
        "     0 FULLY_CONNECTED v10(x FLOAT32[-1,32], w INT4[4,32] 4 scales "
        "0.1..0.1 along axis 0 constant of 64 bytes, -) -> y FLOAT32[-1,4] "
        "{fused_activation_function=NONE, weights_format=DEFAULT, "
        "keep_num_dims=False, asymmetric_quantize_inputs=False, "
        "quantized_bias_type=FLOAT32}",
        "     1 FULLY_CONNECTED v13(y FLOAT32[-1,4], v INT4[8,4] scales in "
        "scales constant of 16 bytes, -) -> z FLOAT32[-1,8] "
        "{fused_activation_function=NONE, weights_format=DEFAULT, "
        "keep_num_dims=False, asymmetric_quantize_inputs=False, "
        "quantized_bias_type=FLOAT32}",
        "signature 'serving_default' of subgraph 0: x=x -> z=z",
    ]


def test_what_else_a_file_holds_is_told():
    text = dump(parse_tflite(SPECIMENS["described"]()))
    assert "description 'A specimen.'" in text
    assert "metadata 'TFLITE_METADATA': 200 bytes" in text
    assert "attached 'labels.txt': 8 bytes" in text
    assert "custom 'TfpruneDouble' v1(" in text
    assert "{40 bytes of options}" in text
    text = dump(parse_tflite(SPECIMENS["several"]()))
    assert "{container='', shared_name='state'}" in text
    assert "subgraph 2 'set_up'" in text


def test_names_never_break_a_line(exported):
    model = read_tflite(exported("depthwise").path)
    before = len(dump(model).splitlines())
    model.main.tensors[3].name = "two\nlines"
    assert len(dump(model).splitlines()) == before
