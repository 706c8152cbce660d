"""Batch files: the lines of OpenAI's format, one answer for live and batch, and what goes wrong in one."""

import json

import pytest

from captioning import batch_files
from captioning.asked import Answered, Asked, Picture
from captioning.batch_files import read_results, write_batches

TEXT = "Round bright nuclei lie in the upper half."


def lines_in(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


SAID = json.dumps({"sentences": [{"text": TEXT}]})


def results(path, lines, text=SAID, status=200):
    """Write what a batch service answers to lines."""
    message = {"role": "assistant", "content": text}
    body = {
        "model": "tiny",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 50, "completion_tokens": 5},
    }
    said = {"status_code": status, "request_id": "r", "body": body if status == 200 else {"message": "bad image"}}
    answers = [{"id": "b", "custom_id": line["custom_id"], "response": said, "error": None} for line in lines]
    path.write_text("".join(json.dumps(one) + "\n" for one in answers))
    return path


def test_a_line_is_the_request_that_would_be_sent(asker, tmp_path):
    written = write_batches([asker.asked(1)], asker.service(), tmp_path / "batches")
    (line,) = lines_in(written.files[0])
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
    asker(map(asker.asked, [1]))
    assert line["body"] == asker.server.asked()[0]


def test_what_a_batch_answered_is_not_asked_again(asker, tmp_path):
    requests = [asker.asked(number) for number in range(5)]
    written = write_batches(requests, asker.service(), tmp_path / "batches")
    read = read_results(results(tmp_path / "out.jsonl", lines_in(written.files[0])), asker.service())
    assert (written.lines, read.kept, read.refused) == (5, 5, ())
    outcomes = asker(requests)
    assert [one.text for one in outcomes] == [TEXT] * 5
    assert asker.server.seen == []
    again = write_batches(requests, asker.service(), tmp_path / "more")
    assert (again.files, again.lines) == ((), 0)
    assert list(again.settled) == outcomes


def test_the_next_batch_mends_what_the_first_got_wrong(asker, tmp_path):
    requests = [asker.asked(1)]
    first = write_batches(requests, asker.service(), tmp_path / "1")
    read_results(results(tmp_path / "out1.jsonl", lines_in(first.files[0]), text="no JSON"), asker.service())
    second = write_batches(requests, asker.service(), tmp_path / "2")
    (line,) = lines_in(second.files[0])
    assert "not JSON" in line["body"]["messages"][-1]["content"]
    read_results(results(tmp_path / "out2.jsonl", [line]), asker.service())
    (outcome,) = asker(requests)
    assert isinstance(outcome, Answered)
    assert outcome.mended == ("answer_no_json",)
    assert asker.server.seen == []


def test_lines_without_an_answer_are_told_and_stay_to_be_asked(asker, tmp_path):
    requests = [asker.asked(1)]
    (line,) = lines_in(write_batches(requests, asker.service(), tmp_path / "b").files[0])
    out = results(tmp_path / "out.jsonl", [line], status=400)
    strange = results(tmp_path / "strange.jsonl", [{"custom_id": "f" * 64}]).read_text()
    expired = json.dumps({"custom_id": "0" * 64, "error": {"code": "expired"}})
    out.write_text(f"{out.read_text()}not JSON\n{expired}\n{strange}")
    read = read_results(out, asker.service())
    assert read.kept == 0
    assert [reason for _, reason, _ in read.refused] == [
        "request_rejected",
        "no_answer",
        "request_rejected",
        "no_answer",
    ]
    assert "bad image" in read.refused[0][2]
    assert "expired" in read.refused[2][2]
    assert write_batches(requests, asker.service(), tmp_path / "again").lines == 1


def test_files_are_as_large_as_a_service_takes(asker, tmp_path, monkeypatch):
    monkeypatch.setattr(batch_files, "_MOST_LINES", 3)
    written = write_batches(map(asker.asked, range(7)), asker.service(), tmp_path / "b")
    assert [path.name for path in written.files] == ["batch-00000.jsonl", "batch-00001.jsonl", "batch-00002.jsonl"]
    assert [len(lines_in(path)) for path in written.files] == [3, 3, 1]
    monkeypatch.setattr(batch_files, "_MOST_BYTES", 6000)
    written = write_batches(map(asker.asked, range(7)), asker.service(), tmp_path / "c")
    assert all(path.stat().st_size <= 6000 or len(lines_in(path)) == 1 for path in written.files)


def test_equal_questions_are_one_line_and_bad_pictures_none(asker, tmp_path):
    bad = Asked("bad", Picture(b"nothing"))
    written = write_batches([asker.asked(1), asker.asked(1), bad], asker.service(), tmp_path / "b")
    assert written.lines == 1
    assert [one.id for one in written.settled] == ["bad"]


@pytest.mark.parametrize("status", [None, "200", True])
def test_a_status_that_is_none_is_told(asker, tmp_path, status):
    out = tmp_path / "out.jsonl"
    out.write_text(json.dumps({"custom_id": "a", "response": {"status_code": status, "body": None}}) + "\n")
    assert len(read_results(out, asker.service()).refused) == 1
