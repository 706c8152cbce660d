"""Curate: the wing's verb; its three stages, and the last of them, where every gate gives its verdict."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from curation import groups, panels
from curation.gates import (
    KINDS,
    PANELS_QUEUE,
    TAGS,
    Answer,
    Candidate,
    Gate,
    agreed,
    conflicts_about,
    judge,
    large_enough,
    licensed,
    of_kind,
    original,
    unadapted,
    uncontaminated,
    worded,
)
from curation.lexicons import Ontologies
from curation.panel_contamination import Decontamination
from curation.panel_rows import Asked
from pipeline import store
from pipeline.decisions import Decided
from pipeline.engine import Notes, Planned, Stage, read_stamps
from pipeline.replay import Replay
from pipeline.seen import seen_of_conflicts, seen_of_kind, seen_of_license
from pipeline.store import fingerprint, part_path, read_rows
from pipeline.workspace import CURATED, FIGURES, GROUPS, PANELS, Workspace
from schemas.licence import stricter
from schemas.manifest import Manifest
from schemas.records import Curated, Dropped, Group, Held, Outcome

_PANEL_COLUMNS = ["box", "conflicts", "kind", "kind_confidence"]
_ASKED = (TAGS, PANELS_QUEUE, KINDS)
_COLUMNS = ["license", "license_evidence", "third_party", "caption", "facts", "mask.format", "width_px", "height_px"]


def stages(manifest: Manifest, folder: Path, ontologies: Ontologies | None = None) -> list[Stage]:
    """Return curation's stages, in their order; `ontologies` are those that the manifest asks for.

    `folder` is the manifest's, which its paths start from.

    Raises:
        UsageError: a benchmark isn't there.
    """
    told = manifest.curation
    asked = Asked(ontologies or Ontologies(), splits=told.panels, detector=told.detector, dedup=told.dedup)
    kept_out = Decontamination(told.decontaminate, folder, told.dedup, told.encoder)
    return [panels.stage(asked), groups.stage(kept_out), _stage(manifest)]


def _stage(manifest: Manifest) -> Stage:
    settings = {
        "licenses": sorted(manifest.licenses),
        "min_short_side_px": manifest.curation.min_short_side_px,
        "kinds": manifest.curation.kinds.model_dump(mode="json") if manifest.curation.kinds else None,
        "queues": {queue.origin: queue.name for queue in reversed(manifest.review.queues) if queue.origin in _ASKED},
    }
    return Stage(CURATED, 6, settings, Curated, _plan, partial(_work, settings), inputs=(FIGURES, PANELS, GROUPS))


def _plan(workspace: Workspace) -> dict[int, Planned]:
    grouped = store.read_stamp(workspace.stage(GROUPS), 0)
    digests = grouped.extra["digests"] if grouped else {}
    return {
        number: Planned(fingerprint(stamp.fingerprint, digests.get(str(number))), stamp.counts.kept)
        for number, stamp in read_stamps(workspace, PANELS).items()
    }


def gates(settings: Mapping[str, Any]) -> Sequence[Gate]:
    """Return the gates in the order they are asked; the first that doesn't keep decides."""
    side_px = settings["min_short_side_px"]
    asked = [original, licensed(settings["licenses"]), unadapted, uncontaminated, large_enough(side_px), worded]
    kinds, queues = settings.get("kinds"), settings.get("queues", {})
    asked += [of_kind(kinds["keep"], kinds["threshold"], queues.get(KINDS, ""))] if kinds else []
    asked += [agreed("panels", queues[PANELS_QUEUE])] if PANELS_QUEUE in queues else []
    asked += [agreed("tags", queues[TAGS])] if TAGS in queues else []
    return asked


def _work(
    settings: Mapping[str, Any], workspace: Workspace, number: int, decided: Decided, notes: Notes
) -> Iterator[Outcome]:
    asked, replay = gates(settings), Replay(decided, notes.ignored)
    for candidate in _candidates(workspace, number):
        yield _outcome(candidate, asked, replay)


def _candidates(workspace: Workspace, number: int) -> Iterator[Candidate]:
    figures = list(read_rows(part_path(workspace.stage(FIGURES), number), _COLUMNS))
    panels_of_part = read_rows(part_path(workspace.stage(PANELS), number), _PANEL_COLUMNS)
    grouped = (
        Group.model_validate(row) for row in read_rows(part_path(workspace.stage(GROUPS), 0), where=("part", number))
    )
    for panel, group in zip(panels_of_part, grouped, strict=True):
        figure, box = figures[group.figure_row], tuple(panel["box"])
        yield Candidate(
            box=box,
            is_whole=box == (0, 0, figure["width_px"], figure["height_px"]),
            group=group,
            license=figure["license"],
            license_evidence=figure["license_evidence"],
            third_party=figure["third_party"],
            caption=figure["caption"],
            has_facts=bool(figure["facts"]) or figure["mask"] is not None,
            conflicts=panel["conflicts"],
            kind=panel["kind"],
            kind_confidence=panel["kind_confidence"],
        )


def _licence(candidate: Candidate) -> str:
    """Return the hash of what a reviewer of a licence is shown."""
    told = {name: getattr(candidate, name) for name in ("license", "license_evidence", "third_party")}
    return seen_of_license(told, candidate.group.also_in)


def _kind(candidate: Candidate) -> str:
    """Return the hash of what a reviewer of a kind is shown."""
    return seen_of_kind(candidate.kind, candidate.kind_confidence, candidate.box)


def _conflicting(about: str, candidate: Candidate) -> str:
    """Return the hash of what a reviewer of a queue of conflicts is shown."""
    return seen_of_conflicts(conflicts_about(about, candidate.conflicts))


def _as_decided(candidate: Candidate, replay: Replay) -> Candidate:
    """Return the candidate as reviewers read its licence, settled its conflicts and named its kind."""
    decided = _licence_read(candidate, replay)
    for about in (TAGS, PANELS_QUEUE):
        said = replay.on(candidate.group.id, about, partial(_conflicting, about, candidate))
        if said is not None and said.after == "accept":
            settled = conflicts_about(about, decided.conflicts)
            left = tuple(one for one in decided.conflicts if one not in settled)
            decided = decided.model_copy(update={"conflicts": left})
    kind = replay.on(candidate.group.id, "kind", partial(_kind, candidate))
    if kind is not None and isinstance(kind.after, str):
        decided = decided.model_copy(update={"kind": kind.after, "kind_confidence": 1.0})
    return decided


def _licence_read(candidate: Candidate, replay: Replay) -> Candidate:
    """Return the candidate with the licence that a reviewer read out of its statement, or out of a copy's."""
    said = replay.on(candidate.group.id, "license", partial(_licence, candidate))
    if said is None or not isinstance(said.after, str):
        return candidate
    speaks_of_copy = candidate.license is not None and any(copy.license is None for copy in candidate.group.also_in)
    evidence = f"{candidate.license_evidence or ''} [{said.after} read by {said.who}]"
    read = stricter(candidate.license, said.after) if speaks_of_copy else said.after
    return candidate.model_copy(update={"license": read, "license_evidence": evidence, "license_is_read": True})


def _outcome(candidate: Candidate, asked: Sequence[Gate], replay: Replay) -> Outcome:
    shown = (_licence, _kind, partial(_conflicting, TAGS), partial(_conflicting, PANELS_QUEUE))
    verdict = replay.on(candidate.group.id, "verdict", *(partial(of, candidate) for of in shown))
    decided = _as_decided(candidate, replay)
    if verdict is not None and verdict.after == "drop":
        reason = verdict.reason or "rejected"
        return _left(
            candidate,
            Answer(gate="review", says="drop", reason="rejected", evidence=f"{verdict.who}: {reason}"),
        )
    answers, against = judge(decided, asked)
    return _left(decided, against) if against else _curated(decided, answers)


def _left(candidate: Candidate, answer: Answer) -> Dropped:
    said = {
        "id": candidate.group.id,
        "stage": CURATED,
        "reason": answer.reason,
        "detail": answer.evidence,
        "label": candidate.group.figure_label,
        "source_id": candidate.group.source_id,
    }
    return Held(**said, queue=answer.queue) if answer.queue else Dropped(**said)


def _curated(candidate: Candidate, answers: Sequence[Answer]) -> Curated:
    group = candidate.group
    (governing,) = (answer.reason for answer in answers if answer.gate == "license")
    return Curated(
        id=candidate.group.id,
        figure_id=candidate.group.figure_id,
        figure_row=candidate.group.figure_row,
        source_id=candidate.group.source_id,
        family=group.family,
        duplicate_cluster=group.duplicate_cluster,
        also_in=group.also_in,
        contamination=group.contamination,
        license=governing,
        verdicts=[answer.verdict() for answer in answers],
    )
