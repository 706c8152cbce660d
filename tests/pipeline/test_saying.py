"""Saying: what is printed can be printed, and is one line for every reader."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from pipeline.saying import json_line, say, say_json

ANY = st.text(st.characters(exclude_categories=()))


def printed(monkeypatch, said, *answer, encoding="utf-8"):
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", out)
    said(*answer)
    out.flush()
    return out.buffer.getvalue().decode(encoding)


@given(text=ANY)
def test_whatever_a_text_holds_it_is_one_line_of_json_and_comes_back(text):
    line = json_line({"text": text})
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode()) == {"text": text}


def test_what_a_terminal_can_t_show_is_escaped(monkeypatch):
    assert printed(monkeypatch, say, {"a": "µ\ud800"}, True, str) == '{"a": "µ\\ud800"}\n'
    assert printed(monkeypatch, say, "µ\ud800", False, str) == "µ\\ud800\n"
    assert printed(monkeypatch, say, {"a": "→µ"}, True, str, encoding="latin-1") == '{"a": "\\u2192\\u00b5"}\n'
    assert printed(monkeypatch, say, "→µ", False, str, encoding="latin-1") == "\\u2192µ\n"
    assert json.loads(printed(monkeypatch, say_json, {"a": "\u2028\ud800"})) == {"a": "\u2028\ud800"}
