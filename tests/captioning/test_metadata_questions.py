"""Metadata questions: the answer is the column's, the options have one truth, and nothing can be had by their order."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.class_names import may_both_be_true
from captioning.known import Known
from captioning.mentioned import mentioned
from captioning.metadata_questions import metadata_questions
from captioning.question_options import Offering
from schemas.questions import NONE
from schemas.records import make_id
from schemas.trees import FIELDS, kin, values

ANSWERS = [(field, value) for field in FIELDS for value, node in values(field).items() if node.use != "wrong"]
HOW = Offering(seed=17, none_rate=0.15)
CLASSES = {"wbc": ("basophil", "eosinophil", "neutrophil", "monocyte", "lymphocyte", "T_cell")}


def known(at=0, named=frozenset(), **columns):
    return Known(make_id("panel", str(at)), columns, frozenset(named))


def asked(at=0, how=HOW, named=frozenset(), **columns):
    return list(metadata_questions(known(at, named, **columns), FIELDS, {}, how))


@given(
    st.sampled_from(ANSWERS),
    st.integers(0, 10**6),
    st.sampled_from(["", "HeLa cells with DAPI, by TEM.", "mouse brain"]),
)
def test_one_option_is_true_and_four_to_six_are_offered(answer, at, text):
    field, value = answer
    for one in asked(at, named=mentioned(text), **{field: value}):
        assert one.task == field
        assert 4 <= len(one.options) == len(one.captions) == len(set(one.options)) <= 6
        assert one.options[one.answer_index] == one.answer
        own, named = kin(field, value), {said for column, said in mentioned(text) if column == field}
        true = own.union(named, *(kin(field, said) for said in named - own))
        assert set(one.options) & true <= {value}
        if one.answer == NONE:
            assert (one.held_back, value in one.options) == (value, False)
        else:
            assert (one.held_back, one.answer) == (None, value)
        assert NONE not in one.options or one.options[-1] == NONE
        assert all(option in said or option == NONE for option, said in zip(one.options, one.captions, strict=True))


def test_nearly_every_value_can_be_asked_for():
    assert sum(bool(asked(**{field: value})) for field, value in ANSWERS) > 0.95 * len(ANSWERS)


def test_each_place_is_right_equally_often_and_none_of_the_above_as_the_manifest_says():
    each = [one for at in range(6000) for one in asked(at, stain="DAPI")]
    places = Counter(one.answer_index for one in each if len(one.options) == 5)
    assert all(abs(places[place] / len(each) - 0.2) < 0.02 for place in range(5))
    assert abs(sum(one.answer == NONE for one in each) / len(each) - 0.15) < 0.02
    assert abs(sum(NONE in one.options for one in each) / len(each) - 0.75) < 0.02


def test_the_same_panel_and_seed_ask_the_same_and_another_seed_something_else():
    first = [asked(at, stain="DAPI") for at in range(50)]
    assert [asked(at, stain="DAPI") for at in range(50)] == first
    assert [asked(at, Offering(seed=18, none_rate=0.15), stain="DAPI") for at in range(50)] != first


def test_what_no_tree_has_isnt_asked_for():
    assert asked(stain="dye of the future", tissue="") == []


@pytest.mark.parametrize("at", range(20))
def test_a_class_has_the_other_classes_of_its_set_beside_it(at):
    panel = Known(make_id(str(at)), {}, frozenset(), "T_cell", ("T_cell",), "wbc")
    (one,) = metadata_questions(panel, ("label",), CLASSES, HOW)
    assert one.task == "label"
    assert one.answer in {"T cell", NONE}
    assert set(one.options) <= {"T cell", "basophil", "eosinophil", "neutrophil", "monocyte", NONE}  # a T cell is one


@pytest.mark.parametrize("classes", [(), ("T_cell",), ("T_cell", "a", "b"), ("T cell", "t_cell", "a", "A")])
def test_a_set_of_few_classes_asks_for_none(classes):
    panel = Known(make_id("0"), {}, frozenset(), "T_cell", ("T_cell",), "wbc")
    assert list(metadata_questions(panel, ("label",), {"wbc": classes}, HOW)) == []


CYCLE = (
    "mitosis",
    "metaphase",
    "Anaphase",
    "interphase",
    "G1",
    "G2",
    "apoptosis",
    "apoptotic",
    "debris",
    "RBC",
    "cell",
)


@pytest.mark.parametrize("label", CYCLE)
def test_no_two_classes_of_one_question_may_both_be_true(label):
    for at in range(30):
        panel = Known(make_id(str(at)), {}, frozenset(), label, (label,), "cells")
        for one in metadata_questions(panel, ("label",), {"cells": CYCLE}, HOW):
            said = {*one.options, one.held_back or one.answer} - {NONE}
            assert not any(may_both_be_true(first, other) for first, other in combinations(said, 2))


@pytest.mark.parametrize("label", ["", "_", "None of the Above", "None of the above.", "n/a", "unknown"])
def test_what_is_no_class_is_neither_asked_for_nor_an_option(label):
    classes = {"wbc": (label, "a1", "b2", "c3", "d4", "e5")}
    none = Known(make_id("0"), {}, frozenset(), label, (label,), "wbc")
    assert list(metadata_questions(none, ("label",), classes, HOW)) == []
    for at in range(20):
        panel = Known(make_id(str(at)), {}, frozenset(), "a1", ("a1",), "wbc")
        (one,) = metadata_questions(panel, ("label",), classes, HOW)
        assert set(one.options) <= {"a1", "b2", "c3", "d4", "e5", NONE}
