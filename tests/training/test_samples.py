"""Samples: every image with its mask, whole numbers whole, in folders or a dataset; a bad file costs only itself."""

import hashlib
import tracemalloc

import numpy as np
import pytest
import tifffile
from drawn_masks import drawn, put
from PIL import Image

from pipeline.planes import label_png
from schemas.errors import UsageError
from training.samples import samples


def test_each_image_comes_with_its_own_mask_by_set_and_in_the_order_people_count(tmp_path):
    for at in (10, 2, 1):
        put(tmp_path / "cells", f"p{at}", *drawn(at))
    found = list(samples(tmp_path))
    assert [(one.dataset, one.name) for one in found] == [("cells", "p1"), ("cells", "p2"), ("cells", "p10")]
    image, labels = drawn(2)
    assert np.array_equal(found[1].image, image)
    assert np.array_equal(found[1].labels, labels)
    assert found[1].sha256 == hashlib.sha256((tmp_path / "cells/images/p2.png").read_bytes()).hexdigest()


def test_one_sets_own_folder_is_read_too(tmp_path):
    put(tmp_path / "cells", "a", *drawn(1))
    assert [(one.dataset, one.name) for one in samples(tmp_path / "cells")] == [("cells", "a")]


@pytest.mark.parametrize(
    ("first", "form"), [(1, "png"), (254, "png"), (60_000, "png"), (70_000, "tif"), (2**31, "tif")]
)
def test_no_number_of_an_object_is_clipped_or_merged(tmp_path, first, form):
    image, labels = drawn(3, first=first)
    put(tmp_path / "cells", "a", image, labels, form=form)
    (found,) = samples(tmp_path)
    assert len(found.ids) == 5
    for number in np.unique(labels[labels > 0]):
        (mine,) = np.unique(found.labels[labels == number])
        assert np.array_equal(found.labels == mine, labels == number)
    if first < 2**31:
        assert np.array_equal(found.labels, labels)


def test_a_deep_picture_is_stretched_not_cut_at_255(tmp_path):
    image, labels = drawn(4)
    put(tmp_path / "cells", "a", image, labels)
    (tmp_path / "cells/images/a.png").unlink()
    tifffile.imwrite(tmp_path / "cells/images/a.tif", image[:, :, 0].astype(np.uint16) * 200 + 900)
    (found,) = samples(tmp_path)
    inside, around = found.image[labels > 0].mean(), found.image[labels == 0].mean()
    assert found.image.dtype == np.uint8
    assert inside - around > 100


def broken(tmp_path, kind):
    folder = tmp_path / "cells"
    for name in ("a", "b"):
        put(folder, name, *drawn(1))
    if kind == "mask_missing":
        (folder / "masks/a.png").unlink()
    elif kind == "mask_size_differs":
        (folder / "masks/a.png").write_bytes(label_png(np.ones((5, 5), np.uint8)))
    elif kind == "mask_corrupt":
        Image.fromarray(drawn(1)[0]).save(folder / "masks/a.png")
    elif kind == "image_corrupt":
        (folder / "images/a.png").write_bytes((folder / "images/a.png").read_bytes()[:90])
    elif kind == "image_too_large":
        (folder / "images/a.png").write_bytes(label_png(np.zeros((10_001, 10_000), np.uint8)))
    return folder


KINDS = ("mask_missing", "mask_size_differs", "mask_corrupt", "image_", "image_too_large")


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_file_costs_only_itself_and_is_told(tmp_path, kind):
    unread = []
    folder = broken(tmp_path, "image_corrupt" if kind == "image_" else kind)
    assert [one.name for one in samples(folder, unread=unread)] == ["b"]
    assert [(one.dataset, one.name) for one in unread] == [("cells", "a")]
    assert unread[0].reason.startswith(kind)


def test_a_place_where_nothing_can_be_read_is_one_clear_error(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        list(samples(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="holds no images with masks"):
        list(samples(tmp_path))
    put(tmp_path / "cells", "a", *drawn(1))
    (tmp_path / "cells/masks/a.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match="none of 1 images can be read; a: mask_corrupt"):
        list(samples(tmp_path))


def test_a_published_dataset_is_read_with_its_own_split(bench):
    bench.masked()
    (found,) = samples(bench.place)
    (again,) = samples(bench.place / "dataset")
    assert np.array_equal(found.labels, again.labels)
    assert found.labels.shape == (100, 110)
    assert {int(number): int((found.labels == number).sum()) for number in found.ids} == {1: 900, 2: 900}
    assert found.sha256 == hashlib.sha256((bench.inputs / "images/1.png").read_bytes()).hexdigest()


def test_overlapping_objects_of_a_dataset_are_whole(bench):
    from pycocotools import mask as coco

    bench.masked()
    (file,) = (bench.place / "dataset/segmentation").glob("*.parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    rows = table.to_pylist()
    part = np.zeros((100, 110), np.uint8)
    part[10:80, 10:80] = 1
    first = rows[0]["instances"][0]
    first["overlaps"] = True
    first["rle"]["counts"] = coco.encode(np.asfortranarray(part))["counts"].decode()
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), file)
    (found,) = samples(bench.place)
    assert np.array_equal(found.pixels_of(1), part.astype(bool))
    assert np.array_equal(found.pixels_of(2), found.labels == 2)


def test_the_same_rows_come_from_arrow(bench, tmp_path, command):
    bench.masked()
    from publishing.saved_arrow import save_arrow

    save_arrow(bench.place / "dataset", tmp_path / "arrow")
    (one,), (other,) = samples(bench.place), samples(tmp_path / "arrow")
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.image, other.image)
    assert one.sha256 == other.sha256


def test_memory_stays_flat_however_many_images_there_are(tmp_path):
    image, labels = drawn(1, side=600)
    for at in range(12):
        put(tmp_path / "cells", f"p{at}", image, labels)
    one = image.nbytes + labels.nbytes
    next(iter(samples(tmp_path)))
    tracemalloc.start()
    for _ in samples(tmp_path):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * one
