"""Manifest draft: from what a person says of a dataset to the text of a manifest, with a comment on each key."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Final

from schemas.draft_sources import ASKS, KINDS, Line, SourceDraft, Value
from schemas.errors import ManifestError, Problem
from schemas.licence_terms import SPDX, permits, requires_attribution, share_alike
from schemas.manifest_file import read_manifest
from schemas.manifest_parts import Part
from schemas.mask_presets import preset_names, preset_of

SCHEMA: Final = Path(__file__).resolve().parent / "published" / "manifest.schema.json"
_COLUMN: Final = 44
"""Where comments begin."""
_WIDEST: Final = 120
_PLAIN: Final = re.compile(r"[A-Za-z/][\w./@+-]*( [A-Za-z][\w./-]*)*|\d{4}-\d\d-\d\d")
_NO_TEXT: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})

_OPEN: Final = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-2.5", "CC-BY-2.0")
_ALIKE: Final = (*_OPEN, "CC-BY-SA-4.0", "CC-BY-SA-3.0")
LICENCE_SETS: Final = {
    "open": _OPEN,
    "alike": _ALIKE,
    "noncommercial": (*_ALIKE, "CC-BY-NC-4.0", "CC-BY-NC-3.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-SA-3.0"),
}
"""Words for the licences that are asked for most, each with those before it."""
SET_WORDS: Final = {
    "open": "any use, the author is named: CC0, CC BY",
    "alike": "these and CC BY-SA: what is made of them goes under the same licence",
    "noncommercial": "these and CC BY-NC(-SA): no commercial use, in views of their own",
}


class Draft(Part):
    """What somebody said of a dataset; empty: nothing yet."""

    name: str = ""
    contact: str | None = None
    licenses: tuple[str, ...] = ()
    sources: tuple[SourceDraft, ...] = ()
    repo: str | None = None


def permits_words(license_id: str) -> str:
    """Return what a licence permits and asks for, in a few words.

    >>> permits_words("CC-BY-NC-SA-4.0")
    'no commercial use, name the author, pass on under the same licence'
    """
    may = permits(license_id)
    said = ["any use" if may.commercial else "no commercial use"]
    said += ["name the author"] * requires_attribution(license_id)
    said += ["pass on under the same licence"] * share_alike(license_id)
    return ", ".join(said + ["no crops and no new captions"] * (not may.crop))


def let_in(draft: Draft) -> tuple[str, ...]:
    """Return the licences that may enter: those asked for, else the open ones and those of the draft's own sources."""
    return draft.licenses or tuple(dict.fromkeys([*_OPEN, *_own_licences(draft)]))


def _own_licences(draft: Draft) -> list[str]:
    return [found for source in draft.sources if (found := _licence_of(source)) in SPDX and found]


def _left_out(draft: Draft) -> str | None:
    """Return what is wrong where the licence of a source's own pictures isn't let in: all of them would be dropped."""
    allowed = let_in(draft)
    for source in draft.sources:
        found = _licence_of(source)
        if found in SPDX and found not in allowed:
            whose = "pictures of your own are" if source.value("license") else f"{source.value('preset')} is"
            words = next((f"`{word}` does, or " for word, ids in LICENCE_SETS.items() if found in ids), "")
            return f"must let in {found}, which {whose} under: {words}name it beside the others"
    return None


def _licence_of(source: SourceDraft) -> str | None:
    preset = source.value("preset")
    known = preset_of(str(preset)).license if preset in preset_names() else None
    return str(source.value("license") or known or "") or None


def complaint(draft: Draft) -> Problem | None:
    """Return the first mistake in what was said, if there is one; its line is of no file."""
    try:
        read_manifest(draft_text(draft, "manifest.yaml"), "")
    except ManifestError as error:
        return error.problems[0]
    unlet = _left_out(draft)
    return Problem("", 1, 1, "licenses", unlet) if unlet else None


def complaint_at(draft: Draft, place: str) -> str | None:
    """Return what is wrong at a place of the manifest, whatever else is not said yet."""
    said = {
        "name": draft.name or "x",
        "sources": draft.sources or (SourceDraft(type="images", given=(("path", "x"),)),),
    }
    try:
        read_manifest(draft_text(draft.model_copy(update=said), "manifest.yaml"), "")
    except ManifestError as error:
        return next((one.what for one in error.problems if f"{one.path}.".startswith(f"{place}.")), None)
    return _left_out(draft) if place == "licenses" else None


def draft_text(draft: Draft, file: str) -> str:
    """Return the manifest as it is written into `file`, with a comment on each key."""
    return "\n".join([*_head(draft, file), *_sources(draft), *_sections(draft)]) + "\n"


def _head(draft: Draft, file: str) -> Iterator[str]:
    yield schema_line()
    told = quote(file)
    yield f"# One YAML is one dataset: `bricks check {told}` says whether it is right, `bricks run {told}` makes it."
    yield _line("bricks: 1", "the version of this format")
    yield key_line("name", draft.name)
    if draft.contact:
        yield key_line("contact", draft.contact)
    yield _line("licenses:", "what may enter; everything else is dropped with its reason")
    yield from (_line(f"  - {scalar(one)}", permits_words(one)) for one in let_in(draft))


_TOP: Final = {
    "name": "names the dataset and its workspace below runs/",
    "contact": "whom a server may ask; goes into the User-Agent",
}


def key_line(key: str, value: str) -> str:
    """Return the line of a key at the top."""
    return _line(f"{key}: {scalar(value)}", _TOP[key])


def schema_line(schema: Path = SCHEMA) -> str:
    """Return the line by which editors find the schema of manifests."""
    return f"# yaml-language-server: $schema={schema}"


def _sources(draft: Draft) -> Iterator[str]:
    yield "sources:"
    for source in draft.sources:
        kind = KINDS[source.type]
        yield _line(f"  - type: {source.type}", kind.what)
        words = {ask.key: ask.comment for ask in ASKS}
        yield from (_line(f"    {key}: {_value(value)}", words[key]) for key, value in source.given)
        yield from (_line(f"    {text}", comment) for text, comment in _lines_of(source))


def _lines_of(source: SourceDraft) -> Iterator[Line]:
    kind = KINDS[source.type]
    if not source.is_file:
        yield from kind.lines
    elif not any(source.value(ask.key) for ask in kind.beside):
        yield from kind.file_lines
    if kind.owned and not source.value("license") and not source.value("preset"):
        yield Line("# license: CC-BY-4.0", "its owner's word; without it nothing is published")


def _sections(draft: Draft) -> Iterator[str]:
    yield _line("curation:", "what stays, and what is found out about it")
    yield _line("  min_short_side_px: 96", "smaller pictures are dropped: icons, badges")
    if any(KINDS[source.type].live and not KINDS[source.type].owned for source in draft.sources):
        yield _line("  kinds: {keep: [microscopy], threshold: 0.8}", "plots, gels and diagrams leave")
    yield _line("  # decontaminate: ['hub:jnirschl/uBench']", "benchmarks that it must not overlap with")
    yield _line("split: {by: family, test: 0.05, validation: 0.05}", "shares; what belongs together is never parted")
    repo = f"publish: {{repo: {scalar(draft.repo or 'org/name')}, private: true}}"
    yield _line(repo if draft.repo else f"# {repo}", "where `bricks publish` uploads to, after every gate")
    yield _line("on_error: {max_failure_rate: 0.05}", "of what may fail before a run counts as failed")


def _line(text: str, comment: str) -> str:
    """Return a line with its comment; one that is too long has it above."""
    line = f"{text:<{_COLUMN}} # {comment}"
    if len(line) <= _WIDEST:
        return line
    indent = " " * (len(text) - len(text.lstrip()))
    return f"{indent}# {comment}\n{text}"


def _value(value: Value) -> str:
    return scalar(value) if isinstance(value, str) else f"[{', '.join(map(scalar, value))}]"


def scalar(text: str) -> str:
    """Return a text as YAML reads it back, quoted where it has to be.

    >>> scalar("actin"), scalar("it's: 1")
    ('actin', "'it''s: 1'")
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text)
