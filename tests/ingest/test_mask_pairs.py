"""A mask goes to the image that bears its name, or to none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mask_pairs import MaskError, masks_of, names_in, pairs_in
from ingest.mask_patterns import pattern_of
from schemas.mask_layouts import MaskLayout


def layout(images: str = "images/*.png", masks: str = "masks/*.png", **said: str) -> MaskLayout:
    return MaskLayout.model_validate({"format": "labels", "images": images, "masks": masks, **said})


def pairs(names: list[str], asked: MaskLayout) -> dict[str, tuple[str, ...] | str]:
    return {pair.image: pair.reason or pair.masks for pair in pairs_in(sorted(names), asked)}


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("images/*.png", "images/a.png", ("a",)),
        ("images/*.png", "images/b/a.png", None),
        ("images/*.png", "images/a.pngx", None),
        ("**/*.png", "a.png", ("", "a")),
        ("**/*.png", "x/y/a.png", ("x/y", "a")),
        ("*.{png,tif}", "a.tif", ("a",)),
        ("a?[0-9].png", "ab7.png", ("b", "7")),
        ("*/*).png", "benign/benign (1).png", ("benign", "benign (1")),
        ("a.png", "axpng", None),
        ("./a/*", "a/b.PNG", ("b",)),
    ],
)
def test_wildcards_stand_for_what_they_match(text: str, name: str, expected: tuple[str, ...] | None) -> None:
    assert pattern_of(text).captures(name) == expected


def test_endings_of_masks_are_known_and_longer_names_are_other_images() -> None:
    names = ["images/a.png", "images/fig1.png", "images/fig10.png", "masks/a_mask.png", "masks/fig10.png"]
    assert pairs(names, layout()) == {
        "images/a.png": ("masks/a_mask.png",),
        "images/fig1.png": "mask_missing",
        "images/fig10.png": ("masks/fig10.png",),
    }


def test_two_that_may_be_meant_are_none() -> None:
    names = ["images/a.png", "masks/a.png", "masks/a_mask.png"]
    assert pairs(names, layout()) == {"images/a.png": "mask_ambiguous"}
    names = ["images/a.png", "images/a.tif", "masks/a.png"]
    both = {"images/a.png": "mask_ambiguous", "images/a.tif": "mask_ambiguous"}
    assert pairs(names, layout(images="images/*.{png,tif}")) == both


def test_a_mask_without_an_image_is_told() -> None:
    assert pairs(["images/a.png", "masks/a.png", "masks/b.png"], layout())["masks/b.png"] == "image_missing"


def test_masks_lie_beside_images_or_in_folders_that_bear_their_name() -> None:
    beside = layout("**/*.tif", "**/*_masks.tif", ignore="**/*_flows.tif")
    assert pairs(["x/a.tif", "x/a_masks.tif", "x/a_flows.tif"], beside) == {"x/a.tif": ("x/a_masks.tif",)}
    many = layout("*/images/*.png", "*/masks/*.png", format="binary")
    names = ["1/images/1.png", "1/masks/p.png", "1/masks/q.png", "2/images/2.png", "2/masks/r.png"]
    found = {"1/images/1.png": ("1/masks/p.png", "1/masks/q.png"), "2/images/2.png": ("2/masks/r.png",)}
    assert pairs(names, many) == found
    assert pairs(["1/images/other.png", "1/masks/p.png"], many)["1/images/other.png"] == "mask_missing"


def test_masks_that_can_not_tell_two_images_apart_are_not_taken() -> None:
    found = pairs(["train/a.png", "val/a.png", "masks/a.png"], layout("*/a*.png", "masks/*.png"))
    assert "masks/a.png" not in {mask for masks in found.values() if isinstance(masks, tuple) for mask in masks}


def test_the_disk_gives_the_same_pairs(tmp_path: Path) -> None:
    names = ["1/images/1.png", "1/masks/p.png", "1/masks/q.png", "2/images/2.png", "2/masks/r.png", "3/images/3.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    many = layout("*/images/*.png", "*/masks/*.png", format="binary")
    for pair in pairs_in(names_in(tmp_path), many):
        if pair.reason:
            with pytest.raises(MaskError, match=pair.reason):
                masks_of(pair.image, tmp_path, many)
        else:
            assert masks_of(pair.image, tmp_path, many) == pair.masks


def test_a_store_is_one_name_and_leftovers_are_none(tmp_path: Path) -> None:
    for name in ("v.zarr/raw/c/0/0", "v.zarr/zarr.json", "__MACOSX/a.png", "x/._a.png", "x/a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["v.zarr", "x/a.png"]


_NAMES = st.lists(st.sampled_from(["a", "b", "a_mask", "b_mask", "fig1", "fig10", "a_1"]), unique=True)


@given(_NAMES, _NAMES)
def test_no_mask_has_two_images_and_none_is_lost(images: list[str], masks: list[str]) -> None:
    names = [*(f"images/{name}.png" for name in images), *(f"masks/{name}.png" for name in masks)]
    found = list(pairs_in(sorted(names), layout()))
    assert [pair.image for pair in found if pair.image.startswith("images/")] == sorted(names)[: len(images)]
    given = [mask for pair in found for mask in pair.masks]
    assert len(given) == len(set(given))
    for pair in found:
        for mask in pair.masks:
            image, said = Path(pair.image).stem, Path(mask).stem
            assert said in {image, f"{image}_mask"}
