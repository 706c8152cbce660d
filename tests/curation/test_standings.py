"""Who of a cluster stays: somebody always, nobody for two pictures that only share a part, whatever the order."""

from hypothesis import given
from hypothesis import strategies as st
from plain_members import member

from curation.confirm import Confirmed, Kind
from curation.duplicates import Edge
from curation.standings import join_copies, standings
from schemas.records import make_id

LICENSES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", None)


def edge(one, other, kind="copy", of_one=1.0, of_other=1.0):
    return Edge(one, other, 4, Confirmed(Kind(kind), 0.98765, 0.9, of_one, of_other))


def stood(members, edges, old=frozenset()):
    same = list(range(len(members)))
    join_copies(same, edges)
    in_edges = {at for each in edges for at in (each.one, each.other)}
    return standings({one.at: one for one in members if one.at in in_edges}, same, edges, old)


def stays(found):
    return {at for at, standing in found.items() if standing.keeps}


def test_of_copies_the_published_the_freer_and_the_larger_stays():
    assert stays(stood([member(0, preprint=True), member(1)], [edge(0, 1)])) == {1}
    assert stays(stood([member(0, license_id="CC-BY-NC-4.0"), member(1)], [edge(0, 1, "oriented")])) == {1}
    assert stays(stood([member(0), member(1, side_px=101)], [edge(0, 1)])) == {1}


def test_a_part_goes_into_what_shows_it_and_both_name_each_other():
    found = stood([member(0, side_px=400), member(1)], [edge(0, 1, "crop", of_one=1.0, of_other=0.3)])
    assert stays(found) == {1}
    assert found[0].keeper.at == 1
    assert [place.source_id for place in found[1].also_in] == ["PMC0"]
    assert [(like.id, like.kind, like.correlation) for like in found[0].edges] == [(member(1).id, "crop", 0.9877)]


def test_a_part_in_two_pictures_joins_their_clusters_and_both_stay():
    parts = [edge(0, 1, "crop", of_other=0.3), edge(0, 2, "inset", of_other=0.2)]
    found = stood([member(0), member(1, side_px=200), member(2, side_px=300)], parts)
    assert stays(found) == {1, 2}
    assert len({standing.cluster for standing in found.values()}) == 1


def test_a_part_stays_where_what_shows_it_is_of_another_kind_or_not_as_free():
    for whole in (member(1, kind="plot", side_px=300), member(1, license_id="CC-BY-NC-4.0", side_px=300)):
        found = stood([member(0), whole], [edge(0, 1, "crop", of_other=0.3)])
        assert stays(found) == {0, 1}
        assert [place.source_id for place in found[0].also_in] == ["PMC1"]


def test_neighbours_share_a_cluster_and_stay():
    found = stood([member(0), member(1), member(2)], [edge(0, 1, "series"), edge(1, 2, "series")])
    assert stays(found) == {0, 1, 2}
    assert {standing.cluster for standing in found.values()} == {make_id(*sorted(member(at).id for at in range(3)))}
    assert all(not standing.also_in and standing.keeper.at == at for at, standing in found.items())


def test_an_older_state_never_stays_for_a_newer_one():
    found = stood([member(0, side_px=900), member(1)], [edge(0, 1)], old=frozenset({0}))
    assert stays(found) == {1}


pairs = st.tuples(
    st.integers(0, 7),
    st.integers(0, 7),
    st.sampled_from(["copy", "oriented", "crop", "inset", "series"]),
    st.sampled_from([(1.0, 1.0), (1.0, 0.3), (0.3, 1.0)]),
).filter(lambda pair: pair[0] != pair[1])
licensed = st.lists(st.sampled_from(LICENSES), min_size=8, max_size=8)


@given(st.lists(pairs, max_size=12), licensed, st.permutations(range(8)))
def test_every_picture_that_goes_has_one_that_stays_and_the_order_does_not_matter(found, licenses, order):
    def told(places):
        members = [
            member(places[number], number=number, license_id=licenses[number], side_px=100 + 7 * number)
            for number in range(8)
        ]
        edges = [edge(places[one], places[other], kind, *areas) for one, other, kind, areas in found]
        said = stood(sorted(members, key=lambda one: one.at), edges)
        number_of = {at: number for number, at in enumerate(places)}
        return {number_of[at]: standing for at, standing in said.items()}

    plain = told(list(range(8)))
    for number, standing in plain.items():
        keeper = int(standing.keeper.source_id.removeprefix("PMC"))
        assert plain[keeper].keeps
        assert standing.keeps == (keeper == number)
        assert standing.cluster == plain[keeper].cluster
    moved = told(list(order))
    assert {number: standing._replace(keeper=standing.keeper.id) for number, standing in plain.items()} == {
        number: standing._replace(keeper=standing.keeper.id) for number, standing in moved.items()
    }
