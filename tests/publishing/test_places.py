"""Places: an index gives back what was written, part by part, as often as it is asked."""

import pytest

from publishing.places import Place, Places, views_in, write_index


@pytest.fixture
def made(tmp_path):
    """Return places of two parts, and the files of their indexes."""
    told = [
        Place("b", 0, 64, "f", None, 10, commercial=True, picture="p", sources=("pmc a", "pmc b")),
        Place("a", 0, 8, "g", "c", 7, commercial=False, zero_shot=True, panel="q"),
        Place("a", 1, 0, "g", "c", 7, commercial=False),
    ]
    paths = [tmp_path / f"{part}.parquet" for part in (0, 1)]
    for part, path in enumerate(paths):
        write_index(path, {"panels": [one for one in told if one.part == part], "questions": []})
    return told, paths


def test_an_index_gives_its_places_back_again_and_again(made):
    told, paths = made
    places = Places(paths, "panels")
    assert list(places) == list(places) == told
    assert len(places) == len(told)


def test_of_equal_ids_the_place_of_the_first_part_comes_first(made):
    told, paths = made
    assert list(Places(paths, "panels").by_id()) == sorted(told) == [told[1], told[2], told[0]]


def test_a_view_without_rows_has_no_places(made):
    _, paths = made
    assert list(Places(paths, "questions")) == list(Places([], "panels").by_id()) == []
    assert views_in(paths[0]) == {"panels"}
