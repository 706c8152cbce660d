"""The index of what reviewers are asked: what is in it, in which order, and what becomes of it as a run goes on."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from review_desks import decide, desk_of, keys, log_of, progress, standing_of, states, unclear, undo

from curation.review_draw import SECOND_SHARE, wants_second
from curation.review_index import bring_up_to_date
from curation.review_outcomes import SECOND
from curation.review_tables import index_of, index_path
from pipeline import decisions
from pipeline.decisions import Decision

AUDIT = {"name": "audit", "from": "captions"}


def queues(bench, *asked):
    bench.manifest(review={"queues": list(asked)})


@pytest.fixture
def audited(bench):
    """Four articles in four parts, whose texts are all asked about."""
    bench.items_per_part(1)
    for number in (1, 2, 3, 4):
        bench.article(number)
    queues(bench, AUDIT)
    bench.made()
    return bench


def test_a_licence_that_nobody_can_read_is_asked_about_though_the_manifest_names_no_queue(bench):
    unclear(bench, 1)
    bench.article(2)
    bench.made()
    desk = desk_of(bench.place)
    assert [queue.name for queue in desk.queues] == ["licenses"]
    assert states(desk, "licenses") == [("open", "", "")]


def test_a_queue_of_texts_may_be_called_licenses(bench):
    unclear(bench, 1)
    bench.article(2)
    queues(bench, {"name": "licenses", "from": "captions"})
    bench.made()
    desk = desk_of(bench.place)
    assert [queue.name for queue in desk.queues] == ["licenses", "unread-licenses"]
    assert [len(keys(desk, queue.name)) for queue in desk.queues] == [1, 1]


def test_what_was_answered_is_not_asked_again_after_a_restart_or_without_the_index(audited):
    desk = desk_of(audited.place)
    first, *rest = keys(desk, "audit")
    decide(desk, "audit", first, "ana")
    index_path(desk.workspace).unlink()
    anew = desk_of(audited.place)
    assert keys(anew, "audit") == [first, *rest]
    assert states(anew, "audit")[0] == ("answered", "accepted", "ana")
    assert (progress(anew, "audit").reviewed, progress(anew, "audit").open) == (1, 3)


def test_a_verdict_that_was_carried_out_counts_and_stays_in_view(bench):
    unclear(bench, 1)
    unclear(bench, 2)
    bench.made()
    desk = desk_of(bench.place)
    one, other = keys(desk, "licenses")
    decide(desk, "licenses", one, "ana", "edit", "CC-BY-4.0")
    decide(desk, "licenses", other, "ana", "reject", reason="all rights reserved")
    bench.made()
    desk = desk_of(bench.place)
    assert keys(desk, "licenses") == [one, other]
    assert states(desk, "licenses") == [("answered", "edited", "ana"), ("answered", "rejected", "ana")]
    told = progress(desk, "licenses")
    assert (told.asked, told.reviewed, told.edited, told.rejected) == (2, 2, 1, 1)
    assert len(bench.published()) == 1


def test_one_article_more_makes_one_part_of_the_index_more(audited, monkeypatch):
    desk = desk_of(audited.place)
    decide(desk, "audit", keys(desk, "audit")[0], "ana")
    audited.article(5)
    audited.made()
    made = []
    from curation import review_index

    items_of = review_index.items_of
    monkeypatch.setattr(
        review_index, "items_of", lambda queue, *more: made.append(queue.name) or items_of(queue, *more)
    )
    anew = desk_of(audited.place)
    assert len(keys(anew, "audit")) == 5
    assert sorted(made).count("audit") <= 2  # the new part, and the one whose decision was replayed
    assert ("answered", "accepted", "ana") in states(anew, "audit")


def test_a_sample_is_drawn_alike_everywhere_and_keeps_what_was_answered(audited):
    queues(audited, {**AUDIT, "sample": 2})
    audited.made()
    desk = desk_of(audited.place)
    drawn = keys(desk, "audit")
    assert len(drawn) == 2
    decide(desk, "audit", drawn[0], "ana")
    index_path(desk.workspace).unlink()
    for number in range(5, 9):
        audited.article(number)
    audited.made()
    desk = desk_of(audited.place)
    assert drawn[0] in keys(desk, "audit")
    assert (progress(desk, "audit").items, progress(desk, "audit").asked) == (8, 2)


def test_strata_take_turns(bench):
    for number in range(1, 7):
        bench.article(number, license_code="CC BY" if number > 1 else "CC0")
    queues(bench, {**AUDIT, "sample": 2, "strata": ["license"]})
    bench.made()
    desk = desk_of(bench.place)
    with desk.index() as index:
        drawn = index.execute("SELECT stratum FROM items WHERE asked IS NOT NULL ORDER BY stratum").fetchall()
    assert drawn == [("CC-BY-4.0",), ("CC0-1.0",)]


def test_what_is_not_in_the_sample_is_not_decided(audited):
    from schemas.errors import UsageError

    queues(audited, {**AUDIT, "sample": 1})
    audited.made()
    desk = desk_of(audited.place)
    with desk.index() as index:
        (other, *_) = index.execute("SELECT key FROM items WHERE asked IS NULL AND queue = 'audit'").fetchone()
    with pytest.raises(UsageError, match="isn't in the sample"):
        decide(desk, "audit", other, "ana")


def test_other_content_is_asked_again_and_says_who_had_decided(audited):
    desk = desk_of(audited.place)
    key = keys(desk, "audit")[0]
    decide(desk, "audit", key, "ana")
    (said,) = log_of(desk)
    old = said.model_copy(update={"content_hash": "of another text"})
    desk.workspace.decisions.unlink()
    index_path(desk.workspace).unlink()
    decisions.append(desk.workspace.decisions, [old])
    desk = desk_of(audited.place)
    stands = standing_of(desk, "audit", key)
    assert (stands.state, stands.who) == ("changed", "ana")
    assert progress(desk, "audit").reviewed == 0


def test_what_a_stage_did_not_carry_out_is_open_again_with_the_reason(audited):
    desk = desk_of(audited.place)
    first = keys(desk, "audit")[0]
    decide(desk, "audit", first, "ana", "edit", {"text": "Cells."})
    (said,) = log_of(desk)
    odd = said.model_copy(update={"after": {"words": "no text"}})  # of another program
    decisions.append(desk.workspace.decisions, [odd])
    assert states(desk_of(audited.place), "audit")[0] == ("answered", "edited", "ana")  # no run has looked at it yet
    audited.made()
    index_path(desk.workspace).unlink()
    for _ in range(2):
        desk = desk_of(audited.place)
        assert states(desk, "audit")[0] == ("open", "", "ana")
        assert standing_of(desk, "audit", first).ignored
        assert progress(desk, "audit").reviewed == 0
    decide(desk, "audit", first, "ana", "edit", {"text": "Cells of a frog."})
    audited.made()
    assert states(desk_of(audited.place), "audit")[0] == ("answered", "edited", "ana")


def test_undo_takes_back_ones_own_verdict_and_nobody_elses(audited):
    desk = desk_of(audited.place)
    key = keys(desk, "audit")[0]
    decide(desk, "audit", key, "ana", "reject", reason="wrong value")
    undo(desk, "audit", key, "ben")
    assert standing_of(desk, "audit", key).outcome == "rejected"
    undo(desk, "audit", key, "ana")
    assert standing_of(desk, "audit", key).state == "open"
    assert [(said.after, said.before) for said in log_of(desk)][1] == (None, "reject")
    undo(desk, "audit", key, "ana")
    assert len(log_of(desk)) == 2


@pytest.fixture
def doubly(audited, monkeypatch):
    """The same, where everything is seen by two."""
    monkeypatch.setattr("curation.review_draw.SECOND_SHARE", 1.0)
    index_path(desk_of(audited.place).workspace).unlink()
    return desk_of(audited.place)


def test_a_second_look_is_blind_and_replayed_by_no_stage(doubly):
    key = keys(doubly, "audit")[0]
    decide(doubly, "audit", key, "ana")
    with doubly.index() as index:
        shown = doubly.show(index, "audit", key, "ben")
        own = doubly.show(index, "audit", key, "ana")
    assert (shown.is_second, shown.standing.who) == (True, "")
    assert (own.is_second, own.standing.who) == (False, "ana")
    decide(doubly, "audit", key, "ben")
    second = log_of(doubly)[-1]
    assert (second.stage, second.field) == (SECOND, "5-captioned/text")
    assert states(doubly, "audit")[0] == ("answered", "accepted", "ana")


def test_who_disagrees_brings_it_back_until_somebody_settles_it(doubly):
    key = keys(doubly, "audit")[0]
    decide(doubly, "audit", key, "ana")
    decide(doubly, "audit", key, "ben", "reject", reason="wrong value")
    stands = standing_of(doubly, "audit", key)
    assert (stands.state, stands.who, stands.second) == ("disagreed", "ana", "ben")
    assert progress(doubly, "audit").reviewed == 0
    decide(doubly, "audit", key, "eve", "reject", reason="wrong value")
    assert states(doubly, "audit")[0] == ("answered", "rejected", "eve")
    assert log_of(doubly)[-1].stage == "5-captioned"


def test_who_looked_second_may_think_again_and_stays_second(doubly):
    key = keys(doubly, "audit")[0]
    decide(doubly, "audit", key, "ana")
    for verdict in ("accept", "accept", "reject"):
        decide(doubly, "audit", key, "ben", verdict, reason="wrong value")
    assert [said.stage for said in log_of(doubly)] == ["5-captioned", SECOND, SECOND]
    assert standing_of(doubly, "audit", key).state == "disagreed"


def rows(desk):
    columns = "queue, key, state, outcome, who, second, asked"
    with desk.index() as index:
        counts = index.execute("SELECT * FROM counts WHERE count != 0 ORDER BY 1, 2, 3, 4").fetchall()
        return index.execute(f"SELECT {columns} FROM items ORDER BY key").fetchall(), counts


def test_an_index_that_grew_is_the_one_that_is_made_anew(doubly):
    chance = random.Random(11)
    for step in range(40):
        key, who = chance.choice(keys(doubly, "audit")), chance.choice(["ana", "ben", "eve"])
        verdict = chance.choice(["accept", "reject", "edit", "undo"])
        if verdict == "undo":
            undo(doubly, "audit", key, who)
        else:
            value = {"text": f"Text {step % 3}."} if verdict == "edit" else None
            decide(doubly, "audit", key, who, verdict, value, reason="because")
        if step % 10 == 9:
            grown = rows(doubly)
            index_path(doubly.workspace).unlink()
            assert rows(desk_of(doubly.workspace.root)) == grown


def test_many_at_once_lose_nothing(audited):
    desk = desk_of(audited.place)
    asked = keys(desk, "audit")
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda number: decide(desk, "audit", asked[number % 4], f"person {number % 8}"), range(32)))
    assert progress(desk, "audit").reviewed == 4
    firsts = {said.id for said in log_of(desk) if said.stage != SECOND}
    assert len(firsts) == 4


def test_a_page_that_is_open_takes_in_what_a_run_makes(audited):
    desk = desk_of(audited.place)
    assert desk.refresh() is None
    audited.article(7)
    audited.made()
    desk.refresh().join()
    assert len(keys(desk, "audit")) == 5
    assert desk.refresh() is None


def test_a_run_that_is_not_over_leaves_the_page_as_it_is(audited):
    desk = desk_of(audited.place)
    state = audited.place / "2-panels" / "stage.json"
    state.write_text(state.read_text().replace("true", "false"))
    assert desk.refresh() is None
    assert len(keys(desk, "audit")) == 4


def test_stages_of_different_runs_are_told(audited):
    from pipeline.store import remove_part

    remove_part(audited.place / "3-groups", 0)
    index_path(desk_of(audited.place).workspace).unlink()
    assert keys(desk_of(audited.place), "audit") == []


def test_the_share_that_two_people_see_is_what_it_says():
    seen = sum(wants_second("audit", str(number), "text") for number in range(5000))
    assert abs(seen / 5000 - SECOND_SHARE) < 0.02


def test_a_broken_index_is_told_and_can_be_removed(audited):
    from schemas.errors import WorkspaceError

    desk = desk_of(audited.place)
    path = index_path(desk.workspace)
    path.write_bytes(b"no database" * 100)
    with pytest.raises(WorkspaceError, match="Remove it"):
        desk_of(audited.place)
    path.unlink()
    assert len(keys(desk_of(audited.place), "audit")) == 4


def test_a_queue_that_the_manifest_drops_leaves_the_index(audited):
    desk_of(audited.place)
    bare = audited.manifest()
    assert bare.exists()
    audited.made()
    desk = desk_of(audited.place)
    with desk.index() as index:
        assert index.execute("SELECT count(*) FROM items").fetchone() == (0,)
        bring_up_to_date(index, desk.workspace, desk.manifest)


def test_what_is_taken_down_leaves_no_trace_in_the_index(audited, command):
    desk = desk_of(audited.place)
    with index_of(desk.workspace) as index:
        gone = index.execute("SELECT id FROM items LIMIT 1").fetchone()[0]
    assert command("remove", audited.place, "--id", gone, "--reason", "request").code == 0
    with index_of(desk.workspace) as index:
        assert index.execute("SELECT count(*) FROM items WHERE id = ?", (gone,)).fetchone() == (0,)


def test_the_list_and_the_figures_are_told(audited, command):
    desk = desk_of(audited.place)
    decide(desk, "audit", keys(desk, "audit")[0], "ana")
    lines = command("review", audited.place, "--list", "--json").lines
    assert [line["state"] for line in lines] == ["answered", "open", "open", "open"]
    said = command("review", audited.place, "--stats", "--json").json
    (audit, _) = said["queues"]
    assert (audit["reviewed"], audit["asked"], audit["reviewers"]) == (1, 4, 1)
    assert said["decisions_not_replayed"] == 1
    assert "audit: 1 of 4 reviewed, 100% right" in command("review", audited.place, "--stats").out


def test_decisions_of_another_program_are_taken_in(audited):
    desk = desk_of(audited.place)
    with desk.index() as index:
        row = index.execute("SELECT id FROM items WHERE queue = 'audit' AND asked = 0").fetchone()
    told = {"who": "ana", "queue": "audit", "stage": "5-captioned", "id": row[0], "field": "text", "after": "accept"}
    decisions.append(desk.workspace.decisions, [Decision(**told, when="2026-11-29T12:00:00Z")])
    assert states(desk_of(audited.place), "audit")[0] == ("answered", "accepted", "ana")
