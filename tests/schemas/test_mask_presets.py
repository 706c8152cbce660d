"""What a manifest may say beside a preset, and of a layout of its own."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import ManifestError
from schemas.manifest_file import load_manifest
from schemas.mask_presets import preset_names, preset_of

OWN = "{type: masks, path: m, format: labels, images: i/*, masks: m/*, license: CC0-1.0"


def problems(tmp_path: Path, source: str) -> list[str]:
    path = tmp_path / "m.yaml"
    path.write_text(f"bricks: 1\nname: m\nlicenses: [CC0-1.0]\nsources:\n  - {source}\n", encoding="utf-8")
    try:
        load_manifest(path)
    except ManifestError as error:
        return [str(problem).partition("m.yaml:")[2] for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{type: masks, path: m, preset: livecel}", '5:36  sources.0.preset  "livecel" is no preset (did you mean'),
        ("{type: masks, path: m, preset: xyz}", f"there are {', '.join(preset_names())}"),
        ("{type: masks, path: m, preset: tissuenet}", "5:5  sources.0  needs license: TissueNet is under a modified"),
        (
            "{type: masks, path: m, preset: livecell, license: CC0-1.0}",
            "permits more than CC-BY-NC-4.0, which LIVECell",
        ),
        ("{type: masks, path: m, preset: livecell, images: i}", "sources.0.images  can't stand beside preset"),
        ("{type: masks, path: m, preset: livecell, object_class: x}", "can't stand beside preset"),
        (f"{OWN}, image_key: raw}}", "sources.0.image_key  needs format: arrays"),
        (f"{OWN}, slices: middle}}", "needs format: arrays"),
        (f"{OWN}, group: 'a(b)'}}", "sources.0.group  has no group (?P<group>...)"),
        (f"{OWN}, official_split: train}}", "has no group (?P<split>...)"),
        (f"{OWN}, empty: hide}}", 'must be keep or drop, not "hide"'),
        (f"{OWN}, background: x}}", "sources.0.background"),
        ("{type: masks, path: m, format: arrays, images: i/*, license: CC0-1.0, axes: YY}", "sources.0.axes  must be"),
        (
            "{type: masks, path: m, format: arrays, images: i/*, license: CC0-1.0, slices: most}",
            "must be all, middle or",
        ),
        ("{type: masks, path: m, format: coco, images: i/*, license: CC0-1.0}", "needs masks, or a preset"),
        (
            "{type: masks, path: m, format: coco, images: i, masks: j, license: CC0-1.0, components: true}",
            "can't stand beside format: coco",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, source: str, said: str) -> None:
    found = problems(tmp_path, source)
    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    "source",
    [
        "{type: masks, path: m, preset: livecell}",
        "{type: masks, path: m, preset: livecell, license: CC-BY-NC-SA-4.0, attribution: us, metadata: {stain: none}}",
        "{type: masks, path: m, preset: tissuenet, license: CC-BY-NC-4.0}",
        "{type: masks, path: m, preset: plantseg, license: CC-BY-4.0, slices: every 5, empty: keep, limit: 3}",
        f"{OWN}, background: -1}}",
        f"{OWN}, background: [0, -1], components: true, empty: drop}}",
        "{type: masks, path: m, format: arrays, images: i/*, license: CC0-1.0, image_key: raw, axes: NYXC}",
        "{type: masks, path: m, format: arrays, images: i/*, license: CC0-1.0, image_key: [a, b], slices: every 10}",
    ],
)
def test_what_is_right_is_taken(tmp_path: Path, source: str) -> None:
    assert problems(tmp_path, source) == []


def test_the_published_manifest_keeps_no_pattern_of_a_folder(tmp_path: Path) -> None:
    from schemas.manifest import public_manifest

    path = tmp_path / "m.yaml"
    path.write_text(f"bricks: 1\nname: m\nlicenses: [CC0-1.0]\nsources:\n  - {OWN}, group: '(?P<group>x)'}}\n")
    told: Any = public_manifest(load_manifest(path).manifest)["sources"][0]
    assert (told["path"], told["images"], told["masks"]) == ("local",) * 3


def test_parts_of_a_preset_that_share_images_have_names() -> None:
    for name in preset_names():
        parts = [part.part for part in preset_of(name).parts]
        assert len(set(parts)) == len(parts)


def test_the_page_lists_every_preset() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "masks.md").read_text(encoding="utf-8")
    for name in preset_names():
        preset = preset_of(name)
        objects = ", ".join(dict.fromkeys(str(part.object_class) for part in preset.parts))
        use = "testing" if preset.zero_shot else "training"
        licence = preset.license or "say it"
        assert f"| `{name}` | [{preset.title}]({preset.homepage}) | {licence} | {use} | {objects} |" in page
