"""Segmentation: what is published of a mask, loaded as a trainer loads it, is what the source's mask holds."""

import hashlib
import importlib
import io
import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile
from PIL import Image
from pycocotools import mask as coco

from ingest.connector import Item
from pipeline.pixels import inspect
from pipeline.planes import label_png, tiff_of
from pipeline.store import part_path
from pipeline.workspace import FIGURES, Workspace
from publishing.places import Places
from publishing.rows import Spill, spill
from publishing.views import SEGMENTATION_VIEW
from schemas.errors import WorkspaceError
from schemas.features import arrow_schema
from schemas.published_rows import PublishedSegmentation
from schemas.records import Fact, Figure, Mask, make_id

# pycocotools 2.0.11 decodes with a way of numpy's that numpy 2 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

H, W = 96, 100
FACTS = [
    Fact(name="modality", value="fluorescence microscopy", origin="manifest"),
    Fact(name="stain", value="DAPI", origin="manifest"),
]


def picture(seed, *, form="PNG"):
    buffer = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
    Image.fromarray(noise).resize((W, H), Image.Resampling.BICUBIC).save(buffer, form)
    return buffer.getvalue()


def deep_picture(seed):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.random.default_rng(seed).integers(0, 60_000, (H, W), np.uint16))
    return buffer.getvalue()


def labels_of(seed, numbers):
    """Return a label map with a square of each number, cut by its neighbours as chance has it."""
    rng, labels = np.random.default_rng(seed), np.zeros((H, W), np.uint32)
    for number in numbers:
        top, left = rng.integers(0, H - 2), rng.integers(0, W - 2)
        labels[top : top + rng.integers(1, 12), left : left + rng.integers(1, 12)] = number
    return labels


def figure(name, blob, mask, **more):
    pixels = inspect(blob)
    known = {
        "caption": f"All of {name}.",
        "license": "CC0-1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "attribution": "The makers",
        "facts": FACTS,
        "dataset": "cells2026",
        "official_split": "training",
        "microns_per_pixel": 0.25,
    }
    return Figure(
        id=make_id("masks", name),
        source="masks",
        source_id=f"cells2026/{name}",
        figure_key=name,
        member=name,
        family_key=name,
        blob=blob,
        blob_format=pixels.format,
        source_sha256=hashlib.sha256(blob).hexdigest(),
        md5=hashlib.md5(blob).hexdigest(),
        width_px=pixels.width_px,
        height_px=pixels.height_px,
        bit_depth=pixels.bit_depth,
        channels=pixels.channels,
        mask=mask,
        **known | more,
    )


class Folder:
    """A connector of figures made by hand."""

    def __init__(self, figures):
        self.figures = {one.figure_key: one for one in figures}

    def find(self):
        return (Item(source="masks", key=key, stamp="1") for key in sorted(self.figures))

    def fetch(self, item):
        yield self.figures[item.key]

    def recheck(self, _):
        return iter(())


@pytest.fixture
def publish(bench, monkeypatch):
    """Runs figures made by hand through all stages, and returns what the run says."""

    def run(figures, **manifest):
        monkeypatch.setattr("ingest.sources.connectors", lambda _: [("masks/path", Folder(figures))])
        bench.inputs.mkdir(exist_ok=True)
        bench.manifest(**{"split": {"test": 0, "validation": 0}, **manifest})
        return bench.made()

    bench.items_per_part(3)
    return run


EACH = {"panels": {"train": 1}, "segmentation": {"train": 1}, "conversations": {"train": 2}}
"""Rows of one image with a mask: it is asked for its caption and for its text."""


def loaded(bench, view="segmentation"):
    """Return the rows of a view by the source's name, as a trainer loads them."""
    from datasets import load_dataset

    found = load_dataset(str(bench.place / "dataset"), view, cache_dir=str(bench.root / "cache"))
    return {row["source_id"]: row for rows in found.values() for row in rows}


def check(row, truth):
    """Compare the instances of a row with the pixels of each of the source's objects."""
    assert [one["source_number"] for one in row["instances"]] == sorted(truth)
    for one in row["instances"]:
        part = truth[one["source_number"]]
        rows, columns = np.nonzero(part)
        assert np.array_equal(coco.decode(one["rle"]).astype(bool), part)
        assert one["area_px"] == len(rows)
        assert one["bbox"] == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert one["centroid"] == pytest.approx([columns.mean(), rows.mean()])
        assert one["overlaps"] == any((part & other).any() for at, other in truth.items() if at != one["source_number"])


def parts_of(labels):
    return {int(number): labels == number for number in np.unique(labels) if number}


@pytest.mark.parametrize(
    ("numbers", "encode", "form"),
    [
        (range(1, 20), label_png, "png"),
        (range(900, 1000), label_png, "png"),
        ([3, 255, 256, 65_535], label_png, "png"),
        ([5, 70_000, 2**31 - 1], tiff_of, "tiff"),
        ([5, 9], lambda labels: tiff_of(labels.astype(np.float32)), "tiff"),
        ([], label_png, "png"),
    ],
)
def test_every_instance_is_the_one_of_the_sources_label_map(bench, publish, numbers, encode, form):
    labels = labels_of(1, numbers)
    mask = Mask(blob=encode(labels), format=form, object_class="nucleus")
    assert publish([figure("a", picture(1), mask)])["rows"] == EACH
    row = loaded(bench)["cells2026/a"]
    check(row, parts_of(labels))
    shown = np.asarray(row["mask"])
    assert row["mask"].mode == "I;16"
    assert shown.shape == (row["height_px"], row["width_px"]) == (H, W)
    for one in row["instances"]:
        assert np.array_equal(shown == one["id"], labels == one["source_number"])
        assert one["class"] == "nucleus"
    assert np.array_equal(shown == 0, labels == 0)
    ids = [one["id"] for one in row["instances"]]
    fit = labels.max() <= 65_535
    assert ids == ([one["source_number"] for one in row["instances"]] if fit else list(range(1, len(ids) + 1)))


def test_a_thousand_objects_survive(bench, publish):
    labels = np.zeros((H, W), np.uint16)
    labels[::3, ::3] = np.arange(1, 32 * 34 + 1).reshape(32, 34)
    publish([figure("a", picture(1), Mask(blob=label_png(labels), format="png"))])
    row = loaded(bench)["cells2026/a"]
    assert np.array_equal(np.asarray(row["mask"]), labels)
    check(row, parts_of(labels))


def test_overlapping_objects_stay_whole_and_keep_their_classes(bench, publish):
    truth = {4: np.zeros((H, W), bool), 9: np.zeros((H, W), bool), 70: np.zeros((H, W), bool)}
    truth[4][10:30, 10:30] = truth[9][20:50, 20:50] = truth[70][60:70, 5:9] = truth[70][80:90, 5:9] = True
    classes = {4: "nucleus", 9: "cell", 70: None}
    objects = [
        {"id": at, "class": classes[at], "rle": {"size": [H, W], "counts": coco_of(part)}} for at, part in truth.items()
    ]
    said = json.dumps({"width_px": W, "height_px": H, "objects": objects}).encode()
    publish([figure("a", picture(1), Mask(blob=said, format="rle"))])
    row = loaded(bench)["cells2026/a"]
    check(row, truth)
    assert [(one["class"], one["overlaps"]) for one in row["instances"]] == [
        ("nucleus", True),
        ("cell", True),
        (None, False),
    ]
    shown = np.asarray(row["mask"])
    assert (shown[15, 15], shown[25, 25], shown[40, 40], shown[65, 6]) == (4, 9, 9, 70)
    asked = "Segment every cell, every nucleus, and every other object in this fluorescence microscopy image (DAPI)."
    assert row["instruction"] == asked


@pytest.mark.parametrize(
    ("own", "stated", "said"),
    [
        ("cell", ["nucleus"], "cell"),
        (None, ["nucleus"], "nucleus"),
        (None, ["nucleus", "cell"], None),
        (None, [], None),
    ],
)
def test_a_class_is_the_masks_own_else_what_one_fact_says(bench, publish, own, stated, said):
    mask = Mask(blob=label_png(labels_of(1, [1, 2])), format="png", object_class=own)
    facts = [Fact(name="object_class", value=value, origin="manifest") for value in stated]
    publish([figure("a", picture(1), mask, facts=facts)])
    row = loaded(bench)["cells2026/a"]
    assert {one["class"] for one in row["instances"]} == {said}
    assert row["instruction"] == f"Segment every {said or 'object'} in this image."


def coco_of(part):
    return coco.encode(np.asfortranarray(part, dtype=np.uint8))["counts"].decode()


def some(count):
    """Return figures of which every third has no mask, and every fourth may not be sold."""
    masks = [
        Mask(blob=label_png(labels_of(at, range(1, 30))), format="png", object_class="cell") if at % 3 else None
        for at in range(count)
    ]
    licenses = ["CC0-1.0" if at % 4 else "CC-BY-NC-4.0" for at in range(count)]
    return [
        figure(f"{at:02d}", picture(at), mask, license=license_id)
        for at, (mask, license_id) in enumerate(zip(masks, licenses, strict=True))
    ]


def test_a_row_is_its_panels_row_with_its_mask(bench, publish):
    wanted = {"licenses": ["CC0-1.0", "CC-BY-NC-4.0"], "split": {"test": 0.2, "validation": 0.2, "seed": 17}}
    said = publish(some(12), **wanted)["rows"]
    assert {view: sum(splits.values()) for view, splits in said.items()} == {
        "panels": 9,
        "panels-noncommercial": 3,
        "segmentation": 6,
        "segmentation-noncommercial": 2,
        "conversations": 18,
        "conversations-noncommercial": 6,
    }
    for tail in ("", "-noncommercial"):
        panels = {row["id"]: row for row in rows_of(bench, f"panels{tail}")}
        masked = rows_of(bench, f"segmentation{tail}")
        for row in masked:
            same = [name for name in row if name in panels[row["id"]]]
            assert {name: row[name] for name in same} == {name: panels[row["id"]][name] for name in same}
            assert (row["dataset"], row["official_split"], row["microns_per_pixel"]) == ("cells2026", "training", 0.25)
            assert row["instruction"] == "Segment every cell in this fluorescence microscopy image (DAPI)."
        wanted_ids = {key for key, row in panels.items() if int(row["source_id"][-2:]) % 3}
        assert {row["id"] for row in masked} == wanted_ids


def rows_of(bench, view):
    paths = sorted((bench.place / "dataset" / view).glob("*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_its_files_have_the_columns_of_the_schema_and_are_sorted(bench, publish):
    publish(some(12))
    paths = list((bench.place / "dataset" / "segmentation").glob("*.parquet"))
    assert paths
    for path in paths:
        assert pq.read_schema(path).remove_metadata().equals(arrow_schema(PublishedSegmentation))
        ids = pq.read_table(path, columns=["id"])["id"].to_pylist()
        assert ids == sorted(set(ids))


def test_the_original_of_a_deep_image_comes_with_it(bench, publish):
    blob = deep_picture(1)
    publish([figure("a", blob, Mask(blob=label_png(labels_of(1, [1, 2])), format="png"))])
    row = loaded(bench)["cells2026/a"]
    assert (row["raw"], row["raw_format"]) == (blob, "tiff")
    assert row["image"].size == row["mask"].size == (W, H)


def test_a_dataset_without_masks_has_no_such_view(bench, publish):
    said = publish([figure("a", picture(1), None)])
    assert list(said["rows"]) == ["panels", "conversations"]
    card = (bench.place / "dataset" / "README.md").read_text()
    assert "segmentation" not in card
    assert "## Masks" not in card


def test_the_card_counts_images_and_objects_and_credits_each_id_once(bench, publish):
    publish(some(12), licenses=["CC0-1.0", "CC-BY-NC-4.0"])
    card = (bench.place / "dataset" / "README.md").read_text()
    rows = [row for view in ("segmentation", "segmentation-noncommercial") for row in rows_of(bench, view)]
    assert f"8 images have a mask, with {sum(len(row['instances']) for row in rows)} objects" in card
    assert "12 microscopy panels" in card
    assert 'load_dataset("PATH", "segmentation")' in card
    assert "- image-segmentation" in card
    credited = (bench.place / "dataset" / "ATTRIBUTION.csv").read_text().splitlines()
    assert len(credited) == 1 + 12
    sums = (bench.place / "dataset" / "SHA256SUMS").read_text()
    assert "segmentation/train-00000-of-00001.parquet" in sums


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (Mask(blob=b"no mask", format="png"), "mask_corrupt"),
        (Mask(blob=label_png(np.ones((W, H), np.uint8)), format="png"), "mask_size_differs"),
        (Mask(blob=picture(2), format="png"), "mask_corrupt"),
        (Mask(blob=b" " * ((64 << 20) + 1), format="rle"), "mask_too_large"),
    ],
)
def test_a_mask_that_is_not_the_images_costs_its_figure_and_says_why(bench, publish, mask, reason):
    good = Mask(blob=label_png(labels_of(1, [1])), format="png")
    said = publish([figure("a", picture(1), mask), figure("b", picture(2), good)])
    assert said["rows"] == EACH
    assert [(row["reason"], row["source_id"]) for row in bench.rows("2-panels", "dropped")] == [(reason, "cells2026/a")]


def test_a_mask_lies_on_the_image_as_it_is_shown(bench, publish):
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture(1))).save(buffer, "JPEG", exif=exif)
    labels = labels_of(1, [1, 2, 3]).T
    publish([figure("a", buffer.getvalue(), Mask(blob=label_png(labels), format="png"))])
    row = loaded(bench)["cells2026/a"]
    assert row["image"].size == row["mask"].size == (H, W)
    check(row, parts_of(labels))


def test_a_mask_that_changed_on_the_disk_is_not_published(bench, publish):
    publish(some(3))
    path = part_path(bench.place / FIGURES, 0)
    rotten = bytearray(path.read_bytes())
    at = rotten.index(label_png(labels_of(1, range(1, 30))))
    rotten[at + 45] ^= 0xFF
    path.write_bytes(rotten)
    with pytest.raises(WorkspaceError, match="could not verify page integrity"):
        spill(Spill(Workspace(bench.place), 0, "new"))


def test_a_mask_that_was_changed_before_it_was_written_is_not_published_either(bench, publish):
    publish(some(3))
    path = part_path(bench.place / FIGURES, 0)
    rotten = pq.read_table(path).to_pylist()
    for row in filter(lambda row: row["mask"], rotten):
        row["mask"]["blob"] = row["mask"]["blob"][:45]
    pq.write_table(pa.Table.from_pylist(rotten, pq.read_schema(path)), path)
    with pytest.raises(WorkspaceError, match=r"the mask of .* is not what it was"):
        spill(Spill(Workspace(bench.place), 0, "new"))


def test_what_a_row_takes_in_memory_is_counted_with_its_masks_and_objects(bench, publish):
    publish(some(12))
    job = Spill(Workspace(bench.place), 0, "measured")
    spill(job)
    sizes = {place.id: place.bytes for place in Places([job.index], SEGMENTATION_VIEW.name)}
    assert sizes
    for row in rows_of(bench, "segmentation"):
        if row["id"] in sizes:
            held = len(row["image"]["bytes"]) + len(row["mask"]["bytes"])
            assert sizes[row["id"]] > held + sum(len(one["rle"]["counts"]) for one in row["instances"])


def stopped_at(call, function):
    """Return `function`, interrupted in its n-th call."""
    calls = iter(range(1, call + 1))

    def stopped(*given, **named):
        if next(calls) == call:
            raise KeyboardInterrupt
        return function(*given, **named)

    return stopped


@pytest.mark.parametrize(
    ("call", "name"), [(6, "publishing.segmentation.objects_on"), (4, "publishing.publish.write_shard")]
)
def test_publishing_that_is_stopped_halfway_gives_the_same_bytes_later(bench, publish, monkeypatch, call, name):
    wanted = {"licenses": ["CC0-1.0", "CC-BY-NC-4.0"], "split": {"test": 0.2, "validation": 0.2, "seed": 17}}
    publish(some(12), **wanted)
    before = bench.dataset()
    shutil.rmtree(bench.place / "dataset")
    with monkeypatch.context() as patch:
        module, _, function = name.rpartition(".")
        patch.setattr(name, stopped_at(call, getattr(importlib.import_module(module), function)))
        assert bench.run().code == 130
    assert not (bench.place / "dataset").exists()
    bench.made()
    assert bench.dataset() == before


def test_what_arrives_in_other_parts_gives_the_same_rows(bench, publish):
    publish(some(12))
    before = {name: blob for name, blob in bench.dataset().items() if name.endswith(".parquet")}
    shutil.rmtree(bench.place)
    bench.items_per_part(5)
    publish(some(12))
    assert {name: blob for name, blob in bench.dataset().items() if name.endswith(".parquet")} == before
