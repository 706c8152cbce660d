"""Text only: what a model gets right without the pictures is a gate, where one was asked."""

import json
import random

import pytest
from asked_sets import WORDS, asked

from publishing.text_only import blind_answers, not_judged, text_only
from schemas.blind_answers import FILE, BlindAnswers, digest_of

ASKED = {"model": "tiny", "revision": None, "of": 100, "unreadable": 0, "why": {}}


def answered(each, right):
    """Return the answers of a model that gets some right, given by their numbers."""
    marks = {digest_of(one.id, one.question, one.options, one.answer_index): at in right for at, one in enumerate(each)}
    return BlindAnswers(model="tiny", revision=None, right=marks, unread={})


def each(count, task="stain"):
    lot = random.Random(1)
    return [asked(at, lot.sample(WORDS, 5), at % 5, task=task) for at in range(count)]


@pytest.mark.parametrize(("right", "fires"), [(20, False), (30, False), (39, False), (40, True), (100, True)])
def test_it_fires_where_the_interval_lies_above_chance_and_a_tenth(right, fires):
    (found,), who = text_only(each(100), answered(each(100), range(right)))
    assert (found.gate, found.questions, found.found, found.fires) == ("text_only", 100, right / 100, fires)
    assert found.fair == pytest.approx(0.2)
    assert who == {**ASKED, "questions": 100, "judged": True}


def test_few_questions_prove_little():
    assert [text_only(each(n), answered(each(n), range(n)))[0][0].fires for n in (3, 4)] == [False, True]


def test_a_task_that_is_known_blind_fires_alone():
    fine = [one._replace(id=f"{at}", task="tissue") for at, one in enumerate(each(300))]
    both = [*fine, *each(30)]
    found, _ = text_only(
        both,
        answered(both, range(60)).model_copy(
            update={"right": answered(both, {*range(0, 300, 5), *range(300, 330)}).right}
        ),
    )
    assert {one.task for one in found if one.fires} == {"stain"}


def test_what_was_asked_in_another_form_is_not_judged():
    told = answered(each(100), range(100))
    again = [one._replace(options=one.options[::-1], answer_index=4 - one.answer_index) for one in each(100)]
    assert text_only(again, told) == ([], {**ASKED, "questions": 0, "judged": False})
    assert text_only(each(100), None) == ([], None)


def test_a_file_that_nobody_can_read_is_none(tmp_path):
    assert blind_answers(tmp_path) is None
    (tmp_path / FILE).write_text(json.dumps({"model": 3}))
    assert blind_answers(tmp_path) is None


def unread(told, count):
    """Return answers of which the last so many can't be read."""
    keys = list(told.right)
    right = {key: told.right[key] for key in keys[: len(keys) - count]}
    return told.model_copy(update={"right": right, "unread": dict.fromkeys(keys[len(keys) - count :], "refused")})


@pytest.mark.parametrize(("count", "judged"), [(0, True), (20, True), (21, False), (100, False)])
def test_nothing_passes_on_answers_that_nobody_can_read(count, judged):
    found, who = text_only(each(100), unread(answered(each(100), range(20)), count))
    assert (who["judged"], who["unreadable"], bool(found)) == (judged, count, judged)
    assert not_judged(who) == ("" if judged else f"not judged: {count} of 100 unreadable")


def test_what_is_right_refuses_though_much_else_cannot_be_read():
    (found,), who = text_only(each(100), unread(answered(each(100), range(60)), 40))
    assert (found.fires, found.found, who["judged"]) == (True, 0.6, True)


def test_answers_that_can_be_read_are_judged_by_themselves():
    (found,), _ = text_only(each(100), unread(answered(each(100), range(40)), 20))
    assert (found.questions, found.found, found.fires) == (80, 0.5, True)
