"""Mask request: what a source of images with masks asks for: its layouts, and what holds for every image."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from schemas.licence_terms import stricter, url_of
from schemas.manifest_sources import MasksSource
from schemas.mask_presets import PresetPart, preset_of
from schemas.records import Article, Fact, Record

MANIFEST = "manifest"
"""Where facts come from that the manifest states."""


class MasksRequest(Record):
    """A source of the manifest, with what its preset knows."""

    paths: tuple[str, ...]
    """Folders, relative to the manifest's."""
    parts: tuple[PresetPart, ...]
    dataset: str
    origin: str
    """Who states the facts: the manifest, or a preset."""
    license: str | None
    license_url: str | None
    license_evidence: str
    attribution: str
    url: str | None = None
    article: Article | None = None
    zero_shot: bool = False
    own_facts: dict[str, str]
    """What the manifest states beside a preset's facts."""


def request_of(source: MasksSource) -> MasksRequest:
    """Return what a source asks for."""
    return _of_preset(source) if source.preset else _of_manifest(source)


def _of_manifest(source: MasksSource) -> MasksRequest:
    kept = {name: getattr(source, name) for name in PresetPart.model_fields if name not in {"part", "metadata"}}
    return MasksRequest(
        paths=source.path,
        parts=(PresetPart(**kept),),
        dataset=source.dataset or _folder_name(source.path[0]),
        origin=MANIFEST,
        license=source.license,
        license_url=url_of(source.license),
        license_evidence=f"manifest: license: {source.license}",
        attribution=source.attribution or "",
        own_facts=_words(source.metadata),
    )


def _of_preset(source: MasksSource) -> MasksRequest:
    preset = preset_of(str(source.preset))
    given: dict[str, object] = {
        name: getattr(source, name) for name in ("slices", "empty", "group") if name in source.model_fields_set
    }
    licence = stricter(preset.license, source.license) if preset.license and source.license else None
    licence = licence or source.license or preset.license
    told = [f"preset {source.preset}: {preset.license_words}"]
    told += [f"manifest: license: {source.license}"] if source.license else []
    thanks = [preset.attribution, *([source.attribution] if source.attribution else [])]
    return MasksRequest(
        paths=source.path,
        parts=tuple(part.model_copy(update=given) for part in preset.parts),
        dataset=preset.title,
        origin=f"preset {source.preset}",
        license=licence,
        license_url=url_of(licence),
        license_evidence="; ".join(told),
        attribution="; ".join(thanks),
        url=preset.homepage,
        article=Article(doi=preset.doi, license=licence, license_evidence="; ".join(told)),
        zero_shot=preset.zero_shot,
        own_facts=_words(source.metadata),
    )


def _folder_name(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name.strip(".*") or "masks"


def _words(facts: dict[str, str | int | float | bool]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in facts.items()}


def facts_of(request: MasksRequest, part: PresetPart, name: str) -> list[Fact]:
    """Return what is known of an image; the manifest's own words go before a preset's.

    `name` is the image's, and on a line of its own that of its mask: all patterns are looked for in both.
    """
    told = _words(part.metadata) | ({"object_class": part.object_class} if part.object_class else {})
    known = dict.fromkeys(told, request.origin)
    for fact, value in _in_path(part.path_facts, name):
        told[fact], known[fact] = value, "path"
    for fact, value in request.own_facts.items():
        told[fact], known[fact] = value, MANIFEST
    facts = [_fact(fact, value, known[fact]) for fact, value in sorted(told.items()) if fact != "label"]
    channels = [Fact(name="channel", value=value, origin=request.origin) for value in part.channel_names]
    return [*facts, *channels]


_TAXON = re.compile(r"(?P<name>.+?)\s*\((?P<id>NCBITaxon:\d+)\)")


def _fact(name: str, value: str, origin: str) -> Fact:
    """Return a fact; `Homo sapiens (NCBITaxon:9606)` is a value with its id."""
    found = _TAXON.fullmatch(value)
    if found:
        return Fact(name=name, value=found["name"], id=found["id"], origin=origin)
    return Fact(name=name, value=value, origin=origin)


def rules_of(request: MasksRequest, part: PresetPart, rule: str | None) -> list[Fact]:
    """Return what is no property of the picture but of how it was read, as facts."""
    told = []
    if part.components:
        told.append("objects are the 8-connected components of the foreground")
    if part.background is not None:
        told.append(f"numbers that are no object: {', '.join(map(str, part.background))}")
    if rule:
        told.append(rule)
    return [Fact(name="reading", value=value, origin=request.origin) for value in told]


def labels_of(part: PresetPart, name: str) -> list[str]:
    """Return the labels of an image: what the group `label` of `path_facts` finds."""
    return [value for fact, value in _in_path(part.path_facts, name) if fact == "label"]


def _in_path(pattern: str | None, name: str) -> Iterator[tuple[str, str]]:
    found = re.search(pattern, name) if pattern else None
    yield from ((fact, value) for fact, value in (found.groupdict() if found else {}).items() if value)


def named_in(pattern: str | None, group: str, name: str) -> str | None:
    """Return what a pattern's group finds in a name; None where it finds nothing."""
    found = re.search(pattern, name) if pattern else None
    return found.group(group) if found else None
