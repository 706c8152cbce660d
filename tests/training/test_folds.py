"""Folds: a published split wins; else the same part each time, alike pictures together, small sets in turn."""

import os
from itertools import combinations

import numpy as np
import pytest
from drawn_masks import drawn, put
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from schemas.errors import UsageError
from training.folds import entries_of
from training.samples import samples


def names(data, part, **more):
    return {(entry.dataset, entry.name) for entry in entries_of(data, part, **more)}


def test_the_parts_share_no_image_and_hold_all(tmp_path):
    for at in range(20):
        put(tmp_path / "many", f"p{at}", *drawn(at))
    train, test = names(tmp_path, "train"), names(tmp_path, "test")
    assert train & test == set()
    assert train | test == names(tmp_path, "all")
    assert len(test) == 5
    assert {(one.dataset, one.name) for one in samples(tmp_path, "test")} == test


def test_the_split_is_the_same_wherever_the_data_lie(tmp_path):
    for place in ("one", "other"):
        for at in range(20):
            put(tmp_path / place / "many", f"p{at}", *drawn(at))
    assert names(tmp_path / "one", "test") == names(tmp_path / "other", "test")


def test_pictures_that_look_alike_stay_together(tmp_path):
    rng = np.random.default_rng(1)
    for at in range(20):
        image, labels = drawn(at, side=128)
        put(tmp_path / "many", f"p{at}", image, labels)
        noisy = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
        put(tmp_path / "many", f"again{at}", noisy, labels)
    test = {name for _, name in names(tmp_path, "test")}
    assert test
    assert {name.replace("again", "p") in test for name in test if "again" in name} <= {True}
    assert {name.replace("p", "again") in test for name in test if "again" not in name} <= {True}


def test_each_kind_of_picture_is_in_the_test_part(tmp_path):
    for at in range(32):
        image, labels = drawn(at)
        put(tmp_path / "many", f"p{at}", 255 - image if at < 8 else image, labels)
    assert sum(int(name[1:]) < 8 for _, name in names(tmp_path, "test")) == 2


def test_each_image_of_a_small_set_is_tested_in_one_of_three_turns(tmp_path):
    for at in range(7):
        put(tmp_path / "few", f"p{at}", *drawn(at))
    turns = [names(tmp_path, "test", fold=fold) for fold in range(3)]
    assert sorted(name for turn in turns for name in turn) == sorted(names(tmp_path, "all"))
    assert turns[0] == {("few", "p0"), ("few", "p1")}
    with pytest.raises(UsageError, match="no fold 3"):
        names(tmp_path, "test", fold=3)


def test_folders_of_a_published_split_win(tmp_path):
    for part, count in (("train", 3), ("val", 1), ("test", 2)):
        for at in range(count):
            put(tmp_path / "split" / part, f"p{at}", *drawn(at))
    assert names(tmp_path, "train") == {("split", f"train/p{at}") for at in range(3)}
    assert names(tmp_path, "test") == {("split", f"test/p{at}") for at in range(2)}
    assert len(names(tmp_path, "all")) == 6


def test_names_that_all_begin_with_their_part_are_a_published_split(tmp_path):
    for name in ("train_1", "train_2", "val_1"):
        put(tmp_path / "named", name, *drawn(1))
    assert names(tmp_path, "test") == {("named", "val_1")}
    assert names(tmp_path, "train") == {("named", "train_1"), ("named", "train_2")}


def test_a_picture_that_cannot_be_read_does_not_stop_the_split(tmp_path):
    for at in range(16):
        put(tmp_path / "many", f"p{at}", *drawn(at))
    (tmp_path / "many/images/p3.png").write_bytes(b"no picture")
    assert len(names(tmp_path, "test")) == 4


@given(
    st.lists(st.integers(0, 2**64 - 1), max_size=6),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 63)), max_size=40),
)
def test_groups_of_alike_pictures_are_those_that_each_pair_says(words, flips):
    from pipeline.union import join, root_of
    from training.folds import ALIKE_BITS, alike

    for at, bit in flips:
        words += [words[at % len(words)] ^ (1 << bit) ^ (1 << (5 * bit % 64))] if words else []
    bits = [np.array([word >> at & 1 for at in range(64)], np.bool_) for word in words]
    parents = list(range(len(bits)))
    for one, other in combinations(range(len(bits)), 2):
        if np.count_nonzero(bits[one] != bits[other]) <= ALIKE_BITS:
            join(parents, one, other)
    roots = [root_of(parents, at) for at in range(len(bits))]
    assert alike(bits) == [[at for at, root in enumerate(roots) if root == one] for one in sorted(set(roots))]


def test_only_files_are_pictures(tmp_path):
    put(tmp_path / "cells", "a", *drawn(1))
    os.mkfifo(tmp_path / "cells/images/b.png")
    (tmp_path / "cells/images/c.png").symlink_to("/dev/zero")
    (tmp_path / "cells/images/d.png").symlink_to("a.png")
    os.mkfifo(tmp_path / "cells/masks/d.png")
    assert [(one.name, one.mask is None) for one in entries_of(tmp_path, "all")] == [("a", False), ("d", True)]


@pytest.mark.shared
def test_the_shared_sets_are_split_by_what_they_say_or_by_quarters(shared_data):
    test = names(shared_data / "seg", "test")
    assert {name for dataset, name in test if dataset == "usiigaci_phase"} == {
        name.stem for name in (shared_data / "seg/usiigaci_phase/images").glob("val_*.png")
    }
    count = sum(dataset == "dsb2018" for dataset, _ in test)
    assert 0.2 < count / len(list((shared_data / "seg/dsb2018/images").glob("*.png"))) < 0.3
    with Image.open(next((shared_data / "seg/dsb2018/images").glob("brightfield*.png"))) as picture:
        assert picture.mode == "L"
    assert any(name.startswith("brightfield") for dataset, name in test if dataset == "dsb2018")
