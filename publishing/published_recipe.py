"""Published recipe: the manifest of a published dataset, judged as a stranger's, and what of it can be done here."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from pipeline import decisions
from pipeline.workspace import Workspace
from publishing.change_log import TOMBSTONES, Tombstone, as_decisions, read_tombstones
from publishing.hub_reading import Published, published
from schemas.errors import ManifestError, UsageError
from schemas.manifest import Manifest, public_manifest
from schemas.manifest_file import LoadedManifest, read_manifest
from schemas.manifest_parts import LOCAL, WITHHELD
from schemas.manifest_sections import CaptioningSettings

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MANIFEST, LOCK = "manifest.yaml", "manifest.lock.json"
_ENVIRONMENT = re.compile(r"\$\{(?!env:WITHHELD\})")


@dataclass(frozen=True)
class Left:
    """What of a published dataset isn't rebuilt here, and why."""

    what: str
    """`sources.0`, or another section of the manifest."""
    type: str
    why: str
    withheld: tuple[str, ...] = ()
    """The keys of the source that named files; who has the files gives them by `--set`."""


@dataclass(frozen=True)
class Recipe:
    """What is rebuilt: the manifest without what can't be, and what the published dataset says was taken out."""

    place: Published
    loaded: LoadedManifest
    left: tuple[Left, ...]
    tombstones: tuple[Tombstone, ...]
    limit: int | None
    """How many items of each source the published one was made of at most."""

    def begin(self, workspace: Workspace, limit: int | None) -> int | None:
        """Keep out of a workspace what was taken out of the published dataset, and return the run's limit."""
        known = decisions.read(workspace.decisions)
        decisions.append(workspace.decisions, as_decisions(self.tombstones, known))
        return limit or self.limit


def recipe_at(named: object, overrides: Sequence[str] = (), api: "HfApi | None" = None) -> Recipe:
    """Return what of the dataset `hub:org/name@revision` can be rebuilt here.

    Its manifest is a stranger's: it names no file, address or variable of this machine, or it is refused. What
    `overrides` say is the user's own, and may.

    Raises:
        UsageError: there is no such dataset, it isn't whole, its manifest isn't a published one, or nothing of it
            can be rebuilt here.
    """
    place = published(named, api)
    text = _text(place)
    _refuse_hostile(place, text)
    whole = read_manifest(text, f"{place.name}/{MANIFEST}", overrides)
    left = tuple(_left(whole.manifest))
    names = {one.what for one in left}
    sources = [one for at, one in enumerate(whole.manifest.sources) if f"sources.{at}" not in names]
    if not sources:
        whys = "; ".join(f"{one.what} ({one.type}): {one.why}" for one in left if one.what.startswith("sources."))
        options = " ".join(f"--set {one.what}.{key}=..." for one in left for key in one.withheld)
        mend = f"With copies of the files: {options}" if options else "Take another revision."
        raise UsageError(f"nothing of it can be rebuilt here. {whys}.", where=place.name, mend=mend)
    manifest = whole.manifest.model_copy(update={"sources": tuple(sources), **_without(whole.manifest, left)})
    stones = _tombstones(place)
    return Recipe(place, whole.model_copy(update={"manifest": manifest}), left, stones, _limit(place))


def _text(place: Published) -> str:
    try:
        return place.read(MANIFEST).decode()
    except UnicodeDecodeError:
        raise UsageError(f"its {MANIFEST} is not written in UTF-8.", where=place.name) from None


def _refuse_hostile(place: Published, text: str) -> None:
    """Refuse a manifest that isn't what publishing would write of it: it would read files or variables of this machine.

    Raises:
        UsageError: says what is wrong with it.
    """
    mend = "Bricks writes no such manifest: don't trust this dataset."
    if found := _ENVIRONMENT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"its {MANIFEST} asks for a variable of this machine's environment, in line {line}."
        raise UsageError(what, where=place.name, mend=mend)
    try:
        manifest = read_manifest(text, MANIFEST).manifest
        public = Manifest.model_validate(public_manifest(manifest))
    except ManifestError as error:
        raise UsageError(f"its {error.problems[0]}", where=place.name, mend=mend) from None
    except ValidationError as error:
        raise UsageError(f"its {MANIFEST} can't be a published one.", where=place.name, mend=mend) from error
    if odd := next(_differing(manifest, public), None):
        what = f"its {MANIFEST} names a file, an address or a contact, under {odd}."
        raise UsageError(what, where=place.name, mend=mend)
    if manifest.curation.detector:
        what = f"its {MANIFEST} asks for a program of this machine, under curation.detector."
        raise UsageError(what, where=place.name, mend="Bricks runs no program that a stranger names.")


def _differing(one: Any, other: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401  (a part of a manifest)
    """Yield the keys under which two manifests differ."""
    if isinstance(one, BaseModel) and type(one) is type(other):
        for name, field in type(one).model_fields.items():
            yield from _differing(getattr(one, name), getattr(other, name), f"{path}.{field.alias or name}".lstrip("."))
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for at, pair in enumerate(zip(one, other, strict=True)):
            yield from _differing(*pair, f"{path}.{at}")
    elif one != other:
        yield path


def _left(manifest: Manifest) -> Iterator[Left]:
    """Yield what can't be rebuilt; what the user gave by `--set` can."""
    for at, source in enumerate(manifest.sources):
        said = source.model_dump(mode="json", by_alias=True)
        if why := _why_not(said):
            keys = tuple(key for key, value in said.items() if _names_local(value))
            yield Left(f"sources.{at}", source.type, why, keys)
    captioning, curation = manifest.captioning, manifest.curation
    if captioning.backend != "metadata" and (not captioning.endpoints or WITHHELD in captioning.endpoints):
        why = "a model's answers; it isn't asked again, and texts are the captions, verbatim"
        yield Left("captioning", captioning.model or captioning.backend, why)
    if any(_names_local(one) for one in curation.ontologies):
        yield Left("curation.ontologies", LOCAL, "local files")
    if any(_names_local(one) for one in curation.decontaminate):
        yield Left("curation.decontaminate", LOCAL, "local files")
    if curation.encoder:
        yield Left("curation.encoder", curation.encoder.model, "it decides nothing, and isn't loaded")
    if manifest.split.keep:
        yield Left("split.keep", manifest.split.keep, "splits aren't compared")


def _why_not(source: dict[str, Any]) -> str:
    if source.get("url") == WITHHELD or "WITHHELD" in (source.get("key") or ""):
        return "its address and key are the owner's"
    if keys := [key for key, value in source.items() if _names_local(value)]:
        return f"local files ({', '.join(keys)})"
    return ""


def _names_local(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_names_local, value.values()))
    return any(map(_names_local, value)) if isinstance(value, list | tuple) else value == LOCAL


def _without(manifest: Manifest, left: Sequence[Left]) -> dict[str, Any]:
    """Return the sections of a manifest without what is left out."""
    told = {one.what for one in left}
    curation = manifest.curation
    kept = {
        name: tuple(one for one in values if not _names_local(one))
        for name, values in (("ontologies", curation.ontologies), ("decontaminate", curation.decontaminate))
        if f"curation.{name}" in told
    }
    changed: dict[str, Any] = {"curation": curation.model_copy(update={**kept, "encoder": None})}
    if "captioning" in told:
        changed |= {"captioning": CaptioningSettings(), "questions": None}
    if "split.keep" in told:
        changed["split"] = manifest.split.model_copy(update={"keep": None})
    return changed


def _tombstones(place: Published) -> tuple[Tombstone, ...]:
    if TOMBSTONES not in place.files:
        return ()
    try:
        return read_tombstones(place.read(TOMBSTONES))
    except (ValueError, TypeError) as error:
        raise UsageError(f"its {TOMBSTONES} {error}"[:200], where=place.name) from error


def _limit(place: Published) -> int | None:
    try:
        limit = json.loads(place.read(LOCK))["limit"]
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"its {LOCK} is damaged.", where=place.name, mend="Take another revision.") from None
    return limit if isinstance(limit, int) and limit > 0 else None
