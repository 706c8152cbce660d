"""Saying: what is printed can be printed, and is one line for every reader."""

import io
import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from pipeline.pace import hear
from pipeline.saying import json_line, log, say, say_answers, say_json, say_lines

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


HOSTILE = "a\x1b[31m\r\x07\x9b2J\u202eb\x00\x7f"


def only_shows(text):
    return all(letter == "\n" or letter.isprintable() for letter in text)


def test_a_strangers_words_command_no_terminal(monkeypatch, capsys):
    for said, answer in (
        (say, (HOSTILE, False, str)),
        (say, ({"a": HOSTILE}, True, str)),
        (say_lines, ([HOSTILE], False, str)),
        (say_answers, ([{"a": HOSTILE}],)),
        (say_json, ({"a": HOSTILE},)),
    ):
        assert only_shows(printed(monkeypatch, said, *answer))
    log(HOSTILE)
    hear()
    logging.lastResort.handle(logging.makeLogRecord({"msg": HOSTILE}))
    told = capsys.readouterr().err
    assert only_shows(told)
    assert told.count("a\\x1b[31m\\x0d\\x07\\x9b2J\\u202eb\\x00\\x7f\n") == 2


@given(text=ANY)
def test_whatever_is_printed_moves_no_cursor(text):
    from pipeline.saying import escaped

    assert not any(ord(letter) < 0x20 and letter not in "\n\t" for letter in escaped(text))
    assert escaped(escaped(text)) == escaped(text)


def test_an_error_of_a_command_commands_no_terminal_either(command):
    said = command("show", "no\x1b[31mwhere")
    assert said.code == 1
    assert "no\\x1b[31mwhere" in said.err
