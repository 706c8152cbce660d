"""What reviewers decided stays in view once a run has carried it out: to be seen, undone, corrected, given away."""

import shutil
from datetime import UTC, datetime

import pytest
import review_works
from review_desks import Browser, decide, desk_of, keys, log_of, progress, standing_of, undo

import bricks
from curation.review_standings import item_of
from curation.review_tables import index_path
from pipeline.asked import read_asked
from pipeline.decisions import Decision, append, in_force
from pipeline.workspace import STAGES

LAYOUTS = {"label-studio": "said.json", "fiftyone": "said", "parquet": "said.parquet"}


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    """A workspace in which all eight kinds of doubt wait; not to be changed."""
    folder = tmp_path_factory.mktemp("works")
    run(review_works.written(folder), folder / "ws")
    return folder


@pytest.fixture
def place(works, tmp_path):
    """A copy of the workspace."""
    return shutil.copytree(works / "ws", tmp_path / "ws")


def run(manifest, place):
    with pytest.raises(SystemExit) as ended:
        bricks.main(["run", str(manifest), "--workspace", str(place), "--workers", "1"])
    assert not ended.value.code


def bytes_of(place):
    return {path.relative_to(place): path.read_bytes() for path in place.glob("[1-5]-*/**/*.parquet")}


def shown(desk, queue, key):
    with desk.index() as index:
        return item_of(index, queue, key)


def moved(item):
    """Return boxes of which the first is a little smaller."""
    first, *others = item.shown["value"]
    left, top, right, bottom = first["box"]
    return [{**first, "box": [left, top, right - 9, bottom - 9]}, *others]


def another_tag(item):
    told = item.shown["conflicts"][0]
    return {"columns": {each["column"]: told["other"] for each in item.shown["conflicts"]}}


def other_words(item):
    (start, end), *others = item.shown["value"]
    return [[start, end - 1], *others]


def asked_otherwise(item):
    told = item.shown["value"]
    index = (told["answer_index"] + 1) % len(told["options"])
    return {**told, "question": "What is to be seen?", "answer_index": index}


REASON = {"reason": "unreadable"}
CASES = {
    "pair accepted": ("pairs", "accept", None, {}),
    "pair rejected": ("pairs", "reject", None, REASON),
    "boxes moved": ("cuts", "edit", moved, {}),
    "boxes accepted": ("cuts", "accept", None, {}),
    "figure rejected": ("cuts", "reject", None, REASON),
    "words moved": ("words", "edit", other_words, {}),
    "no words": ("words", "edit", lambda _: [], {}),
    "kind accepted": ("what", "accept", None, {}),
    "kind changed": ("what", "edit", lambda _: "gel", {}),
    "licence read": ("licenses", "edit", lambda _: "CC-BY-4.0", {}),
    "licence rejected": ("licenses", "reject", None, REASON),
    "tags accepted": ("tags", "accept", None, {}),
    "tags changed": ("tags", "edit", another_tag, {}),
    "text accepted": ("audit", "accept", None, {}),
    "text edited": ("audit", "edit", lambda _: {"text": "Cells, as they\nare."}, {}),
    "text rejected": ("audit", "reject", None, REASON),
    "panel rejected": ("audit", "reject", None, {**REASON, "whole": True}),
    "question edited": ("exam", "edit", asked_otherwise, {}),
    "question rejected": ("exam", "reject", None, REASON),
}


def said(desk, case, at=0):
    """Say a verdict, and return the item's queue and key."""
    queue, verdict, value, more = CASES[case]
    key = keys(desk, queue)[at]
    decide(desk, queue, key, "ana", verdict, value and value(shown(desk, queue, key)), **more)
    return queue, key


@pytest.mark.parametrize("case", CASES)
def test_what_was_carried_out_is_seen_as_it_was_asked_and_undone_to_the_bytes_from_before(works, place, case, command):
    before = bytes_of(place)
    desk = desk_of(place)
    queue, key = said(desk, case)
    asked, told = shown(desk, queue, key), progress(desk, queue)
    run(works / "manifest.yaml", place)
    assert bytes_of(place) != before
    index_path(desk.workspace).unlink()
    desk = desk_of(place)
    assert shown(desk, queue, key) == asked
    assert key in keys(desk, queue)
    stands = standing_of(desk, queue, key)
    assert (stands.state, stands.who) == ("answered", "ana")
    now = progress(desk, queue)
    assert (now.reviewed, now.accepted, now.edited, now.rejected) == (
        told.reviewed, told.accepted, told.edited, told.rejected,
    )  # fmt: skip
    (line,) = (line for line in command("review", place, "--list", "--json").lines if line["key"] == key)
    assert (line["state"], line["who"]) == ("answered", "ana")
    reader = Browser(desk, "ana")
    assert reader.open(f"/queue/{queue}/{key}").status_code == 200
    assert "takes it back" in reader.page
    assert reader.open(f"/picture/{key}/0.jpg").content[:2] == b"\xff\xd8"
    assert reader.client.get(f"/record/{asked.id}").status_code == 200
    undo(desk, queue, key, "ana")
    assert standing_of(desk, queue, key).state == "open"
    run(works / "manifest.yaml", place)
    assert bytes_of(place) == before
    desk = desk_of(place)
    assert standing_of(desk, queue, key).state == "open"
    assert keys(desk, queue).count(key) == 1


@pytest.mark.parametrize(
    ("case", "then"),
    [
        ("licence rejected", "licence read"),
        ("kind changed", "kind accepted"),
        ("text edited", "text accepted"),
        ("boxes moved", "figure rejected"),
        ("tags changed", "tags accepted"),
        ("question rejected", "question edited"),
    ],
)
def test_a_verdict_that_was_carried_out_is_corrected_as_if_the_second_had_been_the_first(works, place, case, then):
    straight = shutil.copytree(place, place.with_name("straight"))
    desk = desk_of(place)
    queue, key = said(desk, case)
    run(works / "manifest.yaml", place)
    desk = desk_of(place)
    _, verdict, value, more = CASES[then]
    decide(desk, queue, key, "ana", verdict, value and value(shown(desk, queue, key)), **more)
    run(works / "manifest.yaml", place)
    other = desk_of(straight)
    decide(other, queue, key, "ana", verdict, value and value(shown(other, queue, key)), **more)
    run(works / "manifest.yaml", straight)
    assert bytes_of(place) == bytes_of(straight)
    assert standing_of(desk_of(place), queue, key).outcome == standing_of(desk_of(straight), queue, key).outcome


ONE_OF_EACH = {
    "pair rejected": 0, "boxes moved": 0, "no words": 0, "words moved": 1, "kind changed": 0, "kind accepted": 1,
    "licence read": 0, "tags changed": 0, "text edited": 0, "text accepted": 1, "panel rejected": 2,
    "question edited": 0, "question rejected": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def carried_out(works, tmp_path_factory):
    """A workspace in which a verdict of every kind was carried out; not to be changed."""
    place = shutil.copytree(works / "ws", tmp_path_factory.mktemp("carried") / "ws")
    desk = desk_of(place)
    wanted = {case: keys(desk, CASES[case][0])[at] for case, at in ONE_OF_EACH.items()}
    for case, key in wanted.items():
        queue, verdict, value, more = CASES[case]
        decide(desk, queue, key, "ana", verdict, value and value(shown(desk, queue, key)), **more)
    run(works / "manifest.yaml", place)
    return place


def force_of(desk):
    return [in_force(log_of(desk), stage) for stage in STAGES]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_carried_out_goes_into_a_workspace_before_the_run_as_it_was_decided(
    carried_out, place, command, layout, tmp_path
):
    path = tmp_path / LAYOUTS[layout]
    command("review", carried_out, "--export", layout, path)
    told = command("review", place, "--import", path, "--as-typed", "--json").json  # one tag is no known term
    assert told == {"taken": len(ONE_OF_EACH), "known": 0, "other": 0, "refused": [], "unplaced": []}
    assert force_of(desk_of(place)) == force_of(desk_of(carried_out))


def test_what_is_taken_down_is_no_longer_kept_as_it_was_shown(works, carried_out, tmp_path, command):
    place = shutil.copytree(carried_out, tmp_path / "ws")
    desk = desk_of(place)
    key = keys(desk, "licenses")[0]
    item = shown(desk, "licenses", key)
    assert review_works.UNCLEAR.encode() not in (place / "decisions.sqlite").read_bytes()  # it is packed
    assert key in {one.key for one in read_asked(desk.workspace)}
    assert command("remove", place, "--source-id", item.source_id, "--reason", "request").code == 0
    desk = desk_of(place)
    assert key not in {one.key for one in read_asked(desk.workspace)}
    assert key.encode() not in (place / "decisions.sqlite").read_bytes()
    assert key not in keys(desk, "licenses")


def about(desk, source_id, word):
    """Return the item of a question about a source's picture."""
    items = (shown(desk, "exam", key) for key in keys(desk, "exam"))
    return next(item for item in items if item.source_id == source_id and word in item.shown["question"])


def test_a_question_is_asked_again_when_the_evidence_beside_it_has_changed(works, place):
    desk = desk_of(place)
    item = about(desk, "PMC4", "organism")
    decide(desk, "exam", item.key, "ana")
    run(works / "manifest.yaml", place)
    assert standing_of(desk_of(place), "exam", item.key).state == "answered"
    told = {"who": "ben", "when": datetime(2026, 11, 29, tzinfo=UTC), "queue": "q", "stage": "2-panels", "id": item.id}
    append(desk.workspace.decisions, [Decision(**told, field="organelle", after="nucleolus")])
    run(works / "manifest.yaml", place)
    desk = desk_of(place)
    now = about(desk, "PMC4", "organism")
    assert now.field == item.field
    assert now.key != item.key
    assert now.shown["value"] == item.shown["value"]
    stands = standing_of(desk, "exam", now.key)
    assert (stands.state, stands.who) == ("changed", "ana")
    assert item.key not in keys(desk, "exam")


def test_a_verdict_counts_though_a_run_is_just_making_its_figures_anew(place):
    desk = desk_of(place)
    (place / "1-figures" / "part-00000.parquet").unlink()
    said(desk, "text accepted")
    assert [one.field for one in log_of(desk)] == ["text"]
    assert list(read_asked(desk.workspace)) == []
