"""Mask presets: public sets of images with masks whose layout, licence and citation are known; data in `presets/`.

A preset says only what was read somewhere: each file names where, and what could not be verified.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from schemas.licence_terms import SPDX, permits
from schemas.manifest_parts import Part, Spdx, Text, Texts, did_you_mean, many, nearest
from schemas.mask_layouts import MaskLayout

_FOLDER: Final = Path(__file__).parent / "presets"
_MAY_STAND_BESIDE: Final = frozenset(
    {"type", "path", "preset", "license", "attribution", "metadata", "limit", "sample", "slices", "empty", "group"}
)
UNSAID: Final[tuple[object, ...]] = (None, False, (), [], {})
"""Values that say no more than a key that is left out; a manifest that was written out in full has them."""


class PresetPart(MaskLayout):
    """One layout of a set; a set has several where its files lie in several ways, or hold several kinds of objects."""

    part: str = ""
    """Tells the parts apart that take the same images."""


class Preset(Part):
    """What is known of a public set."""

    title: Text
    homepage: Text
    doi: Text
    """Of the article that describes the set."""
    attribution: Text
    """How its makers ask to be cited: authors, title, journal, year."""
    license: Spdx | None
    """None where the set states none, or one that is no SPDX licence: whoever uses it must state its licence."""
    license_words: Text
    """What was read about its licence, and where."""
    zero_shot: bool = False
    """Whether the field keeps the set for testing."""
    read_at: Annotated[tuple[Text, ...], many, Field(min_length=1)]
    """Where layout and facts were read."""
    unverified: Texts = ()
    """What could not be looked up."""
    parts: Annotated[tuple[PresetPart, ...], many, Field(min_length=1)]

    @model_validator(mode="after")
    def _parts_have_names_of_their_own(self) -> Self:
        if len({part.part for part in self.parts}) < len(self.parts):
            raise ValueError("two parts have one name")
        return self


@cache
def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def preset_of(name: str) -> Preset:
    """Return the preset called `name`, one of `preset_names`."""
    from ruamel.yaml import YAML

    return Preset.model_validate(YAML(typ="safe").load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


def preset_rules(source: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what is wrong with a source that names a preset."""
    name = source["preset"]
    for key, value in source.items():
        if key not in _MAY_STAND_BESIDE and value not in UNSAID:
            yield (key,), "can't stand beside preset, which knows its layout"
    if not isinstance(name, str):
        return
    if name not in preset_names():
        meant = did_you_mean(nearest(name, preset_names()))
        yield ("preset",), f'"{name}" is no preset{meant}; there are {", ".join(preset_names())}'
        return
    yield from _licence_rules(preset_of(name), source)


def _licence_rules(preset: Preset, source: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    given = source.get("license")
    if given is None and preset.license is None:
        yield (), f"needs license: {preset.license_words}"
    if given in SPDX and preset.license and not permits(given) <= permits(preset.license):
        yield ("license",), f"permits more than {preset.license}, which {preset.title} is under"
