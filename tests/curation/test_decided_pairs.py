"""What reviewers say of pairs holds, whatever the pixels say, and for all that is the same picture."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from plain_members import member

from curation.confirm import Confirmed, Kind
from curation.decided_pairs import JOINED, Named, decided_pairs, ids_in, tell_joined, with_decided
from curation.duplicates import Edge
from curation.standings import join_copies
from pipeline.decisions import Decision, in_force
from pipeline.replay import UNREADABLE, Replay
from pipeline.seen import seen_of_pair

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MEMBERS = sorted((member(at) for at in range(6)), key=lambda one: one.id)
NAMED = {one.id: Named(one, one.at) for one in MEMBERS}
PAIRS = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1])
AFTER = st.sampled_from(["different", *(kind.value for kind in Kind)])


def decision(one, other, after, **said):
    told = {"who": "ana", "when": NOW, "queue": "same", "stage": "3-groups", **said}
    return Decision(**told, id=MEMBERS[one].id, field=f"same:{MEMBERS[other].id}", after=after)


def replay(*said):
    return Replay(in_force(said, "3-groups"))


def edge(one, other, kind=Kind.COPY):
    return Edge(MEMBERS[one].at, MEMBERS[other].at, 4, Confirmed(kind, 0.9, 0.9, 1.0, 1.0))


def places(one, other):
    return frozenset((MEMBERS[one].at, MEMBERS[other].at))


@given(st.dictionaries(PAIRS, AFTER), st.dictionaries(PAIRS, st.sampled_from(Kind)))
def test_edges_are_those_of_the_pixels_but_where_somebody_decided(decided, seen):
    asked, same = replay(*(decision(*pair, after) for pair, after in decided.items())), list(range(6))
    pairs = decided_pairs(NAMED, asked)
    edges = with_decided([edge(*pair, kind) for pair, kind in seen.items()], pairs, same, asked)
    found = {frozenset((one.one, one.other)): one.found.kind.value for one in edges}
    told = {places(*pair): kind.value for pair, kind in seen.items()}
    told |= {places(*pair): after for pair, after in decided.items()}
    assert found == {pair: kind for pair, kind in told.items() if kind != "different"}
    assert {frozenset((one.one, one.other)) for one in edges if one.by_review} == {
        places(*pair) for pair, after in decided.items() if after != "different"
    }
    assert asked.ignored == {}


def test_what_is_joined_by_a_third_is_told():
    asked, same = replay(decision(0, 2, "different")), list(range(6))
    pairs = decided_pairs(NAMED, asked)
    edges = with_decided([edge(0, 1), edge(1, 2), edge(0, 2)], pairs, same, asked)
    assert len(edges) == 2
    join_copies(same, edges)
    tell_joined(pairs, same, asked)
    assert list(asked.ignored.values()) == [JOINED]


def test_a_decision_speaks_of_all_that_is_the_same_picture():
    asked, same = replay(decision(0, 2, "different")), list(range(6))
    join_copies(same, [edge(0, 1)])
    pairs = decided_pairs(NAMED, asked)
    assert with_decided([edge(1, 2)], pairs, same, asked) == []


def test_what_isn_t_here_or_can_t_be_read_or_shows_something_else_is_told():
    asked = replay(decision(0, 1, "alike"), decision(2, 3, "copy", content_hash="x" * 32))
    assert decided_pairs(NAMED, asked) == []
    assert list(asked.ignored.values()) == [UNREADABLE, "what was seen has changed since"]
    alone = replay(decision(0, 1, "copy"))
    assert decided_pairs({MEMBERS[0].id: NAMED[MEMBERS[0].id]}, alone) == []
    assert list(alone.ignored.values()) == ["the other panel isn't here"]
    assert ids_in(alone.decided) == {MEMBERS[0].id, MEMBERS[1].id}


def test_what_was_shown_is_the_pixels_in_either_order():
    one, other = (({"source_sha256": one.source_sha256, "shown": None}, one.box) for one in MEMBERS[:2])
    seen = seen_of_pair(one, other)
    assert seen == seen_of_pair(other, one)
    assert len(decided_pairs(NAMED, replay(decision(0, 1, "copy", content_hash=seen)))) == 1
