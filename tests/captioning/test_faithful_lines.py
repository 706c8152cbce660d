"""Faithful lines: an answer a line; a bad line costs only itself."""

import json


def test_each_line_is_answered_and_a_bad_one_costs_itself(command, tmp_path):
    path = tmp_path / "items.jsonl"
    rows = [
        {"id": "a", "evidence": ["HeLa cells, DAPI."], "text": "\U0001f600 HeLa cells with mitochondria."},
        {"id": 2, "evidence": [], "text": "Bright round spots."},
    ]
    path.write_text(
        "\n".join([json.dumps(rows[0]), "no JSON", '{"id": 3, "evidence": "x", "text": "y"}', json.dumps(rows[1])])
    )
    said = command("faithful", path)
    first, broken, wrong, last = said.lines
    assert (first["id"], first["accepted"]) == ("a", False)
    assert first["unsupported"] == [{"start": 18, "end": 30, "text": "mitochondria", "check": "structures"}]
    assert first["checks"]["structures"] is False
    assert first["checks"]["numbers"] is True
    assert broken == {"line": 2, "error": "no JSON"}
    assert wrong["line"] == 3
    assert wrong["error"].startswith("evidence:")
    assert (last["id"], last["accepted"], last["unsupported"]) == (2, True, [])
    assert said.code == 3


def test_a_file_that_is_not_there_is_said_in_one_line(command, tmp_path):
    said = command("faithful", tmp_path / "none.jsonl")
    assert said.code == 2
    assert "no such file" in said.err
