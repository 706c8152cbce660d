"""Groups on small workspaces: equal pictures find each other, one stays, whatever the order they came in."""

import shutil

import pytest

from schemas.records import make_id


def copy_picture(bench, of, to):
    shutil.copy(bench.inputs / f"PMC{of}" / f"{of}-g001.jpg", bench.inputs / f"PMC{to}" / f"{to}-g001.jpg")


def groups(bench):
    return {row["source_id"]: row for row in bench.rows("3-groups")}


def test_pictures_that_are_alone_have_no_cluster(bench):
    bench.article(1)
    bench.article(2)
    bench.made()
    for row in groups(bench).values():
        assert (row["duplicate_cluster"], row["keeper"], row["keeps"], row["also_in"]) == (None, None, True, [])


def test_equal_bytes_are_a_cluster_of_which_one_stays(bench):
    for number in (1, 2, 3):
        bench.article(number)
    copy_picture(bench, 1, 2)
    bench.made()
    found = groups(bench)
    one, two = found["PMC1"], found["PMC2"]
    assert one["duplicate_cluster"] == two["duplicate_cluster"] == make_id(*sorted([one["id"], two["id"]]))
    assert one["keeper"] == two["keeper"]
    assert sorted([one["keeps"], two["keeps"]]) == [False, True]
    assert [copy["source_id"] for copy in one["also_in"]] == ["PMC2"]
    assert found["PMC3"]["duplicate_cluster"] is None
    assert len(bench.published()) == 2


@pytest.mark.parametrize(("freer", "stays"), [({"license_code": "CC0"}, "PMC2"), ({}, None)])
def test_the_freer_copy_stays_under_the_stricter_licence(bench, freer, stays):
    bench.article(1)
    bench.article(2, **freer)
    copy_picture(bench, 1, 2)
    bench.made()
    (row,) = bench.published()
    assert row["license"] == "CC-BY-4.0"
    assert stays is None or row["source_id"] == stays


@pytest.mark.parametrize(
    ("preprint", "stays"), [({}, ["pmc", "biorxiv"]), ({"license_code": "CC0"}, ["biorxiv", "pmc"])]
)
def test_the_published_copy_stays_unless_it_is_stricter_and_names_the_other(bench, preprint, stays):
    bench.article(1, folder="../preprints/PMC1", **preprint)
    bench.article(2)
    shutil.copy(bench.root / "preprints" / "PMC1" / "1-g001.jpg", bench.inputs / "PMC2" / "2-g001.jpg")
    bench.manifest(sources=[{"type": "biorxiv", "path": "preprints"}, {"type": "pmc", "path": "inputs"}])
    bench.made()
    (row,) = bench.published()
    assert [row["source"], *(copy["source"] for copy in row["also_in"])] == stays
    assert row["license"] == "CC-BY-4.0"


def test_a_copy_under_a_licence_that_is_not_allowed_takes_the_others_along(bench):
    """The stricter of two: the same picture stands elsewhere under terms that the manifest doesn't list."""
    bench.article(1)
    bench.article(2, license_code="CC BY-NC")
    copy_picture(bench, 1, 2)
    bench.made()
    assert bench.published() == []
    assert {row["reason"] for row in bench.rows("4-curated", "dropped")} == {"license_not_allowed", "duplicate"}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_which_copy_stays_does_not_depend_on_the_order_of_arrival(bench, order):
    bench.items_per_part(1)
    for number in order:
        place = bench.article(number)
        shutil.copy(_first(bench), place / f"{number}-g001.jpg")
        bench.made()
    (row,) = bench.published()
    ids = {row["source_id"]: row["id"] for row in bench.rows("2-panels")}
    assert row["id"] == min(ids.values())
    assert [copy["source_id"] for copy in row["also_in"]] == sorted(ids.keys() - {row["source_id"]})


def _first(bench):
    blob = bench.root / "one.jpg"
    if not blob.exists():
        blob.write_bytes(bench.articles.picture(1))
    return blob


def test_works_of_one_family_share_it(bench):
    bench.article(1, figures=2)
    bench.article(2)
    bench.made()
    families = {row["source_id"]: set() for row in bench.rows("3-groups")}
    for row in bench.rows("3-groups"):
        families[row["source_id"]].add(row["family"])
    assert [len(one) for one in families.values()] == [1, 1]
    assert families["PMC1"] != families["PMC2"]


@pytest.mark.parametrize("items_per_part", [1, 2])
def test_one_work_that_lies_there_twice_is_a_duplicate_in_one_part_and_in_two(bench, items_per_part):
    bench.items_per_part(items_per_part)
    bench.article(1, folder="a")
    bench.article(1, folder="b")
    said = bench.made()
    assert [stage["dropped"] for stage in said["stages"]] == [{}, {}, {}, {"duplicate": 1}, {}]
    (row,) = bench.published()
    assert row["also_in"] == []


def test_three_copies_chained_by_id_and_bytes_are_one_cluster(bench):
    bench.items_per_part(1)
    bench.article(1, folder="a")
    bench.article(1, folder="b", version=1)
    (bench.inputs / "b" / "1-g001.jpg").write_bytes(bench.articles.picture(77))
    bench.article(2)
    (bench.inputs / "PMC2" / "2-g001.jpg").write_bytes(bench.articles.picture(77))
    bench.made()
    assert len({row["duplicate_cluster"] for row in bench.rows("3-groups")}) == 1
    assert sum(row["keeps"] for row in bench.rows("3-groups")) == 1
    assert len(bench.published()) == 1
