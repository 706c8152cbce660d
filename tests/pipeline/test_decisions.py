from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline import decisions
from pipeline.decisions import REMOVED, Decision
from pipeline.workspace import CURATED, FIGURES

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def decision(record_id="a" * 32, field="kind", stage=CURATED, **more):
    return Decision(who="ana", when=NOW, queue="kinds", stage=stage, id=record_id, field=field, **more)


def test_what_is_appended_is_read_in_order(tmp_path):
    first = decision(before={"kind": None}, after=["microscopy"], reason="clear", content_hash="h")
    second = decision(field="verdict", after="drop")

    decisions.append(tmp_path / "d.sqlite", [first])
    decisions.append(tmp_path / "d.sqlite", [second])

    assert decisions.read(tmp_path / "d.sqlite") == [first, second]


def test_without_a_log_nothing_was_decided(tmp_path):
    assert decisions.read(tmp_path / "absent.sqlite") == []


def test_the_newest_decision_on_a_field_is_in_force():
    old, new, other = decision(after="plot"), decision(after="gel"), decision(field="verdict", after="drop")

    force = decisions.in_force([old, other, new], CURATED)

    assert force == {"a" * 32: [new, other]}
    assert decisions.in_force([old], FIGURES) == {}


FIELDS, AFTER = st.sampled_from(["kind", "verdict"]), st.sampled_from(["gel", "plot", {"text": "x"}, None])


@given(st.lists(st.tuples(FIELDS, AFTER), max_size=12))
def test_of_any_sequence_the_newest_on_each_field_is_in_force_unless_it_withdraws(said):
    log = [decision(field=field, after=after) for field, after in said]

    force = decisions.in_force(log, CURATED)

    newest = dict(said)
    told = {one.field: one.after for one in force.get("a" * 32, [])}
    assert told == {field: after for field, after in newest.items() if after is not None}


@given(st.lists(st.tuples(FIELDS, AFTER), max_size=8), st.lists(st.tuples(FIELDS, AFTER), max_size=8))
def test_what_was_decided_and_withdrawn_leaves_no_trace_in_what_is_in_force(before, since):
    log = [decision(field=field, after=after) for field, after in [*before, *since]]
    undone = [decision(field=field) for field in {field for field, _ in [*before, *since]}]

    assert decisions.in_force([*log, *undone], CURATED) == {}
    assert decisions.in_force([*log, *undone, *log], CURATED) == decisions.in_force(log, CURATED)


def test_a_takedown_is_found_by_any_selector_and_only_by_its_own():
    force = decisions.in_force([decision("10.1/x", "doi", FIGURES, after=REMOVED)], FIGURES)

    assert decisions.takedown_of(force, {"doi": "10.1/x", "id": "b" * 32}) is not None
    assert decisions.takedown_of(force, {"source_id": "10.1/x", "doi": None}) is None


def test_marks_tell_decisions_apart():
    assert decision(after="gel").mark == decision(after="gel").mark
    assert decision(after="gel").mark != decision(after="plot").mark
    by_two = (Decision(**{**decision(after="gel").model_dump(), "who": who}) for who in ("ana", "ben"))
    assert len({said.mark for said in by_two}) == 2
