"""Which images of a study are taken: spread evenly over its plates, and a larger number only adds to a smaller."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.connector import EVERYTHING
from ingest.idr import IdrConnector, IdrRequest, manners_of
from ingest.idr_selection import Place, place_of, spread

SCREEN = "idr0001-doe-screens/screenA"


@pytest.fixture
def found(server_module, tmp_path, monkeypatch):
    """Returns what is found in a local IDR, `found.server`, as (plate, well, image)."""
    monkeypatch.setattr("ingest.idr.manners_of", lambda one: manners_of(one).model_copy(update={"backoff_s": 0}))
    with server_module("idr_server").running() as server:

        def ask(*studies, **asked):
            said = {"studies": studies or ("idr0001",), "licenses": ("CC-BY-4.0",), "per_second": 2000}
            request = IdrRequest(url=server.url, **{**said, **asked})
            connector = IdrConnector(request, contact="lab@example.org", cache=tmp_path)
            return [place_of(item.key) for item in connector.find() if item.key != EVERYTHING]

        ask.server = server
        yield ask


@given(st.integers(1, 400), st.data())
def test_every_beginning_of_the_order_is_spread_evenly(count, data):
    order = spread(count)
    assert sorted(order) == list(range(count))
    few = data.draw(st.integers(1, count))
    chosen = sorted(order[:few])
    gaps = [b - a for a, b in zip(chosen, [*chosen[1:], count], strict=True)]
    assert max(gaps) <= 4 * (count / few)


@given(st.integers(1, 9999), st.integers(1, 10**8), st.none() | st.integers(1, 10**8))
def test_a_key_names_its_place(study, image, well):
    place = Place(container=f"idr{study:04}-a.b-c_d/screenA", group="plate-7", well=well, image=image)
    assert place_of(place.key) == place


def test_few_images_come_from_as_many_plates(found):
    found.server.add_screen(SCREEN, plates=8, wells=12)
    places = found(images_per_study=4)
    plates = sorted({place.group for place in places})
    assert len(places) == len(plates) == 4
    numbers = sorted(int(plate.removeprefix("plate-")) for plate in plates)
    assert len({b - a for a, b in pairwise(numbers)}) == 1
    assert len(found.server.asked("/wells/")) == 4  # the other plates are not even listed


def test_many_images_come_from_all_plates_alike(found):
    found.server.add_screen(SCREEN, plates=3, wells=6)
    places = found(images_per_study=10)
    counts = sorted([place.group for place in places].count(one.group) for one in places[:3])
    assert counts == [3, 3, 4]
    assert len({place.image for place in places}) == 10


@pytest.mark.parametrize(("few", "more"), [(1, 2), (3, 7), (5, 19), (19, 36)])
def test_a_larger_number_only_adds(found, few, more):
    found.server.add_screen(SCREEN, plates=3, wells=4)
    found.server.add_screen("idr0001-doe-screens/screenB", plates=2, wells=4, fields=3)
    before = found(images_per_study=few)
    assert found(images_per_study=more)[:few] == before


def test_plates_without_images_are_made_up_for(found):
    found.server.add_screen(SCREEN, plates=4, wells=0)
    found.server.add_screen("idr0001-doe-screens/screenB", plates=1, wells=9)
    assert len(found(images_per_study=6)) == 6


def test_all_come_where_no_number_is_given(found):
    found.server.add_screen(SCREEN, plates=3, wells=4, fields=2)
    places = found()
    assert len({place.image for place in places}) == len(places) == 24
    assert {place.well for place in places} != {None}


def test_the_number_counts_for_each_study(found):
    found.server.add_screen(SCREEN, wells=5)
    found.server.add_project("idr0062-roe-nuclei/experimentA", datasets=2, per_dataset=5)
    places = found("idr0001", "idr0062", images_per_study=3)
    assert [place.container[:7] for place in places] == ["idr0001"] * 3 + ["idr0062"] * 3


def test_sample_and_limit_bound_what_is_chosen(found):
    found.server.add_screen(SCREEN, plates=2, wells=10)
    everything = found()
    sample = found(sample_n=5, sample_seed=3)
    assert len(sample) == 5
    assert sample == [place for place in everything if place in sample]
    assert sample == found(sample_n=5, sample_seed=3) != found(sample_n=5, sample_seed=4)
    assert found(limit=4) == everything[:4]


def test_a_study_that_is_named_twice_comes_once(found):
    found.server.add_screen(SCREEN, wells=5)
    assert found("idr0001", "idr0001") == found("idr0001")
