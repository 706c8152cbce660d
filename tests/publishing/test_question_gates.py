"""Question gates: they fire on sets that can be guessed, and on no fair one."""

import random

import pytest

from publishing.asked import Asked
from publishing.guessing import NONE, familiar, tallied
from publishing.question_balance import left_out
from publishing.question_gates import findings

WORDS = ("DAPI", "phalloidin", "MitoTracker", "propidium iodide", "DRAQ5", "acridine orange", "calcein", "Nile red")


def asked(at, options, right, **more):
    said = {"held_back": None, "task": "stain", "question": "Which?", "image_sha256": f"{at}", **more}
    return Asked(
        id=f"{at:032x}", panel_id=f"{at}", options=tuple(options), answer_index=right, answer=options[right], **said
    )


def fair(count, seed, none_rate=0.15):
    """Return questions with nothing to guess by: each place right by lot, NONE as often as any other."""
    lot = random.Random(seed)
    for at in range(count):
        options = lot.sample(WORDS, lot.choice([4, 5]))
        right = lot.randrange(len(options))
        held = None
        if lot.random() < none_rate * len(options):
            right = lot.randrange(len(options))
            held = options[-1] if right == len(options) - 1 else None
            options[-1] = NONE
        yield asked(at, options, right, held_back=held, task=lot.choice(["stain", "tissue"]))


def fired(each, none_rate=0.15):
    return {found.gate for found in findings(tallied(each), none_rate) if found.fires}


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


def test_what_is_left_out_is_just_what_the_gate_would_refuse():
    each = [asked(at, ["a", "b", "c", "d"], 0 if at % 10 else 1) for at in range(1000)]
    gone = left_out(each)
    stay = [one for one in each if one.id not in gone.ids]
    assert "majority_class" in fired(each, 0.0)
    assert "majority_class" not in fired(stay, 0.0)
    assert gone.counts == {"same_answer": {"stain": len(gone.ids)}}
    assert sum(one.answer == "b" for one in stay) == 100
    one_more = [one for one in each if one.id in gone.ids][:1]
    assert "majority_class" in fired([*stay, *one_more], 0.0)


def test_a_fair_set_stays_whole_and_a_small_one_too():
    assert left_out(fair(500, 1)).ids == set()
    assert left_out([asked(at, ["a", "b", "c", "d"], 0) for at in range(15)]).ids == set()


def test_a_repeated_question_is_left_out_but_once_whatever_the_order():
    each = [asked(at, WORDS[:4], at % 4, image_sha256="same") for at in range(3)]
    assert left_out(each).ids == left_out(reversed(each)).ids == {each[1].id, each[2].id}


def test_who_knows_what_is_ever_true_takes_that():
    two = [asked(at, ["DAPI", *WORDS[1:4]], 0) for at in range(10)]
    held = asked(99, [*WORDS[1:4], NONE], 3, held_back="DAPI")
    assert familiar([*two, held], tallied([*two, held])) == {"stain": 1.0}
    alone = [asked(at, [f"{at}", "b", "c", "d"], 0) for at in range(8)]
    assert familiar(alone, tallied(alone)) == {"stain": 0.25}
