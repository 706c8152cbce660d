"""Takedown: turns "this must go" into decisions that also keep it out when it comes again."""

import getpass
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline import store
from pipeline.decisions import REMOVED, Decision, in_force, normal, read, selectors, takedown_of
from pipeline.store import part_path, read_rows
from pipeline.workspace import FIGURES, GROUPS, PANELS, Workspace
from schemas.errors import UsageError
from schemas.records import Record

# A retraction or a changed licence is a matter of one article: the same picture published elsewhere, under that
# place's own licence, may stay. Any other reason (privacy, a request, an error) speaks of the picture itself.
_OF_ONE_RECORD = ("retract", "withdraw", "licen")

_SHA256 = re.compile("[0-9a-f]{64}")
_NAMES = ["id", "source_id", "source_sha256", "article.doi", "caption"]
_COPIES, _PARTS = frozenset({"copy", "oriented"}), frozenset({"crop", "inset"})
"""Kinds of edges: the same picture, and a part of one."""


class Takedown(Record):
    """What must go, why, and who says so."""

    field: str
    """One of `pipeline.decisions.SELECTORS`."""
    value: str
    reason: str
    who: str
    when: datetime


@dataclass(frozen=True)
class Going:
    """A figure that a takedown names and that still stands."""

    sha256: str
    captions: tuple[str, ...]
    """Its own, and those of its panels."""


def asked_takedown(named: Mapping[str, str | None], reason: str) -> Takedown:
    """Return what must go by the one field that is named.

    Raises:
        UsageError: none is named, or several are; or the digest is none.
    """
    given = [(field, value) for field, value in named.items() if value and normal(field, value)]
    if len(given) != 1:
        raise UsageError("name what is to go by one of --doi, --id, --sha256, --source-id.", where="bricks remove")
    field, value = given[0]
    if field == "sha256" and not _SHA256.fullmatch(normal(field, value)):
        raise UsageError("is no sha256.", where=f"--sha256 {value}", mend="It has 64 digits of 0-9 and a-f.")
    return Takedown(field=field, value=value, reason=reason, who=who_asks(), when=datetime.now(UTC))


def who_asks() -> str:
    """Return the name of the user at the keyboard."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def decisions_of(workspace: Workspace, takedown: Takedown) -> list[Decision]:
    """Return the decisions that carry out a takedown here and for all that is harvested later.

    An id of a panel stands for its figure. Unless the reason is a matter of one article, every copy of the same
    picture goes with it, changed ones too, and what shows a part of it or is a part of it.
    """
    value = _selected(workspace, takedown)
    said = [_decision(takedown, takedown.field, value)]
    if not takedown.reason.lower().startswith(_OF_ONE_RECORD):
        named = set(_digests(workspace, takedown.field, value))
        digests = sorted(named | set(alike_digests(workspace, named)))
        said += [_decision(takedown, "sha256", digest) for digest in digests if digest != value]
    return said


def outlook(workspace: Workspace, takedown: Takedown) -> str:
    """Return what is told of a takedown once its decisions are kept: how many figures go, or that none is here."""
    value = _selected(workspace, takedown)
    count = sum(1 for _ in _digests(workspace, takedown.field, value))
    if count:
        figures = "1 figure here is" if count == 1 else f"{count} figures here are"
        return f"{figures} named; what is named stays out from now on"
    decided = in_force(read(workspace.decisions), FIGURES).get(value, ())
    known = any(one.field == takedown.field and one.after == REMOVED for one in decided)
    none = "is taken out already" if known else "names nothing here yet"
    return f"{takedown.field.replace('_', '-')} {takedown.value} {none}; what is named stays out from now on"


def going(workspace: Workspace) -> Iterator[Going]:
    """Yield the figures that takedowns in force name and that still stand."""
    decided = in_force(read(workspace.decisions), FIGURES)
    figures = workspace.stage(FIGURES)
    for number in store.part_numbers(figures) if decided else ():
        named = {row["id"]: row for row in read_rows(part_path(figures, number), _NAMES, batch=1024)}
        found = {key: row for key, row in named.items() if takedown_of(decided, _selectors(row)) is not None}
        captions = _panel_captions(workspace, number, found.keys()) if found else {}
        for key, row in found.items():
            yield Going(row["source_sha256"], (row["caption"], *captions.get(key, ())))


def _panel_captions(workspace: Workspace, number: int, figures: Collection[str]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    path = part_path(workspace.stage(PANELS), number)
    for row in read_rows(path, ["figure_id", "subcaption"], batch=1024) if path.is_file() else ():
        if row["figure_id"] in figures:
            told.setdefault(row["figure_id"], []).append(row["subcaption"])
    return told


def _selectors(row: Mapping[str, Any]) -> dict[str, str | None]:
    doi = (row["article"] or {}).get("doi")
    return selectors(row["id"], row["source_sha256"], row["source_id"], doi)


def _decision(takedown: Takedown, field: str, value: str) -> Decision:
    return Decision(
        who=takedown.who,
        when=takedown.when,
        queue="takedown",
        stage=FIGURES,
        id=value,
        field=field,
        before=takedown.value,
        after=REMOVED,
        reason=takedown.reason,
    )


def alike_digests(workspace: Workspace, digests: set[str]) -> Iterator[str]:
    """Yield the digests of the pictures that `3-groups` knows to show the same as those with these digests."""
    figures = workspace.stage(FIGURES)
    files = {
        (number, at): row["source_sha256"]
        for number in store.part_numbers(figures)
        for at, row in enumerate(read_rows(part_path(figures, number), ["source_sha256"], batch=4096))
    }
    digest_of: dict[str, str] = {}
    near: dict[str, list[tuple[str, str]]] = {}
    for row in read_rows(part_path(workspace.stage(GROUPS), 0), ["id", "part", "figure_row", "edges"], batch=4096):
        digest = files.get((row["part"], row["figure_row"]))
        if digest and (row["edges"] or digest in digests):
            digest_of[row["id"]] = digest
            near[row["id"]] = [(edge["id"], edge["kind"]) for edge in row["edges"]]
    copies = _reached({key for key, digest in digest_of.items() if digest in digests}, near)
    shown = {other for key in copies for other, kind in near.get(key, ()) if kind in _PARTS}
    yield from (digest_of[key] for key in copies | shown if key in digest_of)


def _reached(start: set[str], near: Mapping[str, Sequence[tuple[str, str]]]) -> set[str]:
    """Return all that copies of copies lead to."""
    reached, waiting = set(start), list(start)
    while waiting:
        for other, kind in near.get(waiting.pop(), ()):
            if kind in _COPIES and other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


def _selected(workspace: Workspace, takedown: Takedown) -> str:
    value = normal(takedown.field, takedown.value)
    if takedown.field == "sha256":
        return _file_of_rendering(workspace, value)
    return _figure_id(workspace, value) if takedown.field == "id" else value


def _file_of_rendering(workspace: Workspace, digest: str) -> str:
    """Return the digest of the source's file of which the picture with this digest was made in the dataset.

    A panel's picture may be a crop or a rendering, and a question's may have a bar drawn into it.
    """
    for path in sorted(workspace.dataset.glob("*/*.parquet")):
        for row in read_rows(path, ["id", "panel_id", "image_sha256", "source_sha256"], batch=4096):
            if row["image_sha256"] == digest:
                figure = _figure_id(workspace, row.get("panel_id") or row["id"])
                return row.get("source_sha256") or next(_digests(workspace, "id", figure), digest)
    return digest


def _figure_id(workspace: Workspace, record_id: str) -> str:
    folder = workspace.stage(PANELS)
    for number in store.part_numbers(folder):
        for row in read_rows(part_path(folder, number), ["id", "figure_id"], batch=4096):
            if row["id"] == record_id:
                return str(row["figure_id"])
    return record_id


def _digests(workspace: Workspace, field: str, value: str) -> Iterator[str]:
    """Yield the digests of the pictures that a takedown names."""
    folder = workspace.stage(FIGURES)
    for number in store.part_numbers(folder):
        path = part_path(folder, number)
        for row in read_rows(path, ["id", "source_id", "source_sha256", "article.doi"], batch=4096):
            if value == _selectors(row)[field]:
                yield row["source_sha256"]
