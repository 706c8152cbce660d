"""Splits: laws that hold for any families, clusters and shares."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.rows import Place
from publishing.splits import SPLITS, assign
from schemas.manifest import SplitSettings


def place(at, family, cluster=None):
    return Place(f"{at:032x}", 0, at, family, cluster, 10, commercial=True)


_families = st.sampled_from([f"family-{at}" for at in range(12)])
_clusters = st.none() | st.sampled_from([f"cluster-{at}" for at in range(4)])
_rows = st.lists(st.tuples(_families, _clusters), max_size=60)
_shares = st.tuples(st.sampled_from([0, 0.05, 0.2, 0.4]), st.sampled_from([0, 0.05, 0.2, 0.4]), st.integers(0, 9))


def settled(rows, shares):
    test, validation, seed = shares
    settings = SplitSettings(test=test, validation=validation, seed=seed)
    places = [place(at, family, cluster) for at, (family, cluster) in enumerate(rows)]
    return places, assign(places, settings)


@given(_rows, _shares)
def test_every_family_has_one_split(rows, shares):
    places, split_of = settled(rows, shares)
    assert split_of.keys() == {place.family for place in places}
    assert set(split_of.values()) <= set(SPLITS)


@given(_rows, _shares)
def test_a_cluster_is_never_parted(rows, shares):
    places, split_of = settled(rows, shares)
    splits = defaultdict(set)
    for one in places:
        if one.cluster:
            splits[one.cluster].add(split_of[one.family])
    assert all(len(found) == 1 for found in splits.values())


@given(_rows, _shares, st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(rows, shares, random):
    places, split_of = settled(rows, shares)
    random.shuffle(places)
    assert assign(places, SplitSettings(test=shares[0], validation=shares[1], seed=shares[2])) == split_of


@given(_rows, _shares)
def test_no_split_is_larger_than_its_share_but_by_the_one_that_it_must_have(rows, shares):
    places, split_of = settled(rows, shares)
    sizes = Counter(split_of[one.family] for one in places)
    for name, share in (("test", shares[0]), ("validation", shares[1])):
        families = {one.family for one in places if split_of[one.family] == name}
        joined = len({one.cluster for one in places if one.family in families and one.cluster}) > 0
        assert sizes[name] <= share * len(places) or len(families) == 1 or joined
        assert share or not sizes[name]


@given(st.integers(3, 40), st.integers(0, 99))
def test_with_families_of_one_size_no_split_is_empty(count, seed):
    rows = [(f"family-{at}", None) for at in range(count)]
    _, split_of = settled(rows, (0.05, 0.05, seed))
    assert set(split_of.values()) == set(SPLITS)


def test_train_is_not_empty_where_one_family_is_large():
    rows = [("small-1", None), ("small-2", None), *[("large", None)] * 8]
    _, split_of = settled(rows, (0.2, 0.2, 17))
    assert set(split_of.values()) == set(SPLITS)


@pytest.mark.parametrize(
    ("count", "shares", "splits"),
    [
        (0, (0.2, 0.2), set()),
        (1, (0.2, 0.2), {"train"}),
        (2, (0.2, 0.2), {"train", "test"}),
        (2, (0, 0.2), {"train", "validation"}),
        (2, (0, 0), {"train"}),
        (3, (0.2, 0.2), {"train", "validation", "test"}),
    ],
)
def test_with_few_families_train_comes_first_then_test(count, shares, splits):
    _, split_of = settled([(f"family-{at}", None) for at in range(count)], (*shares, 17))
    assert set(split_of.values()) == splits


def test_of_two_families_the_smaller_one_is_test():
    for seed in range(10):
        _, split_of = settled([("large", None), ("large", None), ("small", None)], (0.05, 0.05, seed))
        assert split_of == {"large": "train", "small": "test"}


def test_two_families_of_one_cluster_are_train():
    _, split_of = settled([("a", "1"), ("b", "1")], (0.2, 0.2, 17))
    assert set(split_of.values()) == {"train"}


def test_another_seed_shuffles_anew():
    rows = [(f"family-{at}", None) for at in range(40)]
    assert settled(rows, (0.2, 0.2, 1))[1] != settled(rows, (0.2, 0.2, 2))[1]


def test_families_that_hang_together_by_a_chain_of_clusters_go_together():
    rows = [("a", "1"), ("b", "1"), ("b", "2"), ("c", "2"), *[(f"other-{at}", None) for at in range(30)]]
    for seed in range(20):
        _, split_of = settled(rows, (0.2, 0.2, seed))
        assert split_of["a"] == split_of["b"] == split_of["c"]


def test_what_the_field_keeps_for_testing_is_test_with_all_that_is_tied_to_it():
    places = [place(at, f"f{at}") for at in range(8)]
    places += [replace(place(8, "kept"), zero_shot=True), place(9, "tied", cluster="c"), place(10, "kept", cluster="c")]
    split_of = assign(places, SplitSettings(test=0.25, validation=0.25, seed=1))
    assert split_of["kept"] == split_of["tied"] == "test"
    others = [split_of[f"f{at}"] for at in range(8)]
    assert [others.count(name) for name in ("train", "validation", "test")] == [4, 2, 2]


def test_a_set_for_testing_alone_trains_nobody():
    places = [replace(place(at, f"f{at}"), zero_shot=True) for at in range(3)]
    assert set(assign(places, SplitSettings(test=0, validation=0, seed=1)).values()) == {"test"}
