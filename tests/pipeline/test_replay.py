from datetime import UTC, datetime

from pipeline.decisions import Decision, content_hash, in_force
from pipeline.replay import CHANGED, Replay
from pipeline.workspace import CURATED

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ID = "a" * 32


def replay(**said):
    told = Decision(who="ana", when=NOW, queue="kinds", stage=CURATED, id=ID, field="kind", **said)
    return Replay(in_force([told], CURATED)), told


def test_a_decision_on_what_stands_there_is_carried_out():
    asked, told = replay(after="gel", content_hash=content_hash("caption", 1))
    assert asked.on(ID, "kind", lambda: content_hash("caption", 1)) == told
    assert asked.ignored == {}


def test_a_decision_on_what_has_changed_since_is_not_carried_out_and_told():
    asked, told = replay(after="gel", content_hash=content_hash("caption", 1))
    assert asked.on(ID, "kind", lambda: content_hash("caption", 2)) is None
    assert asked.ignored == {told.mark: CHANGED}


def test_a_decision_without_a_hash_holds_whatever_stands_there():
    asked, told = replay(after="gel")
    assert asked.on(ID, "kind", lambda: content_hash("caption", 2)) == told


def test_one_of_several_things_that_were_shown_is_enough():
    asked, told = replay(after="drop", content_hash=content_hash("caption", 1))
    assert asked.on(ID, "kind", lambda: content_hash("licence"), lambda: content_hash("caption", 1)) == told


def test_nothing_is_hashed_where_nobody_decided():
    def never():
        raise AssertionError

    asked, _ = replay(after="gel", content_hash="x")
    assert asked.on("b" * 32, "kind", never) is None
    assert asked.on(ID, "verdict", never) is None
