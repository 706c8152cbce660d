"""Verdicts: what a key or a form says of an item of each origin, as the decisions that its stage replays."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_items_by_hand import BOXES, CONFLICTS, EDITS, ORIGINS, PANEL, QUESTION, item_of

from curation.decided_boxes import drawn_boxes
from curation.review_edits import checked
from curation.review_outcomes import SECOND, outcome_of, standing_of
from curation.review_records import verdicts_of
from curation.review_verdicts import REASONS, Said, decisions_of, superseded, withdrawals
from pipeline.replay import Replay
from pipeline.seen import seen_of_conflicts
from schemas.errors import UsageError
from schemas.panel_records import Conflict

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def said(origin, verdict, value=None, *, second=False, who="ana", **more):
    return decisions_of(item_of(origin), Said(verdict, value, **more), who, NOW, is_second=second)


def standing(origin, *decisions):
    return standing_of(item_of(origin), list(enumerate(decisions, 1)))


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_edit_is_one_where_the_item_lies_and_counts_as_one(origin):
    decisions = said(origin, "edit", EDITS[origin])
    assert outcome_of(decisions) == "edited"
    assert standing(origin, *decisions).state == "answered"
    item = item_of(origin)
    if origin != "tags":
        (one,) = decisions
        assert (one.stage, one.field, one.content_hash) == (item.stage, item.field, item.content_hash)
        assert one.after == EDITS[origin]


@pytest.mark.parametrize("origin", [origin for origin in ORIGINS if origin != "licenses"])
def test_what_is_accepted_was_right(origin):
    decisions = said(origin, "accept")
    assert outcome_of(decisions) == "accepted"
    stands = standing(origin, *decisions)
    assert (stands.state, stands.outcome, stands.who) == ("answered", "accepted", "ana")


def test_a_licence_that_nobody_read_cannot_be_accepted():
    with pytest.raises(UsageError, match="nothing to accept"):
        said("licenses", "accept")


@pytest.mark.parametrize("origin", ORIGINS)
def test_what_is_rejected_was_wrong(origin):
    decisions = said(origin, "reject", reason="unreadable")
    assert outcome_of(decisions) == "rejected"
    assert standing(origin, *decisions).outcome == "rejected"
    assert {one.reason for one in decisions} == {"unreadable"}


@pytest.mark.parametrize("origin", ["captions", "questions", "kinds"])
def test_the_whole_panel_can_be_rejected_whatever_is_asked(origin):
    (one,) = said(origin, "reject", reason="unreadable", whole=True)
    assert (one.stage, one.id, one.field, one.after) == ("4-curated", PANEL, "verdict", "drop")


def test_tags_are_set_column_by_column_and_terms_apart():
    decisions = {one.field: one for one in said("tags", "edit", EDITS["tags"])}
    assert set(decisions) == {"organism", "annotations", "tags"}
    assert decisions["organism"].after == "Xenopus laevis"
    left = Conflict(**{name: CONFLICTS[1][name] for name in Conflict.model_fields})
    rest = decisions["tags"]
    assert (rest.stage, rest.after, rest.content_hash) == ("4-curated", "accept", seen_of_conflicts([left]))


def test_undo_takes_back_all_that_one_verdict_said_of_tags():
    decisions = said("tags", "edit", EDITS["tags"])
    taken = withdrawals(standing("tags", *decisions), "ana", NOW)
    assert {(one.stage, one.field, one.after) for one in taken} == {(one.stage, one.field, None) for one in decisions}


def test_a_column_that_was_set_is_no_change_of_what_was_seen():
    decisions = [one.model_copy(update={"content_hash": "old"}) for one in said("tags", "edit", EDITS["tags"])]
    item = item_of("tags")
    after = item.model_copy(
        update={"shown": {**item.shown, "columns": {"organism": "Xenopus laevis", "stain": "DAPI"}}}
    )
    column = [one for one in decisions if one.field == "organism"]
    assert standing_of(after, list(enumerate(column))).state == "open"
    assert standing_of(item, list(enumerate(column))).state == "changed"


@pytest.mark.parametrize(
    ("origin", "value"),
    [
        ("duplicates", "twins"),
        ("kinds", "painting"),
        ("kinds", None),
        ("licenses", "CC-BY"),
        ("panels", []),
        ("panels", [{"key": "Z", "box": [0, 0, 9, 9]}]),
        ("panels", [BOXES[0], BOXES[0]]),
        ("panels", [{"key": None, "box": [0, 0, 642, 9]}]),
        ("panels", [{"key": None, "box": [9, 0, 9, 9]}]),
        ("panels", [{"key": None, "box": [-1, 0, 9, 9]}]),
        ("panels", [{"key": None, "label": label, "box": [0, 0, 9, 9]} for label in "CD"]),
        ("panels", [{"key": None, "label": "C", "box": [0, 0, 9, 9]}] * 2),
        ("panels", [{"key": "A", "box": [0, 0, 9, 9]}, {"key": None, "box": [0, 0, 9, 9]}]),
        ("panels", [{"key": None, "label": "x" * 21, "box": [0, 0, 9, 9]}]),
        ("panels", [{"key": None, "box": [0, 0, 9, 9], "more": 1}]),
        ("subcaptions", [[5, 5]]),
        ("subcaptions", [[5, 9], [8, 12]]),
        ("subcaptions", [[0, 10_000]]),
        ("subcaptions", "all"),
        ("tags", {}),
        ("tags", {"columns": {"colour": "red"}}),
        ("tags", {"annotations": {"added": [], "removed": []}}),
        ("captions", {"text": ""}),
        ("captions", {"text": "x" * 20_001}),
        ("questions", {**QUESTION, "answer_index": 3}),
        ("questions", {**QUESTION, "options": ["DAPI", "DAPI", "GFP"]}),
        ("questions", {**QUESTION, "options": ["DAPI"]}),
        ("questions", {**QUESTION, "question": " "}),
    ],
)
def test_what_cannot_be_true_is_refused(origin, value):
    with pytest.raises(UsageError):
        checked(item_of(origin), value)


def drawn(*boxes, label=None):
    return [{"key": None, "label": label, "box": list(box)} for box in boxes]


def test_specks_and_panels_that_are_drawn_twice_are_refused():
    item = item_of("panels")
    for box in ((0, 0, 1, 1), (0, 0, 15, 400), (600, 470, 641, 479)):
        with pytest.raises(UsageError, match="at least 16 px a side"):
            checked(item, drawn(box))
    assert checked(item, drawn((0, 0, 16, 16)))
    for label in ("A", None):
        with pytest.raises(UsageError, match="nearly at the same place"):
            checked(item, drawn((0, 0, 300, 200), (1, 0, 301, 200), label=label))
        assert checked(item, drawn((0, 0, 300, 200), (0, 0, 300, 120), label=label))
    assert checked(item, [*drawn((0, 0, 300, 200), label="A"), *drawn((1, 0, 301, 200), label="B")])


def test_a_small_panel_that_stood_there_may_stay():
    item = item_of("panels")
    small = {"key": "A", "label": "A", "box": [0, 0, 9, 9]}
    item = item.model_copy(update={"shown": {**item.shown, "value": [small]}})
    assert checked(item, [small, *drawn((100, 100, 300, 300))])
    tiny = item.model_copy(update={"shown": {**item.shown, "width_px": 12, "height_px": 10}})
    assert checked(tiny, drawn((0, 0, 12, 10)))


def test_a_figure_whose_licence_forbids_it_is_not_split():
    item = item_of("panels")
    whole = item.model_copy(update={"shown": {**item.shown, "may_split": False}})
    with pytest.raises(UsageError, match="licence"):
        checked(whole, BOXES)
    with pytest.raises(UsageError, match="licence"):
        checked(whole, [{"key": "A", "label": None, "box": [0, 0, 640, 479]}])
    with pytest.raises(UsageError, match="licence"):
        decisions_of(whole, Said("accept"), "ana", NOW, is_second=False)
    assert checked(whole, [{"key": "A", "label": None, "box": [0, 0, 641, 479]}])


LABELS = st.sampled_from(["A", "B", "", None])
PLACES = st.sampled_from(
    [[0, 0, 90, 90], [0, 0, 90, 20], [0, 0, 641, 479], [5, 5, 5, 9], [0, 0, 642, 90], [0, 0, 9, 9]]
)
DRAWN = st.lists(st.fixed_dictionaries({"key": st.sampled_from(["A", "B", None]), "label": LABELS, "box": PLACES}))


@given(DRAWN, st.booleans())
def test_no_boxes_are_taken_that_the_stage_would_not_carry_out(drawn, may_split):
    item = item_of("panels")
    item = item.model_copy(update={"shown": {**item.shown, "may_split": may_split}})
    licence = "CC-BY-4.0" if may_split else "CC-BY-ND-4.0"
    figure = {"id": item.id, "source_sha256": "0" * 64, "shown": None, "license": licence, "third_party": False}
    try:
        (said,) = decisions_of(item, Said("edit", drawn), "ana", NOW, is_second=False)
    except UsageError:
        return
    replay = Replay({item.id: [said.model_copy(update={"content_hash": ""})]})
    assert drawn_boxes(figure, (641, 479), replay) is not None
    assert replay.ignored == {}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("reason", ["", "  "])
def test_a_rejection_says_why(origin, reason):
    with pytest.raises(UsageError, match="says why"):
        said(origin, "reject", reason=reason)


def test_what_the_stage_did_not_carry_out_is_open_again_until_something_else_is_said():
    (one,) = said("panels", "edit", EDITS["panels"])
    stands = standing_of(item_of("panels"), [(1, one)], {one.mark: "no room"})
    assert (stands.state, stands.outcome, stands.who, stands.ignored) == ("open", "", "ana", "no room")
    (other,) = said("panels", "accept", who="ben")
    assert standing_of(item_of("panels"), [(1, one), (2, other)], {one.mark: "no room"}).state == "answered"
    assert list(verdicts_of(item_of("panels"), stands)) == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_there_are_reasons_by_key_for_every_origin(origin):
    assert 1 <= len(REASONS[origin]) <= 9


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_blind_second_verdict_is_replayed_by_no_stage_and_compared(origin):
    first, second = said(origin, "edit", EDITS[origin]), said(origin, "reject", who="ben", second=True, reason="x")
    assert {one.stage for one in second} == {SECOND}
    stands = standing(origin, *first, *second)
    assert (stands.state, stands.second, stands.outcome) == ("disagreed", "ben", "edited")
    agreed = said(origin, "edit", EDITS[origin], who="ben", second=True)
    assert standing(origin, *first, *agreed).state == "answered"
    assert standing(origin, *first, *second, *first).state == "answered"


VERDICTS = st.sampled_from(["accept", "reject", "edit", "undo"])


@given(st.sampled_from([origin for origin in ORIGINS if origin != "licenses"]), st.lists(VERDICTS, max_size=8))
def test_after_any_verdicts_and_undos_the_last_that_was_not_taken_back_holds(origin, verdicts):
    log, holds = [], None
    for verdict in verdicts:
        if verdict == "undo":
            taken = withdrawals(standing(origin, *log), "ana", NOW)
            log += taken
            holds = None if taken else holds
        else:
            new = said(origin, verdict, EDITS[origin] if verdict == "edit" else None, reason="unreadable")
            log += [*superseded(standing(origin, *log), new), *new]
            holds = verdict
    stands = standing(origin, *log)
    if holds is None:
        assert stands.state == "open"
    else:
        assert stands.state == "answered"
        assert stands.outcome == {"accept": "accepted", "reject": "rejected", "edit": "edited"}[holds]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("verdict", ["accept", "reject", "edit"])
def test_a_verdict_can_be_read_back_from_its_decisions(origin, verdict):
    if (origin, verdict) == ("licenses", "accept"):
        return
    value = EDITS[origin] if verdict == "edit" else None
    (told,) = verdicts_of(item_of(origin), standing(origin, *said(origin, verdict, value, reason="because")))
    assert (told.who, told.when, told.verdict, told.value, told.reason) == ("ana", NOW, verdict, value, "because")
