"""Question gates: they fire on sets that can be guessed, and on no fair one."""

import random

import pytest
from asked_sets import WORDS, asked, fair, fired

from publishing.guessing import familiar, tallied
from publishing.question_gates import findings
from schemas.questions import NONE


@pytest.mark.parametrize("count", [1, 3, 8, 20, 60, 200])
def test_no_gate_fires_on_a_fair_set_of_any_size(count):
    assert [(seed, found) for seed in range(60) if (found := fired(fair(count, seed)))] == []


@pytest.mark.slow
def test_no_gate_fires_on_large_fair_sets():
    assert [found for seed in range(5) if (found := fired(fair(20_000, seed)))] == []


def test_a_constant_answer_fires_as_in_microvqa():
    """33 of 51 answers stand at place 1 there."""
    lot = random.Random(1)
    each = [asked(at, lot.sample(WORDS, 4), 1 if at < 33 else lot.choice([0, 2, 3])) for at in range(51)]
    assert {"constant_answer", "answer_position"} <= fired(each, 0.0)


@pytest.mark.parametrize(("gate", "choose"), [("longest_option", max), ("shortest_option", min)])
def test_a_telling_length_fires(gate, choose):
    lot, each = random.Random(2), []
    for at in range(60):
        options = lot.sample(WORDS, 4)
        telling = options.index(choose(options, key=len))
        each.append(asked(at, options, telling if at < 40 else lot.randrange(4)))
    assert gate in fired(each, 0.0)


def test_none_of_the_above_that_is_right_too_often_fires():
    each = [asked(at, [*WORDS[:4], NONE], 4 if at % 2 else at % 4, held_back=None) for at in range(200)]
    assert {"none_rate", "none_where_offered"} <= fired(each)


def test_none_of_the_above_that_is_never_right_fires():
    each = [asked(at, [*WORDS[:4], NONE], at % 4) for at in range(200)]
    assert "none_where_offered" in fired(each)


def test_none_of_the_above_may_be_right_as_often_as_the_manifest_says():
    lot, each = random.Random(3), []
    for at in range(400):
        right = 4 if lot.random() < 0.4 else lot.randrange(4)
        each.append(asked(at, [*lot.sample(WORDS, 4), NONE], right, held_back=f"{at}" if right == 4 else None))
    assert not fired(each, 0.4)


def test_one_answer_for_nearly_all_fires_and_only_in_its_task():
    each = [asked(at, ["a", "b", "c", "d"], 0 if at < 90 else 1 + at % 3, task="modality") for at in range(100)]
    fine = [asked(1000 + at, ["a", "b", "c", "d"], at % 4) for at in range(100)]
    found = [one for one in findings(tallied([*each, *fine]), 0.0) if one.gate == "majority_class" and one.fires]
    assert [(one.task, one.detail) for one in found] == [("modality", "a")]


def test_a_truth_counts_also_where_it_is_held_back():
    each = [asked(at, ["b", "c", "d", NONE], 3, held_back="a", task="modality") for at in range(100)]
    assert "majority_class" in fired(each)


def test_the_same_question_of_the_same_picture_fires():
    each = [
        asked(at, lot, at % 4, image_sha256="same" if at in {3, 7} else f"{at}")
        for at, lot in enumerate([WORDS[:4]] * 20)
    ]
    found = [one for one in findings(tallied(each), 0.0) if one.fires]
    assert [one.gate for one in found] == ["repeated_question"]


def test_questions_that_are_answered_with_places_are_not_guessed():
    one = asked(1, ["x"], 0, task="localization")._replace(options=(), answer_index=None)
    told = tallied([one])
    assert (told.whole.questions, told.with_places["localization"]) == (0, 1)
    assert [found.gate for found in findings(told, 0.15)] == ["repeated_question"]
    assert findings(tallied([]), 0.15) == []


def by_task(places):
    """Return 500 fair questions of five tasks, of each of which the right one stands where `places` says."""
    lot = random.Random(5)
    for at in range(500):
        task = ("stain", "tissue", "organism", "modality", "label")[at % 5]
        yield asked(at, lot.sample(WORDS, 5), places[at % 5], task=task)


def test_a_place_that_each_task_has_of_its_own_fires():
    found = [one for one in findings(tallied(by_task(range(5))), 0.0) if one.fires]
    assert {(one.gate, one.task) for one in found} >= {("constant_answer", "stain"), ("constant_answer", "label")}
    assert {one.task for one in found} == {"stain", "tissue", "organism", "modality", "label"}
    assert {one.detail for one in found if one.gate == "constant_answer"} == set("ABCDE")


def test_lengths_that_cancel_out_over_two_tasks_fire():
    lot, each = random.Random(6), []
    for at in range(400):
        options = lot.sample(WORDS, 5)
        task, choose = (("stain", max), ("tissue", min))[at % 2]
        each.append(asked(at, options, options.index(choose(options, key=len)), task=task))
    found = {(one.gate, one.task) for one in findings(tallied(each), 0.0) if one.fires}
    assert {("longest_option", "stain"), ("shortest_option", "tissue")} <= found


@pytest.mark.parametrize(("rank", "detail"), [(1, "second shortest"), (2, "middle"), (3, "second longest")])
def test_any_rank_by_length_that_tells_fires(rank, detail):
    lot, each = random.Random(8), []
    for at in range(60):
        options = lot.sample(["a", "bb", "ccc", "dddd", "eeeee"], 5)
        each.append(asked(at, options, [len(one) for one in options].index(rank + 1)))
    found = {(one.gate, one.detail) for one in findings(tallied(each), 0.0) if one.fires}
    assert ("length_rank", detail) in found


def never_longest(count):
    lot = random.Random(9)
    for at in range(count):
        options = lot.sample(WORDS, 4)
        right = lot.choice([place for place in range(4) if len(options[place]) < max(map(len, options))])
        yield asked(at, options, right)


def test_a_length_that_is_never_right_fires_in_a_large_set():
    assert "longest_option" in fired(never_longest(400), 0.0)
    assert fired(never_longest(150), 0.0) == set()


def test_none_of_the_above_that_is_never_right_fires_from_42_such_questions_on():
    def never(count):
        return [asked(at, [*WORDS[:4], NONE], at % 4) for at in range(count)]

    assert ("none_where_offered" in fired(never(42)), "none_where_offered" in fired(never(41))) == (True, False)


def test_a_question_is_the_same_in_other_case_and_blanks():
    each = [asked(at, WORDS[:4], at % 4) for at in range(20)]
    again = asked(99, WORDS[:4], 1, image_sha256="3", question="  which? ")
    assert "repeated_question" in fired([*each, again], 0.0)


@pytest.mark.slow
def test_of_a_thousand_fair_sets_hardly_one_fires():
    sizes = (5, 12, 20, 42, 60, 100, 200, 300, 500, 800)
    found = [gates for seed in range(1000) if (gates := fired(fair(sizes[seed % 10], 10_000 + seed)))]
    assert len(found) < 10, found


def test_who_knows_what_is_ever_true_takes_that():
    two = [asked(at, ["DAPI", *WORDS[1:4]], 0) for at in range(10)]
    held = asked(99, [*WORDS[1:4], NONE], 3, held_back="DAPI")
    assert familiar([*two, held], tallied([*two, held])) == {"stain": 1.0}
    alone = [asked(at, [f"{at}", "b", "c", "d"], 0) for at in range(8)]
    assert familiar(alone, tallied(alone)) == {"stain": 0.25}


@pytest.mark.parametrize(("first", "second", "known"), [(70, 70, 0.5), (3, 3, 0.5), (71, 69, 71 / 140), (20, 0, 1.0)])
def test_who_knows_both_of_two_answers_gets_as_much_as_the_commoner_one(first, second, known):
    """A guesser isn't made to take the other of two because it is a question fewer where this one is left out."""
    options = ["human", "mouse", "rat", "fly"]
    each = [asked(at, options, int(at >= first)) for at in range(first + second)]
    assert familiar(each, tallied(each)) == {"stain": pytest.approx(known)}


def test_places_of_too_few_questions_are_not_judged():
    few, many = list(fair(8, 1)), list(fair(200, 1))
    (place,) = (one for one in findings(tallied(few), 0.15) if one.gate == "answer_position" and not one.task)
    assert (place.p, place.fires, place.judged) == (None, False, False)
    assert all(one.judged for one in findings(tallied(many), 0.15) if not one.task)
