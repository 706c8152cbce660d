"""Images with masks from a folder: what is kept, what is told of it, and what isn't kept."""

import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco

from schemas.errors import UsageError
from schemas.records import Dropped, Figure


def tiff(array: Any, **said: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, photometric="minisblack", **said)
    return stream.getvalue()


def test_an_image_keeps_its_bytes_and_its_masks(tmp_path: Path, sets: Any) -> None:
    image = sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    mask = sets.write(tmp_path / "set/masks/a.png", sets.png(sets.labels(1, 7, 200)))
    facts = {"modality": "fluorescence microscopy", "organism": "Homo sapiens (NCBITaxon:9606)"}
    (figure,) = sets.figures(tmp_path, metadata=facts, object_class="nucleus", attribution="A. Maker, 2020")
    assert (figure.blob, figure.blob_format) == (image.read_bytes(), "png")
    assert (figure.mask.blob, figure.mask.format) == (mask.read_bytes(), "png")
    assert (figure.mask.object_class, figure.dataset, figure.official_split) == ("nucleus", "set", None)
    assert (figure.source_id, figure.member, figure.family_key) == (
        "set/images/a.png",
        "images/a.png",
        figure.source_id,
    )
    assert (figure.license, figure.attribution) == ("CC0-1.0", "A. Maker, 2020")
    assert {fact.name: (fact.value, fact.id, fact.origin) for fact in figure.facts} == {
        "modality": ("fluorescence microscopy", None, "manifest"),
        "organism": ("Homo sapiens", "NCBITaxon:9606", "manifest"),
        "object_class": ("nucleus", None, "manifest"),
    }
    assert figure.caption == "Modality: fluorescence microscopy. Organism: Homo sapiens. Object class: nucleus."


def test_groups_splits_facts_and_labels_are_found_in_the_path(tmp_path: Path, sets: Any) -> None:
    for name in ("train/benign_m1_t1", "train/benign_m1_t2", "test/malignant_m2_t1"):
        split, stem = name.split("/")
        sets.write(tmp_path / f"set/{split}/images/{stem}.png", sets.png(sets.picture(len(stem))))
        sets.write(tmp_path / f"set/{split}/masks/{stem}.png", sets.png(sets.labels(1)))
    found = sets.figures(
        tmp_path,
        images="**/images/*",
        masks="**/masks/*",
        group="(?P<group>m[0-9])_t",
        official_split="(?P<split>train|test)/",
        path_facts="/(?P<label>[a-z]+)_(?P<movie>m[0-9])_t(?P<time>[0-9])",
    )
    assert [(one.official_split, one.family_key, one.labels) for one in found] == [
        ("test", "set/m2", ["malignant"]),
        ("train", "set/m1", ["benign"]),
        ("train", "set/m1", ["benign"]),
    ]
    assert [[fact.value for fact in one.facts] for one in found] == [["m2", "1"], ["m1", "1"], ["m1", "2"]]


def test_rows_are_the_same_however_manifest_and_path_are_written(tmp_path: Path, sets: Any, monkeypatch: Any) -> None:
    for split in ("train", "test"):
        sets.write(tmp_path / f"set/{split}/images/a.png", sets.png(sets.picture(len(split))))
        sets.write(tmp_path / f"set/{split}/masks/a.png", sets.png(sets.labels(1)))
    monkeypatch.chdir(tmp_path.parent)
    keys = {"images": "**/images/*", "masks": "**/masks/*", "official_split": "(?P<split>train|test)/"}
    ways = [(base, path) for base in (tmp_path, Path(tmp_path.name)) for path in ("set", "./set/", tmp_path / "set")]
    told = [[row.model_dump() for row in sets.figures(base, **keys, path=str(path))] for base, path in ways]
    assert [row["official_split"] for row in told[0]] == ["test", "train"]
    assert all(rows == told[0] for rows in told)


def test_nothing_vanishes(tmp_path: Path, sets: Any) -> None:
    for name in ("a", "lonely", "twice", "small", "colour"):
        sets.write(tmp_path / f"set/images/{name}.png", sets.png(sets.picture()))
    for name in ("a", "widow", "twice", "twice_mask"):
        sets.write(tmp_path / f"set/masks/{name}.png", sets.png(sets.labels(1)))
    sets.write(tmp_path / "set/masks/small.png", sets.png(sets.labels(1)[:-1]))
    colours = np.random.default_rng(0).integers(0, 255, (sets.HEIGHT_PX, sets.WIDTH_PX, 3), dtype=np.uint8)
    sets.write(tmp_path / "set/masks/colour.png", sets.png(colours))
    sets.write(tmp_path / "set/images/broken.png", b"\x89PNG\r\n\x1a\nbroken")
    sets.write(tmp_path / "set/masks/broken.png", sets.png(sets.labels(1)))
    assert sets.reasons(tmp_path) == {
        "set/images/lonely.png": "mask_missing",
        "set/images/twice.png": "mask_ambiguous",
        "set/images/small.png": "mask_size_differs",
        "set/images/colour.png": "mask_is_colour",
        "set/images/broken.png": "image_corrupt",
        "set/masks/widow.png": "image_missing",
    }
    assert [one.member for one in sets.read(tmp_path) if isinstance(one, Figure)] == ["images/a.png"]


def test_images_without_objects_are_kept_or_dropped_as_is_said(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    sets.write(tmp_path / "set/masks/a.png", sets.png(sets.labels()))
    assert sets.areas_in(sets.figures(tmp_path)[0].mask) == {}
    assert sets.reasons(tmp_path, empty="drop") == {"set/images/a.png": "no_objects"}


@pytest.mark.parametrize(("ids", "dtype"), [((1, 300), np.uint16), ((5, 70000, 2**31), np.uint32), ((2,), np.int32)])
def test_ids_of_any_depth_are_kept_in_tiffs(tmp_path: Path, sets: Any, ids: Any, dtype: Any) -> None:
    drawn = sets.labels(*ids, dtype=dtype)
    sets.write(tmp_path / "set/images/a.tif", tiff(sets.picture().astype(np.uint16) * 200))
    mask = sets.write(tmp_path / "set/masks/a.tif", tiff(drawn))
    (figure,) = sets.figures(tmp_path)
    assert (figure.mask.format, figure.mask.blob) == ("tiff", mask.read_bytes())
    assert sets.areas_in(figure.mask) == sets.areas(drawn)
    assert (figure.bit_depth, figure.blob_format) == (16, "tiff")


@pytest.mark.parametrize(
    ("down", "stated", "taken"),
    [(0.2, None, 0.2), (0.2, 0.2, 0.2), (0.5, None, None), (0.5, 0.2, None), (0.2, 0.3, None)],
)
def test_what_an_image_says_of_its_scale_is_heard(
    tmp_path: Path, sets: Any, down: float, stated: float | None, taken: float | None
) -> None:
    metadata = {"axes": "YX", "PhysicalSizeX": 0.2, "PhysicalSizeY": down}
    metadata |= {"PhysicalSizeXUnit": "µm", "PhysicalSizeYUnit": "µm"}
    sets.write(tmp_path / "set/images/a.tif", tiff(sets.picture(), metadata=metadata, ome=True))
    sets.write(tmp_path / "set/masks/a.png", sets.png(sets.labels(1)))
    (figure,) = sets.figures(tmp_path, **({"microns_per_pixel": stated} if stated else {}))
    assert figure.microns_per_pixel == (pytest.approx(taken) if taken else None)
    doubts = [fact.value for fact in figure.facts if fact.name == "reading"]
    assert len(doubts) == (taken is None)


def test_numbers_of_a_floating_map_become_a_label_map(tmp_path: Path, sets: Any) -> None:
    drawn = sets.labels(1, 70000, dtype=np.float32)
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    sets.write(tmp_path / "set/masks/a.tif", tiff(drawn))
    (figure,) = sets.figures(tmp_path)
    assert (figure.mask.format, sets.areas_in(figure.mask)) == ("tiff", sets.areas(drawn))


def test_a_stack_of_images_needs_the_reader_of_arrays(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.tif", tiff(np.stack([sets.picture()] * 3)))
    sets.write(tmp_path / "set/masks/a.png", sets.png(sets.labels(1)))
    assert sets.reasons(tmp_path) == {"set/images/a.tif": "image_is_stack"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_pictures_that_are_to_be_turned_are_refused(tmp_path: Path, sets: Any, kind: str) -> None:
    square = sets.picture()[:, : sets.HEIGHT_PX]
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    Image.fromarray(square).save(stream, kind, exif=exif)
    upright = sets.png(sets.labels(1)[:, : sets.HEIGHT_PX])
    sets.write(tmp_path / f"set/images/a.{kind.lower()}", stream.getvalue())
    sets.write(tmp_path / "set/masks/a.png", upright)
    if kind != "JPEG":
        sets.write(tmp_path / "set/images/b.png", sets.png(square))
        sets.write(tmp_path / f"set/masks/b.{kind.lower()}", stream.getvalue())
    found = sets.reasons(tmp_path)
    assert found.pop(f"set/images/a.{kind.lower()}") == "image_is_turned"
    assert found == ({} if kind == "JPEG" else {"set/images/b.png": "mask_is_turned"})


def test_components_are_a_stated_rule(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    sets.write(tmp_path / "set/masks/a.png", sets.png(np.minimum(sets.labels(1, 2, 3), 1) * 255))
    (figure,) = sets.figures(tmp_path, components=True)
    assert sets.areas_in(figure.mask) == {1: 16, 2: 16, 3: 16}
    assert [fact.value for fact in figure.facts] == ["objects are the 8-connected components of the foreground"]
    assert figure.caption == ""


@pytest.mark.parametrize(("most", "more", "said"), [(1, {}, 1), (9, {}, 0), (1, {"components": True}, 0)])
def test_a_number_that_lies_in_many_pieces_is_told_of_once(  # noqa: PLR0917  (three fixtures)
    tmp_path: Path, sets: Any, caplog: Any, most: int, more: dict[str, bool], said: int
) -> None:
    drawn = np.zeros((40, 60), np.uint8)
    for at in range(6):
        drawn[5:10, 8 * at + 2 : 8 * at + 7] = min(at + 1, most)
    for name in "abc":
        picture = np.full(drawn.shape, 50, np.uint8) + drawn
        sets.write(tmp_path / f"set/images/{name}.png", sets.png(picture))
        sets.write(tmp_path / f"set/masks/{name}.png", sets.png(drawn))
    assert len(sets.figures(tmp_path, **more)) == 3
    assert len([one for one in caplog.records if "6 pieces have one number" in one.message]) == said


def test_single_masks_make_a_label_map_and_overlaps_stay_whole(tmp_path: Path, sets: Any) -> None:
    fields = [sets.labels(0, 255), sets.labels(255)]
    for at, name in enumerate(("p", "q")):
        sets.write(tmp_path / f"set/1/masks/{name}.png", sets.png(fields[at]))
        sets.write(tmp_path / f"set/2/masks/{name}.png", sets.png(fields[at]))
    wide = np.zeros_like(fields[0])
    wide[2:6, 2:20] = 1
    sets.write(tmp_path / "set/2/masks/r.png", sets.png(wide))
    sets.write(tmp_path / "set/2/masks/s.png", sets.png(wide * 0))
    for number in (1, 2):
        sets.write(tmp_path / f"set/{number}/images/{number}.png", sets.png(sets.picture(number)))
    said = {"format": "binary", "images": "*/images/*", "masks": "*/masks/*", "object_class": "nucleus"}
    apart, together, left = sets.read(tmp_path, **said)[:1] + sets.read(tmp_path, **said)[:0:-1]
    assert (apart.mask.format, sets.areas_in(apart.mask)) == ("png", {1: 16, 2: 16})
    assert (together.mask.format, sets.areas_in(together.mask)) == ("rle", {1: 16, 2: 16, 3: 72})
    assert (left.reason, left.detail) == ("object_empty", "2/images/2.png: 1 objects: 2/masks/s.png: covers no pixel")


def test_a_mask_of_many_values_is_no_single_mask(tmp_path: Path, sets: Any) -> None:
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    sets.write(tmp_path / "set/masks/a.png", sets.png(sets.labels(1, 2)))
    assert sets.reasons(tmp_path, format="binary") == {"set/images/a.png": "mask_not_binary"}


def test_a_stamp_changes_with_the_image_the_mask_and_what_is_said(tmp_path: Path, sets: Any) -> None:
    image = sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    mask = sets.write(tmp_path / "set/masks/a.png", sets.png(sets.labels(1)))

    def stamp(**said: Any) -> str:
        (item,) = sets.connector(tmp_path, **said).find()
        assert item.key == "set//images/a.png"
        return str(item.stamp)

    seen = [stamp(), stamp(license="CC-BY-4.0"), stamp(object_class="cell")]
    for path in (image, mask):
        os.utime(path, (1, 1))
        seen.append(stamp())
    assert len(set(seen)) == len(seen)
    assert stamp() == stamp()


def test_links_out_of_the_folder_are_refused(tmp_path: Path, sets: Any) -> None:
    secret = sets.write(tmp_path / "secret.png", sets.png(sets.labels(1)))
    sets.write(tmp_path / "set/images/a.png", sets.png(sets.picture()))
    (tmp_path / "set/masks").mkdir()
    (tmp_path / "set/masks/a.png").symlink_to(secret)
    assert sets.reasons(tmp_path) == {"set/images/a.png": "archive_link"}
    item = next(iter(sets.connector(tmp_path).find())).model_copy(update={"stamp": "m0"})
    (outcome,) = sets.connector(tmp_path).fetch(item)
    assert isinstance(outcome, Dropped)
    assert outcome.reason == "archive_link"


def test_a_folder_without_images_says_what_was_looked_for(tmp_path: Path, sets: Any) -> None:
    (tmp_path / "set").mkdir()
    with pytest.raises(UsageError, match=r"images/\*\.tif"):
        list(sets.connector(tmp_path, images="images/*.tif").find())
    with pytest.raises(UsageError, match="names no file or folder"):
        list(sets.connector(tmp_path, path="nowhere").find())


def test_several_folders_are_one_set_with_names_of_their_own(tmp_path: Path, sets: Any) -> None:
    for folder in ("one", "two"):
        sets.write(tmp_path / folder / "images/a.png", sets.png(sets.picture(len(folder))))
        sets.write(tmp_path / folder / "masks/a.png", sets.png(sets.labels(1)))
    found = sets.figures(tmp_path, path=["one", "two"], dataset="both")
    assert [one.source_id for one in found] == ["both/one/images/a.png", "both/two/images/a.png"]
    assert len({one.id for one in found}) == 2


def test_strange_names_are_read(tmp_path: Path, sets: Any) -> None:
    for name in ("a#1,2@x", "b [1]", "ü (2)"):
        sets.write(tmp_path / f"set/images/{name}.png", sets.png(sets.picture()))
        sets.write(tmp_path / f"set/masks/{name}_label.png", sets.png(sets.labels(1)))
    members = [one.member for one in sets.figures(tmp_path)]
    assert members == ["images/a#1,2@x.png", "images/b [1].png", "images/ü (2).png"]


def test_the_order_is_that_of_the_names(tmp_path: Path, sets: Any) -> None:
    for name in ("c", "a", "b"):
        sets.write(tmp_path / f"set/images/{name}.png", sets.png(sets.picture()))
        sets.write(tmp_path / f"set/masks/{name}.png", sets.png(sets.labels(1)))
    keys = [item.key for item in sets.connector(tmp_path).find()]
    assert keys == [f"set//images/{name}.png" for name in "abc"]


_FORMATS = ("png", "tiff", "hdf5", "npz", "npy", "binary", "coco")


def write_drawn(kind: str, folder: Path, drawn: Any, sets: Any) -> dict[str, Any]:
    """Write an image and a map of its objects in a format, and return what a manifest says of it."""
    image = np.zeros(drawn.shape, np.uint8)
    if kind in ("hdf5", "npz"):
        folder.mkdir(parents=True)
        if kind == "npz":
            np.savez(folder / "a.npz", raw=image, label=drawn)
        else:
            with h5py.File(folder / "a.h5", "w") as file:
                file["raw"], file["label"] = image, drawn
        return {"format": "arrays", "images": "*"}
    sets.write(folder / "images/a.png", sets.png(image))
    if kind == "npy":
        (folder / "masks").mkdir()
        np.save(folder / "masks/a.npy", drawn)
        return {"format": "arrays", "images": "images/*", "masks": "masks/*"}
    if kind == "coco":
        told = [{"id": number, "image_id": 1, "segmentation": runs_of(drawn == number)} for number in sets.areas(drawn)]
        listed = [{"id": 1, "file_name": "a.png", "width": drawn.shape[1], "height": drawn.shape[0]}]
        sets.write(folder / "a.json", json.dumps({"images": listed, "annotations": told}))
        return {"format": "coco", "masks": "*.json"}
    if kind == "binary":
        for number in sets.areas(drawn):
            sets.write(folder / f"masks/a_{number:010}.png", sets.png((drawn == number).astype(np.uint8) * 255))
        return {"format": "binary", "masks": "masks/*_*.png"}
    suffix = "png" if kind == "png" and drawn.max(initial=0) < 2**16 else "tif"
    small = drawn.astype(np.uint8 if drawn.max(initial=0) < 256 else np.uint16)
    sets.write(folder / f"masks/a.{suffix}", sets.png(small) if suffix == "png" else tiff(drawn))
    return {}


def runs_of(field: Any) -> dict[str, Any]:
    packed = coco.encode(np.asfortranarray(field.astype(np.uint8)))
    return {"size": packed["size"], "counts": packed["counts"].decode()}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(_FORMATS),
    dtype=st.sampled_from([np.uint8, np.uint16, np.uint32, np.int32]),
    seed=st.integers(0, 999),
    objects=st.integers(1, 5),
)
def test_ids_and_areas_come_back_through_every_format(
    sets: Any, kind: str, dtype: Any, seed: int, objects: int
) -> None:
    rng = np.random.default_rng(seed)
    highest = min(2**31 - 1, int(np.iinfo(dtype).max))
    ids = np.concatenate([[0], rng.choice(np.arange(1, 256), objects - 1, replace=False), [highest]])
    drawn = rng.choice(ids, (7, 9)).astype(dtype)
    drawn[0, 0] = highest
    with tempfile.TemporaryDirectory() as place:
        said = write_drawn(kind, Path(place) / "set", drawn, sets)
        (figure,) = sets.figures(Path(place), **said)
    expected = sets.areas(drawn)
    if kind == "binary":  # files have names, no numbers: objects are numbered in the order of their names
        expected = dict(enumerate(expected.values(), 1))
    assert sets.areas_in(figure.mask) == expected


def test_a_jpeg_image_is_kept_as_it_is(tmp_path: Path, sets: Any) -> None:
    stream = io.BytesIO()
    Image.fromarray(sets.picture()).save(stream, "JPEG")
    sets.write(tmp_path / "set/images/a.jpg", stream.getvalue())
    sets.write(tmp_path / "set/masks/a.png", sets.png(sets.labels(3)))
    (figure,) = sets.figures(tmp_path)
    assert (figure.blob, figure.blob_format) == (stream.getvalue(), "jpeg")
