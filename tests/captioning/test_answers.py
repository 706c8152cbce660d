"""Answers: kept whole, once, for several processes, with nothing but questions and replies."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from captioning.answers import Answers
from captioning.replies import Reply
from captioning.request_bodies import Question
from schemas.errors import WorkspaceError


def question(text="?", number=1):
    return Question({"model": "tiny", "messages": [{"role": "user", "content": text}]}, "r1", number)


REPLY = Reply(text="Cells.", finish_reason="stop", tokens_in=5, tokens_out=2)


def test_what_is_kept_is_found_again(tmp_path):
    path = tmp_path / "new" / "answers.sqlite"
    with Answers(path) as answers:
        assert answers.find(question().key) is None
        assert answers.keep(question(), REPLY) == REPLY
    with Answers(path) as answers:
        assert answers.find(question().key) == REPLY


def test_the_first_of_two_answers_stands(tmp_path):
    with Answers(tmp_path / "a") as answers, Answers(tmp_path / "a") as other:
        answers.keep(question(), REPLY)
        assert other.keep(question(), REPLY.model_copy(update={"text": "Others."})) == REPLY


def test_panels_are_counted_once_and_tokens_always(tmp_path):
    with Answers(tmp_path / "a") as answers:
        answers.keep(question("a"), REPLY)
        answers.keep(question("b"), REPLY)
        answers.keep(question("b again", 2), REPLY)
        answers.note_busy([(0, 100), (0, 101), (1, 100)])
        assert answers.note_busy([(0, 101), (0, 102)]) == 4
        assert answers.spent("tiny") == (2, 15, 6, 4)
        assert answers.spent("large") == (0, 0, 0, 4)


def test_many_may_write_at_once(tmp_path):
    path = tmp_path / "a"
    Answers(path).__exit__(None, None, None)

    def write(start):
        with Answers(path) as answers:
            for number in range(start, start + 50):
                answers.keep(question(str(number)), REPLY)
                answers.note_busy([(0, number)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, [0, 25, 50, 75]))
    with Answers(path) as answers:
        assert answers.spent("tiny") == (125, 625, 250, 125)


def test_a_file_that_is_something_else_is_told(tmp_path):
    (tmp_path / "a").write_bytes(b"no database, but long enough to be looked at by sqlite" * 30)
    with pytest.raises(WorkspaceError, match="Move it away"):
        Answers(tmp_path / "a")


def test_an_answer_of_a_batch_is_kept_only_where_it_was_asked_for(tmp_path):
    with Answers(tmp_path / "a") as answers:
        answers.note_batched([question()])
        assert answers.keep_batched(question().key, REPLY)
        assert not answers.keep_batched("0" * 64, REPLY)
        assert answers.find(question().key) == REPLY


def test_how_many_panels_have_an_answer_is_known_while_they_are_asked_about(tmp_path):
    with Answers(tmp_path / "a") as answers:
        assert answers.so_far() is None
        answers.begin_stream(3)
        answers.keep(question("a"), REPLY)
        answers.note_asked({"p1": question("a").key, "p2": question("a").key, "p3": question("b").key})
        assert answers.so_far() == (3, 2)
        answers.begin_stream(5)
        assert answers.so_far() == (5, 0)
        answers.end_stream()
        assert answers.so_far() is None
