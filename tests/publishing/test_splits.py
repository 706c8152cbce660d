"""Splits: laws that hold for any families, clusters and shares."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.places import Place
from publishing.splits import NOTHING, SPLITS, STRONGEST_FIRST, divide, stronger, ties
from schemas.manifest import SplitSettings


def place(at, family, cluster=None):
    return Place(f"{at:032x}", 0, at, family, cluster, 10, commercial=True)


_families = st.sampled_from([f"family-{at}" for at in range(12)])
_clusters = st.none() | st.sampled_from([f"cluster-{at}" for at in range(4)])
_rows = st.lists(st.tuples(_families, _clusters), max_size=60)
_shares = st.tuples(st.sampled_from([0, 0.05, 0.2, 0.4]), st.sampled_from([0, 0.05, 0.2, 0.4]), st.integers(0, 9))


def assign(places, settings, published=NOTHING):
    return divide(places, settings, published).split_of


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


_pictures = st.sampled_from([f"picture-{at}" for at in range(30)])
_sources = st.sampled_from([f"pmc {at}" for at in range(40)])
_tied = st.lists(st.tuples(_families, _clusters, _pictures, _sources, st.integers(0, 200)), max_size=40)


def tied(rows):
    """Return a row an id, with whatever ties it has."""
    return list({at: replace(place(at, family, cluster), picture=picture, sources=(source,), zero_shot=at % 50 == 0)
                 for family, cluster, picture, source, at in rows}.values())  # fmt: skip


def published(places, division):
    """Return what the next version inherits, as it is read from the files of this one."""
    said = {}
    for one in places:
        if one.id not in division.gone:
            for tie in ties(one):
                said[tie] = stronger(said.get(tie), division.split_of[one.family])
    return said


def settings_of(shares):
    test, validation, seed = shares
    return SplitSettings(test=test, validation=validation, seed=seed)


def by_id(places, division):
    return {one.id: division.split_of[one.family] for one in places if one.id not in division.gone}


@given(_tied, _tied, _shares)
def test_nothing_that_rows_share_stands_in_two_splits_whatever_was_published(old, new, shares):
    before, now = tied(old), tied(new)
    first = divide(before, settings_of(shares))
    division = divide(now, settings_of(shares), published(before, first))
    found = defaultdict(set)
    for one in now:
        for tie in ties(one):
            found[tie].add(division.split_of[one.family])
    assert all(len(splits) == 1 for splits in found.values())


@given(_tied, _shares, _shares)
def test_the_same_rows_again_keep_their_splits_whatever_shares_and_seed_say(rows, shares, others):
    places = tied(rows)
    first = divide(places, settings_of(shares))
    again = divide(places, settings_of(others), published(places, first))
    assert (again.split_of, again.gone) == (first.split_of, frozenset())
    assert set(again.origin_of.values()) <= {"inherited", "zero_shot"}


@given(_tied, _tied, _shares)
def test_more_rows_never_move_a_published_row_out_of_test_or_from_train_to_elsewhere(old, more, shares):
    before = tied(old)
    first = divide(before, settings_of(shares))
    fresh = [one for one in tied(more) if one.id not in {place.id for place in before}]
    now = [*before, *fresh]
    later = by_id(now, divide(now, settings_of(shares), published(before, first)))
    for key, split in by_id(before, first).items():
        if key in later:  # in the order of strength, and train never becomes anything else
            assert STRONGEST_FIRST.index(later[key]) <= STRONGEST_FIRST.index(split)
            assert (later[key] == "train") == (split == "train")
        else:
            assert split == "train"


@given(_tied, _tied, _shares, st.randoms(use_true_random=False))
def test_what_is_inherited_depends_on_no_order(old, new, shares, random):
    before, now = tied(old), tied(new)
    said = published(before, divide(before, settings_of(shares)))
    first = divide(now, settings_of(shares), said)
    random.shuffle(now)
    assert divide(now, settings_of(shares), dict(sorted(said.items(), reverse=True))) == first


@given(st.integers(0, 12), st.integers(3, 20), st.sampled_from(SPLITS), st.integers(0, 9))
def test_new_components_fill_the_splits_that_nothing_was_inherited_for(old, new, split, seed):
    before = [place(at, f"old-{at}") for at in range(old)]
    now = [*before, *(place(old + at, f"new-{at}") for at in range(new))]
    said = {tie: split for one in before for tie in ties(one)}
    split_of = assign(now, settings_of((0.2, 0.2, seed)), said)
    assert set(split_of.values()) == set(SPLITS)
    assert {split_of[one.family] for one in before} <= {split}


def test_new_components_bring_each_split_to_its_share_of_all_rows():
    before = [place(at, f"old-{at}") for at in range(50)]
    now = [*before, *(place(50 + at, f"new-{at}") for at in range(50))]
    said = {tie: "test" if at < 5 else "train" for at, one in enumerate(before) for tie in ties(one)}
    sizes = Counter(assign(now, settings_of((0.2, 0.1, 17)), said).values())
    assert sizes == {"train": 70, "test": 20, "validation": 10}


def test_a_split_that_has_more_than_its_share_gets_nothing_new():
    before = [place(at, f"old-{at}") for at in range(8)]
    now = [*before, place(8, "new-0"), place(9, "new-1"), place(10, "new-2")]
    split_of = assign(now, settings_of((0.2, 0, 17)), {tie: "test" for one in before for tie in ties(one)})
    assert [split_of[f"new-{at}"] for at in range(3)] == ["train"] * 3


@pytest.mark.parametrize(
    ("were", "becomes", "leave"),
    [
        (("train", "test"), "test", {0}),
        (("train", "validation"), "validation", {0}),
        (("validation", "test"), "test", set()),
        (("train", "train"), "train", set()),
        (("train", None), "train", set()),
        (("test", None), "test", set()),
        (("train", "validation", "test", None), "test", {0}),
    ],
)
def test_where_what_was_published_apart_is_one_test_wins_and_its_train_rows_leave(were, becomes, leave):
    before = [place(at, f"f{at}") for at in range(len(were))]
    said = {tie: split for one, split in zip(before, were, strict=True) if split for tie in ties(one)}
    joined = [replace(one, cluster="joins all") for one in before]
    division = divide(joined, settings_of((0.2, 0.2, 17)), said)
    assert set(division.split_of.values()) == {becomes}
    assert division.gone == {before[at].id for at in leave}


def test_a_row_under_a_new_id_and_family_leaves_by_its_picture_where_that_was_trained_on():
    said = {"id old": "train", "picture p": "train", "family f": "train", "family g": "test"}
    now = [replace(place(1, "h", "c"), picture="p"), replace(place(2, "g", "c"), picture="q")]
    division = divide(now, settings_of((0.2, 0.2, 17)), said)
    assert (division.split_of, division.gone) == ({"g": "test", "h": "test"}, {now[0].id})


def test_a_family_that_is_called_otherwise_now_is_known_by_its_source():
    said = {"id old": "test", "family preprint": "test", "source biorxiv 10.1101/1": "test"}
    now = [replace(place(1, "article"), sources=("pmc PMC1", "biorxiv 10.1101/1")), place(2, "f2"), place(3, "f3")]
    division = divide(now, settings_of((0, 0, 17)), said)
    assert (division.split_of["article"], division.origin_of["article"]) == ("test", "inherited")


def test_what_the_field_keeps_for_testing_was_trained_on_and_leaves():
    now = [replace(place(1, "kept"), zero_shot=True), place(2, "other"), replace(place(3, "kept"), zero_shot=True)]
    division = divide(now, settings_of((0, 0, 17)), {f"id {now[0].id}": "train", "family kept": "train"})
    assert division.split_of == {"kept": "test", "other": "train"}
    assert division.gone == {now[0].id}


def test_what_leaves_counts_for_no_share():
    joined = [place(0, "a", "c"), *(place(at, "b", "c") for at in range(1, 20))]
    said = {f"id {joined[0].id}": "test", **{f"id {one.id}": "train" for one in joined[1:]}}
    now = [*joined, *(place(at, f"new-{at}") for at in range(20, 29))]
    division = divide(now, settings_of((0.2, 0, 17)), said)
    assert len(division.gone) == 19
    assert sum(split == "test" for family, split in division.split_of.items() if family.startswith("new")) == 1
