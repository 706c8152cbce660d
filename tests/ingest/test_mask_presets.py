"""Each preset reads a tiny made-up folder in the layout of its set, and knows licence and citation."""

from pathlib import Path
from typing import Any

import pytest
from preset_downloads import LAYOUTS, Downloads

from schemas.licence_terms import SPDX
from schemas.mask_presets import preset_names, preset_of
from schemas.records import Dropped, Figure


def test_every_preset_has_a_folder_here() -> None:
    assert sorted(LAYOUTS) == list(preset_names())


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_reads_the_layout_of_its_set(name: str, tmp_path: Path, sets: Any) -> None:
    write, expected = LAYOUTS[name]
    write(Downloads(tmp_path, sets))
    preset = preset_of(name)
    said = {"license": "CC-BY-NC-4.0"} if preset.license is None else {}
    outcomes = sets.read(tmp_path, preset=name, **said)
    found = [one for one in outcomes if isinstance(one, Figure)]
    assert {one.reason for one in outcomes if isinstance(one, Dropped)} <= {"no_objects"}
    members = [(one.member, one.official_split, len(sets.areas_in(one.mask))) for one in found]
    assert sorted(members) == sorted(expected)
    for one in found:
        assert (one.dataset, one.license, one.url) == (preset.title, preset.license or "CC-BY-NC-4.0", preset.homepage)
        assert one.attribution == preset.attribution
        assert one.article is not None
        assert one.article.doi == preset.doi
        assert preset.license_words in str(one.license_evidence)
        assert one.zero_shot == preset.zero_shot
        assert {fact.value for fact in one.facts if fact.name == "object_class"} == {
            part.object_class for part in preset.parts if part.object_class == one.mask.object_class
        } or one.mask.format == "rle"
    assert len({one.id for one in found}) == len(found)


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_says_where_it_was_read_and_cites_its_article(name: str) -> None:
    preset = preset_of(name)
    assert preset.license is None or preset.license in SPDX
    assert f"https://doi.org/{preset.doi}" in preset.attribution
    assert all(part.format and part.images for part in preset.parts)
    assert (preset.license is None) == any("licence" in gap and "itself" not in gap for gap in preset.unverified) or (
        preset.license is None and "no SPDX licence" in preset.license_words
    )


def test_labels_of_a_preset_are_those_of_its_folders(tmp_path: Path, sets: Any) -> None:
    LAYOUTS["busi"][0](Downloads(tmp_path, sets))
    found = sets.figures(tmp_path, preset="busi", license="CC0-1.0")
    assert [one.labels for one in found] == [["benign"], ["benign"], ["normal"]]


def test_a_stricter_licence_and_more_facts_may_be_given(tmp_path: Path, sets: Any) -> None:
    LAYOUTS["covid-if"][0](Downloads(tmp_path, sets))
    said = {"license": "CC-BY-NC-4.0", "attribution": "Also us", "metadata": {"organism": "human", "stain": "DAPI"}}
    (figure,) = sets.figures(tmp_path, preset="covid-if", **said)
    assert figure.license == "CC-BY-NC-4.0"
    assert figure.attribution.endswith("; Also us")
    assert {fact.name: fact.origin for fact in figure.facts if fact.name in {"stain", "modality"}} == {
        "stain": "manifest",
        "modality": "preset covid-if",
    }


def test_a_volume_of_a_preset_may_be_taken_more_finely(tmp_path: Path, sets: Any) -> None:
    LAYOUTS["uro-cell"][0](Downloads(tmp_path, sets))
    assert len(sets.figures(tmp_path, preset="uro-cell", slices="all")) == 6
