"""A run over folders of images with masks: every image kept once, with the ids and areas that were drawn."""

import hashlib
import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

_SETS = {
    "dsb2018": ("CC0-1.0", 12),
    "usiigaci_phase": ("MIT", 3),
    "stardist_demo": ("BSD-3-Clause", 2),
    "drosophila_vnc_mito": ("CC-BY-NC-SA-3.0", 2),
    "monuseg_crops": ("CC-BY-NC-SA-4.0", 3),
    # stated for this test only: the repository is MIT, the data are the challenge's
    "isbi2012_neurites": ("CC-BY-4.0", 3),
}


def areas(picture: Image.Image) -> dict[int, int]:
    counts: dict[int, int] = {}
    for number in np.asarray(picture).ravel().tolist():
        counts[number] = counts.get(number, 0) + 1
    counts.pop(0, None)
    return counts


def source(path: str, license_id: str, **said: Any) -> dict[str, Any]:
    layout = {"format": "labels", "images": "images/*.png", "masks": "masks/*.png"}
    return {"type": "masks", "path": path, "license": license_id, **layout, **said}


def run(bench: Any, sources: list[dict[str, Any]], *more: object) -> Any:
    licenses = sorted({one["license"] for one in sources})
    bench.manifest(sources=sources, licenses=licenses)
    return bench.made("--until", "1-figures", *more)


def publishes_every_instance(bench: Any, folder: Path) -> None:
    """Run to the end, and compare the view `segmentation` with the label maps."""
    bench.made("--set", "curation.min_short_side_px=1")
    rows = [
        row
        for path in (bench.place / "dataset").glob("segmentation*/*.parquet")
        for row in pq.ParquetFile(path).read(["dataset", "instances", "source_sha256"]).to_pylist()
    ]
    names = {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in (folder / "images").glob("*.png")}
    assert sorted(names[row["source_sha256"]] for row in rows) == sorted(names.values())
    for row in rows:
        with Image.open(folder / "masks" / names[row["source_sha256"]]) as drawn:
            assert {one["source_number"]: one["area_px"] for one in row["instances"]} == areas(drawn)


def sees_every_instance(bench: Any, folder: Path, rows: list[dict[str, Any]]) -> None:
    names = sorted(path.name for path in (folder / "images").glob("*.png"))
    assert sorted(row["member"] for row in rows) == [f"images/{name}" for name in names]
    assert len({row["id"] for row in rows}) == len(names)
    for row in rows:
        name = Path(row["member"]).name
        assert row["blob"] == (folder / "images" / name).read_bytes()
        with Image.open(folder / "masks" / name) as drawn, Image.open(io.BytesIO(row["mask"]["blob"])) as kept:
            assert areas(kept) == areas(drawn) != {}


@pytest.mark.shared
@pytest.mark.parametrize("name", _SETS)
def test_real_sets_keep_every_image_and_every_instance(name: str, bench: Any, shared_data: Path) -> None:
    license_id, count = _SETS[name]
    for path in sorted((shared_data / "seg" / name / "images").glob("*.png"))[:count]:
        for kind in ("images", "masks"):
            place = bench.root / name / kind / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shared_data / "seg" / name / kind / path.name, place)
    run(bench, [source(name, license_id)])
    rows = bench.rows("1-figures")
    assert {row["dataset"] for row in rows} == {name}
    assert {row["license"] for row in rows} == {license_id}
    sees_every_instance(bench, bench.root / name, rows)
    publishes_every_instance(bench, bench.root / name)


@pytest.fixture
def own(bench: Any, sets: Any) -> Path:
    """A set of four images, one without a mask."""
    folder = Path(bench.root / "own")
    for at, ids in enumerate(((1,), (1, 2), (7, 300, 65535))):
        sets.write(folder / f"images/{at}.png", sets.png(sets.picture(at, 100, 120)))
        drawn = np.zeros((100, 120), np.uint16)
        drawn[: sets.HEIGHT_PX, : sets.WIDTH_PX] = sets.labels(*ids, dtype=np.uint16)
        sets.write(folder / f"masks/{at}.png", sets.png(drawn))
    return folder


@pytest.fixture
def sets(server_module: Any) -> Any:
    return server_module("mask_sets")


def test_a_run_keeps_every_image_and_every_instance(bench: Any, own: Path) -> None:
    run(bench, [source("own", "CC0-1.0")])
    sees_every_instance(bench, own, bench.rows("1-figures"))
    publishes_every_instance(bench, own)


def test_a_run_is_resumed_and_a_changed_mask_is_read_again(bench: Any, own: Path, sets: Any) -> None:
    asked = [source("own", "CC0-1.0")]
    run(bench, asked)
    before = bench.parts()
    run(bench, asked)
    assert bench.parts() == before
    sets.write(own / "masks/1.png", sets.png(np.full((100, 120), 9, np.uint8)))
    run(bench, asked)
    newest = [row for row in bench.rows("1-figures") if row["member"] == "images/1.png"][-1]
    assert areas(Image.open(io.BytesIO(newest["mask"]["blob"]))) == {9: 12000}


def test_what_is_not_kept_is_counted(bench: Any, own: Path) -> None:
    (own / "masks/1.png").unlink()
    said = run(bench, [source("own", "CC0-1.0")])
    (stage,) = [one for one in said["stages"] if one["name"] == "1-figures"]
    assert (stage["kept"], stage["dropped"], stage["failed"]) == (2, {"mask_missing": 1}, {})


def test_two_readings_of_one_folder_are_two_places(bench: Any, own: Path) -> None:
    twice = [source("own", "CC0-1.0"), source("own", "CC0-1.0", dataset="own again", object_class="cell")]
    run(bench, twice)
    rows = bench.rows("1-figures")
    assert len({row["id"] for row in rows}) == len(rows) == 6
    assert {row["dataset"]: row["mask"]["object_class"] for row in rows} == {"own": None, "own again": "cell"}


def test_a_sample_and_a_limit_take_images(bench: Any, own: Path) -> None:
    run(bench, [source("own", "CC0-1.0", sample={"n": 2, "seed": 1})])
    assert len(bench.rows("1-figures")) == 2
    run(bench, [source("own", "CC0-1.0", limit=1)], "--workspace", bench.root / "other")


def test_a_column_of_the_panel_is_filled_from_the_facts(bench: Any, own: Path) -> None:
    facts = {"modality": "fluorescence microscopy", "stain": "DAPI"}
    asked = source("own", "CC0-1.0", metadata=facts, microns_per_pixel=0.65)
    bench.manifest(sources=[asked], licenses=["CC0-1.0"])
    bench.made("--until", "2-panels")
    panels = bench.rows("2-panels")
    assert {(row["modality"], row["stain"], row["microns_per_pixel"]) for row in panels} == {
        ("fluorescence microscopy", "DAPI", 0.65)
    }
