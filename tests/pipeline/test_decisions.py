from datetime import UTC, datetime

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


def test_a_decision_on_what_has_changed_since_is_not_applied():
    seen = decisions.content_hash("caption", 1)
    force = decisions.in_force([decision(after="gel", content_hash=seen)], CURATED)

    assert decisions.decision_on(force, "a" * 32, "kind", seen).after == "gel"
    assert decisions.decision_on(force, "a" * 32, "kind", decisions.content_hash("caption", 2)) is None


def test_a_takedown_is_found_by_any_selector_and_only_by_its_own():
    force = decisions.in_force([decision("10.1/x", "doi", FIGURES, after=REMOVED)], FIGURES)

    assert decisions.takedown_of(force, {"doi": "10.1/x", "id": "b" * 32}) is not None
    assert decisions.takedown_of(force, {"source_id": "10.1/x", "doi": None}) is None


def test_marks_tell_decisions_apart():
    assert decision(after="gel").mark == decision(after="gel").mark
    assert decision(after="gel").mark != decision(after="plot").mark
