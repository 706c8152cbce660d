"""Question balance: as few questions go as need be, so that a set that can be made fair is published."""

import itertools
import random

import pytest
from asked_sets import WORDS, asked, fair, fired

from publishing.question_balance import left_out
from schemas.questions import NONE


def nine_in_ten():
    """Yield questions of which nine in ten have the same answer, at any place."""
    lot = random.Random(4)
    for at in range(1000):
        options = lot.sample(["a", "b", "c", "d"], 4)
        yield asked(at, options, options.index("a" if at % 10 else "b"))


def test_what_is_left_out_is_just_what_the_gate_would_refuse():
    each = list(nine_in_ten())
    gone = left_out(each, 0.0, 0)
    stay = [one for one in each if one.id not in gone.ids]
    assert "majority_class" in fired(each, 0.0)
    assert "majority_class" not in fired(stay, 0.0)
    assert gone.counts == {"same_answer": {"stain": len(gone.ids)}}
    assert sum(one.answer == "b" for one in stay) == 100
    one_more = [one for one in each if one.id in gone.ids][:1]
    assert "majority_class" in fired([*stay, *one_more], 0.0)


def test_a_fair_set_stays_whole_and_a_small_one_too():
    assert left_out(fair(500, 1), 0.15, 0).ids == set()
    assert left_out(itertools.islice(nine_in_ten(), 9), 0.0, 0).ids == set()


def test_a_repeated_question_is_left_out_but_once_whatever_the_order():
    each = [asked(at, WORDS[:4], at % 4, image_sha256="same") for at in range(3)]
    assert left_out(each, 0.0, 0).ids == left_out(reversed(each), 0.0, 0).ids == {each[1].id, each[2].id}


PAP = ("negative for any lesion", "high lesion", "low lesion", "carcinoma")


def pap(count=160):
    """Yield questions about four classes, the commonest of which has the longest name."""
    lot = random.Random(7)
    for at in range(count):
        options = lot.sample(PAP, 4)
        yield asked(at, options, options.index(lot.choices(PAP, [64, 17, 12, 7])[0]), task="label")


def stay_of(each, none_rate=0.0, seed=0):
    each = list(each)
    gone = left_out(each, none_rate, seed)
    return [one for one in each if one.id not in gone.ids], gone


def test_the_commonest_class_may_have_the_longest_name():
    assert "longest_option" in fired(pap(), 0.0)
    stay, gone = stay_of(pap())
    assert fired(stay, 0.0) == set()
    assert set(gone.counts) == {"telling_length"}
    others = sum(one.answer != PAP[0] for one in pap())
    assert sum(one.answer != PAP[0] for one in stay) == others
    assert others / len(stay) == pytest.approx(0.6, abs=0.02)  # 0.25 by lot and 0.15 beyond it


def test_which_ones_go_is_drawn_by_the_seed_whatever_the_order():
    one, other = left_out(pap(), 0.0, 1), left_out(pap(), 0.0, 2)
    assert one.ids != other.ids
    assert one.counts == other.counts
    assert left_out(reversed(list(pap())), 0.0, 1).ids == one.ids


def test_a_place_that_is_right_too_often_is_thinned():
    lot = random.Random(3)
    each = [asked(at, lot.sample(WORDS, 5), 0 if at % 2 else lot.randrange(5)) for at in range(1000)]
    assert "constant_answer" in fired(each, 0.0)
    stay, gone = stay_of(each)
    assert fired(stay, 0.0) == set()
    assert set(gone.counts) == {"telling_place"}
    assert len(stay) > 500


def test_one_task_is_thinned_and_the_others_stay_whole():
    lot = random.Random(2)
    telling = [asked(1000 + at, ["H&E", *lot.sample(WORDS, 3)], 0, task="dye")._replace() for at in range(60)]
    telling = [one._replace(options=tuple(sorted(one.options)), answer_index=sorted(one.options).index("H&E"))
               for one in telling]  # fmt: skip
    stay, gone = stay_of([*fair(300, 1, 0.0), *telling])
    assert fired(stay, 0.0) == set()
    assert {task for tasks in gone.counts.values() for task in tasks} == {"dye"}


def test_what_is_always_true_keeps_its_dozen_and_these_are_fair_otherwise():
    """Of "always the same answer" some must stay, and they aren't those that are guessable otherwise."""
    lot, each = random.Random(1), []
    for at in range(120):
        options = lot.sample(["pathology", "ophthalmology", "dermatology", "radiology"], 4)
        if "pathology" not in options[:4] or at % 5 == 0:
            options = [*[one for one in options if one != "pathology"], NONE]
        held = None if "pathology" in options else "pathology"
        each.append(asked(at, options, options.index(NONE if held else "pathology"), held_back=held, task="domain"))
    stay, gone = stay_of(each, 0.15)
    assert gone.counts["same_answer"]["domain"] > 80
    assert len(stay) >= 12


@pytest.mark.parametrize("seed", range(30))
def test_what_stays_fires_no_gate_whatever_was_there(seed):
    lot = random.Random(seed)
    weights = [lot.random() ** 3 for _ in WORDS]
    each = []
    for at in range(lot.choice([30, 100, 400])):
        right, most = lot.choices(WORDS, weights)[0], lot.choice([4, 5])
        options = [right, *lot.sample([word for word in WORDS if word != right], most - 1)]
        if lot.random() < 0.8:
            options.sort(key=len, reverse=seed % 2 == 0)
        if lot.random() < 0.3:
            options = [option for option in options if option != right or lot.random() < 0.5][: most - 1]
            options.append(NONE)
        held = None if right in options else right
        place = options.index(NONE if held else right)
        each.append(asked(at, options, place, held_back=held, task=lot.choice(["stain", "tissue"])))
    stay, _ = stay_of(each, 0.15)
    assert fired(stay) == set()
