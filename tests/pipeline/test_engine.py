"""The engine on stages made here: what is redone, what is not, and what is said of it."""

import json
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import decisions, store
from pipeline.decisions import Decision
from pipeline.engine import (
    PartDone,
    Planned,
    Stage,
    StageBegins,
    bring_up_to_date,
    forecast,
    read_stamps,
    stale_parts,
    why_stale,
)
from pipeline.workspace import Workspace
from schemas.records import Dropped, Record, make_id

NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Word(Record):
    id: str
    text: str


def spoken(words, workspace, number, decided, notes):
    """Yield a row for each word, dropped where a decision says so."""
    for word in words[number]:
        name = make_id(word)
        if any(said.after == "drop" for said in decided.get(name, ())):
            yield Dropped(id=name, stage="2-panels", reason="rejected", detail="", source_id=word)
        else:
            yield Word(id=name, text=word)


def stage_of(words, *, version=1, name="2-panels", work=None, **slice_of_manifest):
    def plan(workspace):
        return {number: Planned(store.fingerprint(said), len(said)) for number, said in words.items()}

    return Stage(name, version, slice_of_manifest, Word, plan, work or partial(spoken, words))


def here(function, jobs, *, at_home=False):
    yield from map(function, jobs)


def in_turn(function, jobs, *, at_home=False):
    """Do the jobs in another order."""
    yield from map(function, reversed(jobs))


def decide(workspace, word, **said):
    decisions.append(workspace.decisions, [decision(word, **said)])


def decision(word, **said):
    told = {"who": "ana", "when": NOW, "queue": "q", "stage": "2-panels", "field": "verdict", "after": "drop"}
    return Decision(**{**told, "id": make_id(word), **said})


def marks(workspace, name="2-panels"):
    paths = sorted(workspace.stage(name).rglob("*.parquet"))
    return {path.relative_to(workspace.root).as_posix(): path.stat().st_ino for path in paths}


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


WORDS = {0: ["a", "b"], 1: ["c"], 2: ["d", "e"]}


def numbers(jobs):
    return [job.number for job in jobs]


def test_what_is_missing_is_made_and_what_stands_is_left(workspace):
    stage = stage_of(WORDS)
    assert numbers(stale_parts(stage, workspace)) == [0, 1, 2]
    bring_up_to_date(stage, workspace, here)
    before = marks(workspace)
    assert stale_parts(stage, workspace) == []
    store.remove_part(workspace.stage(stage.name), 1)
    bring_up_to_date(stage, workspace, here)
    after = marks(workspace)
    assert {name for name in before if before[name] != after[name]} <= {"2-panels/part-00001.parquet"}


@pytest.mark.parametrize(
    "other",
    [stage_of(WORDS, version=2), stage_of(WORDS, px=96)],
    ids=["another version", "another slice of the manifest"],
)
def test_another_stage_makes_every_part_again(workspace, other):
    bring_up_to_date(stage_of(WORDS), workspace, here)
    assert numbers(stale_parts(other, workspace)) == [0, 1, 2]


def test_another_input_makes_its_part_again(workspace):
    bring_up_to_date(stage_of(WORDS), workspace, here)
    assert numbers(stale_parts(stage_of({**WORDS, 1: ["c", "x"]}), workspace)) == [1]


def test_a_part_that_is_planned_no_more_goes(workspace):
    bring_up_to_date(stage_of(WORDS), workspace, here)
    bring_up_to_date(stage_of({0: WORDS[0]}), workspace, here)
    assert list(marks(workspace)) == ["2-panels/part-00000.parquet"]
    assert json.loads((workspace.stage("2-panels") / "stage.json").read_text())["parts"] == 1


def test_a_decision_makes_its_part_again_and_no_other(workspace):
    stage = stage_of(WORDS)
    bring_up_to_date(stage, workspace, here)
    decide(workspace, "d")
    assert numbers(stale_parts(stage, workspace)) == [2]
    bring_up_to_date(stage, workspace, here)
    assert stale_parts(stage, workspace) == []
    assert [row["text"] for row in store.read_rows(store.part_path(workspace.stage(stage.name), 2))] == ["e"]


@pytest.mark.parametrize(("stage", "word"), [("4-curated", "d"), ("2-panels", "unknown")])
def test_a_decision_on_something_else_makes_nothing_again(workspace, stage, word):
    bring_up_to_date(stage_of(WORDS), workspace, here)
    decide(workspace, word, stage=stage)
    assert stale_parts(stage_of(WORDS), workspace) == []


def test_a_decision_that_is_overruled_makes_its_part_again(workspace):
    stage = stage_of(WORDS)
    decide(workspace, "c")
    bring_up_to_date(stage, workspace, here)
    decide(workspace, "c", after="keep")
    assert numbers(stale_parts(stage, workspace)) == [1]
    bring_up_to_date(stage, workspace, here)
    assert stale_parts(stage, workspace) == []


def test_a_damaged_part_is_made_again(workspace):
    stage = stage_of(WORDS)
    bring_up_to_date(stage, workspace, here)
    store.part_path(workspace.stage(stage.name), 1).write_bytes(b"PAR1")
    assert numbers(stale_parts(stage, workspace)) == [1]


def test_why_a_part_is_made_again_is_told(workspace):
    stage = stage_of(WORDS)
    bring_up_to_date(stage, workspace, here)
    planned = stage.plan(workspace)
    decided = decisions.in_force([decision("a")], "2-panels")
    why = partial(why_stale, stage, workspace)
    assert why(0, planned=planned[0], decided={}) is None
    assert why(0, planned=planned[1], decided={}) == "changed"
    assert why(7, planned=planned[0], decided={}) == "new"
    assert why(0, planned=planned[0], decided=decided) == "decided"
    assert why(1, planned=planned[1], decided=decided) is None


def test_a_forecast_says_which_stages_would_run(workspace):
    one, two = stage_of(WORDS), stage_of(WORDS, name="3-groups")
    workspace.ledger.touch()
    assert [said["state"] for said in forecast(workspace, [one, two], has_news=False)] == ["RUN", "RUN"]
    bring_up_to_date(one, workspace, here)
    assert [said["state"] for said in forecast(workspace, [one, two], has_news=False)] == ["CACHED", "RUN"]
    bring_up_to_date(two, workspace, here)
    assert [said["state"] for said in forecast(workspace, [one, two], has_news=False)] == ["CACHED", "CACHED"]
    store.remove_part(workspace.stage("2-panels"), 1)
    assert forecast(workspace, [one, two], has_news=False) == [
        {"name": "2-panels", "state": "RUN", "parts": 1},
        {"name": "3-groups", "state": "RUN", "parts": None},
    ]


def test_a_forecast_of_news_runs_every_stage(workspace):
    one, two = stage_of(WORDS), stage_of(WORDS, name="3-groups")
    workspace.ledger.touch()
    for stage in (one, two):
        bring_up_to_date(stage, workspace, here)
    said = forecast(workspace, [one, two], has_news=True)
    assert [(stage["state"], stage["parts"]) for stage in said] == [("RUN", None), ("RUN", None)]


def test_the_order_of_work_makes_no_difference(workspace, tmp_path):
    other = Workspace(tmp_path / "other")
    bring_up_to_date(stage_of(WORDS), workspace, here)
    bring_up_to_date(stage_of(WORDS), other, in_turn)
    for path in workspace.stage("2-panels").rglob("*.*"):
        assert path.read_bytes() == (other.stage("2-panels") / path.name).read_bytes()


def test_each_part_is_told_when_it_is_done(workspace):
    events = []
    bring_up_to_date(stage_of(WORDS), workspace, here, listen=events.append)
    assert events.pop(0) == StageBegins("2-panels", {"new": 3}, 0)
    assert [(event.number, event.counts.kept, event.done, event.total) for event in events] == [
        (0, 2, 1, 3),
        (1, 1, 2, 3),
        (2, 2, 3, 3),
    ]


def test_a_stage_says_how_many_parts_it_makes_again_and_why(workspace):
    bring_up_to_date(stage_of(WORDS), workspace, here)
    decide(workspace, "c")
    events = []
    more = {**WORDS, 0: ["a"], 3: ["x"]}
    bring_up_to_date(stage_of(more), workspace, here, listen=events.append)
    assert events[0] == StageBegins("2-panels", {"changed": 1, "decided": 1, "new": 1}, 1)
    events.clear()
    bring_up_to_date(stage_of(more), workspace, here, listen=events.append)
    assert events == []


def test_a_part_that_is_damaged_is_not_said_to_stay(workspace):
    bring_up_to_date(stage_of(WORDS), workspace, here)
    store.part_path(workspace.stage("2-panels"), 1).write_bytes(bytes(100))
    events = []
    bring_up_to_date(stage_of(WORDS), workspace, here, listen=events.append)
    assert events[0] == StageBegins("2-panels", {"new": 1}, 2)


def test_while_parts_are_made_the_stage_is_not_complete(workspace):
    seen = []

    def look(event):
        if not isinstance(event, PartDone):
            return
        state = json.loads((workspace.stage("2-panels") / "stage.json").read_text())
        seen.append(state["complete"])

    bring_up_to_date(stage_of(WORDS), workspace, here, listen=look)
    assert seen == [False, False, False]
    state = json.loads((workspace.stage("2-panels") / "stage.json").read_text())
    assert (state["complete"], state["counts"]["kept"], state["version"]) == (True, 5, 1)


def test_work_that_breaks_leaves_the_other_parts_and_an_incomplete_stage(workspace):
    def breaking(workspace, number, decided, notes):
        yield from (Word(id=make_id(word), text="") for word in WORDS[number])
        if number == 1:
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        bring_up_to_date(stage_of(WORDS, work=breaking), workspace, here)
    assert list(read_stamps(workspace, "2-panels")) == [0]
    assert json.loads((workspace.stage("2-panels") / "stage.json").read_text())["complete"] is False


_edits = st.lists(
    st.one_of(
        st.tuples(st.just("words"), st.integers(0, 2), st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=3)),
        st.tuples(st.just("decide"), st.sampled_from("abcdefgh"), st.sampled_from(["drop", "keep"])),
        st.tuples(st.just("lose"), st.integers(0, 2)),
        st.tuples(st.just("run")),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(_edits)
def test_whatever_happened_before_the_outcome_is_that_of_a_fresh_start(tmp_path_factory, edits):
    workspace = Workspace(tmp_path_factory.mktemp("lived"))
    words = {number: list(said) for number, said in WORDS.items()}
    for kind, *what in edits:
        if kind == "words":
            words[what[0]] = what[1]
        elif kind == "decide":
            decide(workspace, what[0], after=what[1])
        elif kind == "lose":
            store.part_path(workspace.stage("2-panels"), what[0]).unlink(missing_ok=True)
        else:
            bring_up_to_date(stage_of(words), workspace, here)
    bring_up_to_date(stage_of(words), workspace, here)
    fresh = Workspace(tmp_path_factory.mktemp("fresh"))
    fresh.decisions.write_bytes(workspace.decisions.read_bytes() if workspace.decisions.exists() else b"")
    bring_up_to_date(stage_of(words), fresh, here)
    assert rows_of(workspace) == rows_of(fresh)
    assert stale_parts(stage_of(words), workspace) == []


def rows_of(workspace):
    folder = workspace.stage("2-panels")
    return {number: list(store.read_rows(store.part_path(folder, number))) for number in store.part_numbers(folder)}
