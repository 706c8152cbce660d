"""Manifest rules: what must hold between the keys of a manifest, asked of plain mappings.

They are asked twice: by the models, so that no manifest can be made that breaks them, and by the reader of
files, which shows every mistake at once, also where another one hides the model's own answer.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from pydantic_core import PydanticCustomError

from schemas import plugins
from schemas.mask_presets import UNSAID, preset_rules

Found = tuple[tuple[str | int, ...], str]
"""Where a rule is broken (a path from the mapping that was asked), and how."""

RULE: Final = "rule"
"""The type of the error that a model raises for a broken rule."""

SECRET_KEYS: Final = ("api_key", "key")
"""Where a reference to an environment variable may stand."""

_ONE_OF: Final = {
    "pmc": ("path", "ids", "query", "since"),
    "biorxiv": ("path", "dois", "since"),
    "idr": ("path", "studies"),
}
_EMAIL_OR_URL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|https?://\S+\.\S+")
_MASKS_NEED: Final = ("format", "images", "masks", "license")
_ARRAYS_ONLY: Final = ("image_key", "mask_key", "mask_channel", "axes", "slices", "channel_names")
_NAMED_GROUPS: Final = {"group": "group", "official_split": "split"}
_NOTEBOOKS: Final = frozenset({"elabftw", "rspace"})
_UNENCRYPTED: Final = re.compile(r"http://(?!(localhost|127(\.\d{1,3}){3}|\[::1\])([:/]|$))", re.IGNORECASE)
"""A web address over which a key would travel for everybody to read; not so to this machine itself."""
_IDR_LIVE: Final = ("images_per_study", "level", "plane", "channels")
_IDR_HOST: Final = "idr.openmicroscopy.org"
_IDR_PER_SECOND: Final = 2.0
"""IDR states no limit, and has 25 workers for everybody."""


def refuse(found: Iterable[Found]) -> None:
    """Raise the first of `found` as a model's error."""
    for place, what in found:
        where = ".".join(map(str, place))
        raise PydanticCustomError(RULE, "{what}", {"what": f"{where}: {what}" if where else what})


def source_rules(source: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what is wrong between the keys of one source."""
    kind = source.get("type")
    if not isinstance(kind, str):
        return
    if kind in _ONE_OF:
        yield from _one_way_in(kind, source)
    if kind == "masks":
        yield from _mask_rules(source)
    if kind == "idr":
        yield from _idr_rules(source)
    if kind == "images" and not _is_scale(_mapping(source.get("metadata")).get("microns_per_pixel", 1)):
        yield ("metadata", "microns_per_pixel"), "must be a number above 0, without quotes and unit"
    if kind in _NOTEBOOKS and _UNENCRYPTED.match(str(source.get("url"))):
        yield ("url",), "must start with https://, or the key would travel for everybody on the way to read"
    first, last = source.get("since"), source.get("until")
    if first is not None and last is not None and type(first) is type(last) and str(last) < str(first):
        yield ("until",), f"is before since ({first})"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_scale(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _one_way_in(kind: str, source: Mapping[str, Any]) -> Iterator[Found]:
    ways = [key for key in _ONE_OF[kind] if key in source]
    if kind == "pmc" and "query" in ways and "since" in ways:
        ways.remove("since")
    if not ways:
        yield (), f"needs one of {_listed(_ONE_OF[kind], 'or')}"
    for key in ways[1:]:
        yield (key,), f"can't stand beside {ways[0]}: give only one of {_listed(_ONE_OF[kind], 'or')}"
    if "until" in source and ways and ways[0] not in {"since", "query"}:
        yield ("until",), "needs since"


def _idr_rules(source: Mapping[str, Any]) -> Iterator[Found]:
    pixels = source.get("pixels", "rendered")
    if "path" in source:
        for key in [*_IDR_LIVE, *([] if pixels == "rendered" else ["pixels"])]:
            if key in source:
                yield (key,), "needs studies: pictures at a path are taken as they are"
        return
    if "level" in source and pixels != "zarr":
        yield ("level",), "needs pixels: zarr"
    if "channels" in source and pixels == "rendered":
        yield ("channels",), "needs pixels: zarr or omero: a rendering has the channels that IDR chose"
    rate = source.get("per_second")
    if isinstance(rate, int | float) and rate > _IDR_PER_SECOND and _IDR_HOST in str(source.get("url", _IDR_HOST)):
        yield ("per_second",), f"must be at most {_IDR_PER_SECOND:g} for IDR itself; a mirror (url) may take more"


def _mask_rules(source: Mapping[str, Any]) -> Iterator[Found]:
    if "preset" in source:
        yield from preset_rules(source)
        return
    needed = ["format", "images", "license"] + ["masks"] * (source.get("format") != "arrays")
    missing = [key for key in _MASKS_NEED if key in needed and key not in source]
    if missing:
        yield (), f"needs {_listed(missing, 'and')}, or a preset"
    if source.get("format") in {"labels", "binary", "coco"}:
        for key in _ARRAYS_ONLY:
            if source.get(key) not in UNSAID:
                yield (key,), "needs format: arrays"
    if source.get("components") is True and source.get("format") in {"binary", "coco"}:
        yield ("components",), f"can't stand beside format: {source['format']}, where each object is told"
    yield from _group_rules(source)


def _group_rules(source: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the patterns that lack the group they are read for."""
    for key, group in _NAMED_GROUPS.items():
        pattern = source.get(key)
        if isinstance(pattern, str) and f"(?P<{group}>" not in pattern:
            yield (key,), f"has no group (?P<{group}>...)"


def manifest_rules(manifest: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what is wrong between the sections of a manifest."""
    yield from _contact_rules(manifest)
    yield from _secret_rules(manifest)
    yield from _captioning_rules(manifest.get("captioning"))
    yield from _question_rules(manifest.get("questions"), manifest.get("captioning"))
    yield from _split_rules(manifest.get("split"))
    review = manifest.get("review")
    queues = review.get("queues") if isinstance(review, Mapping) else None
    yield from _repeated(("review", "queues"), queues, "name")
    yield from _repeated(("licenses",), manifest.get("licenses"))


def is_live(source: Mapping[str, Any]) -> bool:
    """Return whether the source asks a server."""
    kind = source.get("type")
    if kind in _NOTEBOOKS or (kind in _ONE_OF and source.get("path") is None):
        return True
    plugged = plugins.connector(kind) if isinstance(kind, str) else None
    return plugged is not None and plugged.requests_per_second is not None


def _contact_rules(manifest: Mapping[str, Any]) -> Iterator[Found]:
    contact = manifest.get("contact")
    sources = manifest.get("sources")
    if contact is None and _is_list(sources):
        for at, source in enumerate(sources):
            if isinstance(source, Mapping) and is_live(source):
                what = "asks a server, which needs `contact:` (an e-mail or a web address) at the top of the manifest"
                yield ("sources", at), what
    if isinstance(contact, str) and contact != "withheld" and not _EMAIL_OR_URL.fullmatch(contact):
        yield ("contact",), f'must be an e-mail or a web address, not "{contact}"'


def _secret_rules(value: object, place: tuple[str | int, ...] = ()) -> Iterator[Found]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _secret_rules(one, (*place, key))
    elif _is_list(value):
        for at, one in enumerate(value):
            yield from _secret_rules(one, (*place, at))
    elif isinstance(value, str) and "${env:" in value and place[-1] not in SECRET_KEYS:
        yield place, f"is no place for a secret: ${{env:NAME}} may stand only in {_listed(SECRET_KEYS, 'or')}"


def _captioning_rules(captioning: object) -> Iterator[Found]:
    if not isinstance(captioning, Mapping):
        return
    backend = captioning.get("backend")
    if backend == "openai":
        missing = [key for key in ("endpoints", "model") if not captioning.get(key)]
        if missing:
            yield ("captioning",), f"needs {_listed(missing, 'and')} with backend: openai"
    endpoints = captioning.get("endpoints")
    for number, address in enumerate(endpoints if _is_list(endpoints) else ()):
        if isinstance(address, str) and "?" in address:
            yield ("captioning", "endpoints", number), "must have no ? in it: a key belongs into captioning.key"
    if backend is None:
        for key in ("endpoints", "model"):
            if key in captioning:
                yield ("captioning", key), "needs backend: openai"


def _question_rules(questions: object, captioning: object) -> Iterator[Found]:
    """Yield where a model is to write questions, and none is asked."""
    tasks = questions.get("tasks") if isinstance(questions, Mapping) else None
    asked = captioning.get("backend") if isinstance(captioning, Mapping) else None
    if _is_list(tasks) and "cognition" in tasks and asked != "openai":
        yield ("questions", "tasks"), "cognition needs a model that writes the questions: captioning.backend: openai"


def _split_rules(split: object) -> Iterator[Found]:
    shares = [split.get(key) for key in ("test", "validation")] if isinstance(split, Mapping) else []
    numbers = [share for share in shares if isinstance(share, int | float) and not isinstance(share, bool)]
    if len(numbers) > 1 and sum(numbers) >= 1:
        yield ("split",), f"test and validation take {sum(numbers):g} of the rows and leave none to train on"


def _repeated(place: tuple[str | int, ...], each: object, *key: str) -> Iterator[Found]:
    """Yield the entries of a list that are there already; entries that are mappings are told apart by `key`."""
    seen: set[str] = set()
    for at, one in enumerate(each if _is_list(each) else ()):
        name = one.get(*key) if isinstance(one, Mapping) and key else one
        if isinstance(name, str) and isinstance(one, Mapping) == bool(key):
            if name in seen:
                yield (*place, at, *key), f'"{name}" is given twice'
            seen.add(name)


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _listed(words: Sequence[str], conjunction: str) -> str:
    """Return "a, b or c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
