"""Change log: what was taken out and what each published version changed, as files and as a section of the card.

`tombstones.jsonl` names what was taken down, so that who holds an older version knows what to delete, and whoever
builds the dataset anew keeps it out. `changes.jsonl` has a line for each published version that another followed.
Both are computed: from the decisions of the workspace and from what the Hub holds.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import decisions
from pipeline.decisions import REMOVED, SELECTORS, Decision, normal
from pipeline.workspace import FIGURES, Workspace, read_json, write_whole

TOMBSTONES, CHANGES = "tombstones.jsonl", "changes.jsonl"
REMEMBERED = "published.json"
"""In the workspace: what the Hub told of earlier versions when it was asked last."""

_OPENS, _ENDS = "<!-- changes -->\n", "<!-- end of changes -->\n"
"""Where the section stands in the card."""
_OF_AN_ARTICLE = {"retract": "retracted", "withdraw": "withdrawn", "licen": "license"}
"""Reasons that are public knowledge about one article: it may be named."""
_OF_A_PERSON = frozenset({"request", "privacy", "consent", "error", "copyright"})
"""Other reasons that are told by this word; any other one stays here, since people write names into reasons."""
_SHOWN = 50


@dataclass(frozen=True, order=True)
class Tombstone:
    """Something that must be in no version any more; it says neither who asked nor whom it is about."""

    day: str
    field: str
    value: str
    reason: str


@dataclass(frozen=True)
class ChangeLog:
    """What a dataset tells of its life."""

    tombstones: tuple[Tombstone, ...] = ()
    changes: tuple[Mapping[str, Any], ...] = ()
    """One for each version that another followed: its name and commit, what the next one changed in each view, and
    which panels it left out."""


def log_of(workspace: Workspace) -> ChangeLog:
    """Return what is known here: the takedowns in force, and what the Hub told when it was asked last."""
    known = remembered(workspace)
    return ChangeLog(merged(known.tombstones, tombstones_here(workspace)), known.changes)


def tombstones_here(workspace: Workspace) -> tuple[Tombstone, ...]:
    """Return the takedowns in force here as they may be published.

    A retraction or a licence is public, and its article is named. Whatever else is the reason, the article may lead to
    a person: then only the digests of its pictures' files are told, which lead whoever has the rows to them, and
    nobody else anywhere.
    """
    force = decisions.in_force(decisions.read(workspace.decisions), FIGURES)
    each = (_tombstone(one) for many in force.values() for one in many if one.after == REMOVED)
    return merged(filter(None, each))


def _tombstone(decision: Decision) -> Tombstone | None:
    reason = decision.reason.strip().lower()
    public = next((word for start, word in _OF_AN_ARTICLE.items() if reason.startswith(start)), None)
    if decision.field not in SELECTORS or (public is None and decision.field != "sha256"):
        return None
    word = re.match(r"[a-z]*", reason)
    told = public or (word[0] if word and word[0] in _OF_A_PERSON else "other")
    return Tombstone(decision.when.astimezone(UTC).date().isoformat(), decision.field, decision.id, told)


def merged(*many: Iterable[Tombstone]) -> tuple[Tombstone, ...]:
    """Return all tombstones, each thing once, as it was told first."""
    first: dict[tuple[str, str], Tombstone] = {}
    for one in sorted(stone for each in many for stone in each):
        first.setdefault((one.field, one.value), one)
    return tuple(sorted(first.values()))


def as_decisions(tombstones: Iterable[Tombstone], known: Iterable[Decision]) -> list[Decision]:
    """Return the decisions that keep out here what was taken out of a published dataset, beside those `known`."""
    there = {(one.field, one.id) for one in known if one.stage == FIGURES}
    return [_decision(stone) for stone in tombstones if (stone.field, stone.value) not in there]


def _decision(stone: Tombstone) -> Decision:
    return Decision(
        who="the published dataset",
        when=datetime.fromisoformat(stone.day).replace(tzinfo=UTC),
        queue="takedown",
        stage=FIGURES,
        id=stone.value,
        field=stone.field,
        before=stone.value,
        after=REMOVED,
        reason=stone.reason,
    )


def named_by(tombstones: Iterable[Tombstone], rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Tombstone]]:
    """Yield (id, tombstone) of the published rows that a tombstone names."""
    known = {(stone.field, stone.value): stone for stone in tombstones}
    for row in rows:
        doi = row["doi"] and normal("doi", row["doi"])
        names = (("id", row["id"]), ("source_id", row["source_id"]), ("doi", doi))
        sums = (("sha256", row["source_sha256"]), ("sha256", row["image_sha256"]))
        if found := next((known[name] for name in (*names, *sums) if name in known), None):
            yield str(row["id"]), found


def read_tombstones(content: bytes) -> tuple[Tombstone, ...]:
    """Return the tombstones of a file.

    Raises:
        ValueError: it holds others.
    """
    return tuple(_checked(json.loads(line)) for line in content.decode().splitlines())


def _checked(said: Any) -> Tombstone:  # noqa: ANN401  (JSON)
    stone = Tombstone(**said) if isinstance(said, dict) and said.keys() == Tombstone.__annotations__.keys() else None
    if stone is None or not all(isinstance(value, str) for value in asdict(stone).values()):
        raise ValueError("is no tombstone")
    if stone.field not in SELECTORS or not stone.value:
        raise ValueError(f"names nothing by {stone.field!r}")
    datetime.fromisoformat(stone.day)
    return stone


def read_changes(content: bytes) -> tuple[Mapping[str, Any], ...]:
    """Return the lines of a file of changes.

    Raises:
        ValueError: it holds something else.
    """
    lines = tuple(json.loads(line) for line in content.decode().splitlines())
    if not all(isinstance(one, dict) and one.keys() == {"since", "commit", "views", "removed"} for one in lines):
        raise ValueError("is no change of a version")
    return lines


def remembered(workspace: Workspace) -> ChangeLog:
    """Return what the Hub told when it was asked last; nothing where it never was."""
    said = read_json(workspace.root / REMEMBERED)
    try:
        return ChangeLog(tuple(map(_checked, said["tombstones"])), tuple(said["changes"]))
    except (KeyError, TypeError, ValueError):  # absent or damaged: the Hub tells again
        return ChangeLog()


def remember(workspace: Workspace, log: ChangeLog) -> None:
    """Keep what the Hub told, for datasets that are made here before it is asked again."""
    said = {"tombstones": [asdict(one) for one in log.tombstones], "changes": list(log.changes)}
    write_whole(workspace.root / REMEMBERED, (json.dumps(said, sort_keys=True) + "\n").encode())


def write_log(folder: Path, log: ChangeLog) -> None:
    """Write both files beside the views, each only where it has a line, and the section into the card."""
    lines = {TOMBSTONES: [asdict(one) for one in log.tombstones], CHANGES: log.changes}
    for name, told in lines.items():
        text = "".join(f"{json.dumps(one, sort_keys=True)}\n" for one in told)
        if text:
            write_whole(folder / name, text.encode())
        else:
            (folder / name).unlink(missing_ok=True)
    card = folder / "README.md"
    before, _, rest = card.read_text(encoding="utf-8").partition(_OPENS)
    _, _, after = rest.partition(_ENDS)
    write_whole(card, f"{before}{_OPENS}{section(log)}{_ENDS}{after}".encode())


def section(log: ChangeLog) -> str:
    """Return the card's section, or nothing where nothing has changed since the first version."""
    if not log.tombstones and not log.changes:
        return ""
    return "\n".join(["## Changes", "", *_versions(log.changes), *_taken_out(log.tombstones, log.changes)]) + "\n"


def _versions(changes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not changes:
        return
    yield f"What each version changed, row by row; `{CHANGES}` names the panels that were left out."
    yield ""
    yield "| after | view | rows before | rows after | added | removed | changed |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for one in changes:
        for view, told in sorted(one["views"].items()):
            counts = (told[name] for name in ("rows_before", "rows_after", "added", "removed", "changed"))
            yield f"| {one['since']} | {view} | {' | '.join(map(str, counts))} |"
    yield ""


def _taken_out(tombstones: Sequence[Tombstone], changes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not tombstones:
        return
    yield "### Taken out"
    yield ""
    yield f"Delete these from any copy of an earlier version: `{TOMBSTONES}` names all {len(tombstones)}. `sha256` is"
    yield "that of a picture's file: `panels` and `segmentation` hold it in `source_sha256`, or in `image_sha256`"
    yield "where the file is shown as it is. Who asked is not told."
    if changes:
        yield "`conversations` and `questions` hold only the sums of pictures as they are shown there: their rows are"
        yield "those whose `id` (`conversations`) or `panel_id` (`questions`) is among the panels that"
        yield f"`{CHANGES}` lists as `removed`."
    yield ""
    yield "| day | reason | by | value |"
    yield "|---|---|---|---|"
    for stone in tombstones[-_SHOWN:]:
        yield f"| {stone.day} | {stone.reason} | {stone.field} | `{stone.value}` |"
    if len(tombstones) > _SHOWN:
        yield ""
        yield f"The latest {_SHOWN} are shown."
    yield ""
