"""Gates: small questions that let a panel go on, drop it with a reason, or hold it for a reviewer."""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Literal

from schemas.licence import permits, stricter
from schemas.panel_records import Conflict
from schemas.records import Box, Elsewhere, Group, Record, Verdict

LICENSE_QUEUE = "licenses"

EMBEDDING = "embedding"
"""The check of contamination that is counted apart."""

TAGS, PANELS_QUEUE, KINDS = "tags", "panels", "kinds"
"""Of what a queue of the manifest asks: tags that disagree, figures that can't be split, kinds that aren't sure."""


class Candidate(Record):
    """A panel with all that the gates look at."""

    box: Box
    is_whole: bool = True
    """True where the panel is all of its figure."""
    group: Group
    license: str | None
    license_evidence: str | None
    license_is_read: bool = False
    """True where a reviewer read what isn't stated plainly, here or of a copy."""
    third_party: bool
    caption: str
    has_facts: bool
    conflicts: tuple[Conflict, ...] = ()
    kind: str | None = None
    kind_confidence: float | None = None


class Answer(Record):
    """What a gate says: go on, drop or hold, with a machine-readable reason and its evidence."""

    gate: str
    says: Literal["keep", "drop", "hold"]
    reason: str
    evidence: str
    queue: str = ""
    """Whom a hold waits for."""

    def verdict(self) -> Verdict:
        """Return the answer as it is kept with the row."""
        return Verdict(gate=self.gate, verdict=self.reason, evidence=self.evidence)


Gate = Callable[[Candidate], Answer]


def governing_license(own: str | None, copies: Iterable[str | None]) -> str | None:
    """Return the strictest of the picture's own licence and those of its copies; None where one isn't known."""
    return reduce(stricter, copies, own)


def original(candidate: Candidate) -> Answer:
    """Keep one of several copies of a picture."""
    group = candidate.group
    if group.keeps:
        return Answer(gate="original", says="keep", reason="original", evidence="")
    if group.keeper is None:
        evidence = "a newer state of the same entry is there, and its pictures stay"
        return Answer(gate="original", says="drop", reason="duplicate", evidence=evidence)
    if group.keeper == group.id:
        evidence = "the same figure was found twice, and stays once"
    else:
        evidence = f"{_likeness(group)} stays as {group.keeper} of {_places(group)}, cluster {group.duplicate_cluster}"
    return Answer(gate="original", says="drop", reason="duplicate", evidence=evidence)


def _places(group: Group) -> str:
    return ", ".join(f"{copy.source} {copy.source_id}" for copy in group.also_in)


def _likeness(group: Group) -> str:
    """Return what stays for a panel, and how that is known."""
    edge = next((edge for edge in group.edges if edge.id == group.keeper), None)
    if edge is None:
        return "the same picture"
    what = {"copy": "the same picture", "oriented": "the same picture, turned or inverted,"}
    named = what.get(edge.kind, "a picture that shows all of this one")
    if edge.by == "review":
        return f"{named} ({edge.kind}, as a reviewer decided)"
    return f"{named} ({edge.kind}, {edge.share:.0%} of the blocks agree, hashes {edge.distance} bits apart)"


def _known_copies(candidate: Candidate) -> list[Elsewhere]:
    """Return the copies whose licence counts: all, but for those that a reviewer has read already."""
    return [copy for copy in candidate.group.also_in if copy.license or not candidate.license_is_read]


def _governing(candidate: Candidate) -> str | None:
    return governing_license(candidate.license, (copy.license for copy in _known_copies(candidate)))


def licensed(allowed: Sequence[str]) -> Gate:
    """Keep what a licence in `allowed` covers; hold what states a licence that nobody could read."""

    def gate(candidate: Candidate) -> Answer:
        if candidate.third_party:
            return _license("drop", "third_party", candidate.license_evidence or "")
        if candidate.license is None and not candidate.license_evidence:
            return _NO_LICENSE
        governing = _governing(candidate)
        evidence = _evidence(candidate, _known_copies(candidate))
        if governing is None:
            return _license("hold", "license_unclear", evidence)
        if governing not in allowed:
            return _license("drop", "license_not_allowed", f"{governing}: {evidence}")
        return _license("keep", governing, evidence)

    return gate


def _evidence(candidate: Candidate, copies: Iterable[Elsewhere]) -> str:
    """Return the words of the picture's own licence, and where a copy of it has another one."""
    own = candidate.license_evidence or ""
    others = [
        f"{copy.license or 'no licence that is known'} in {copy.source} {copy.source_id}"
        for copy in copies
        if copy.license != candidate.license
    ]
    if not others:
        return own
    here = f"{candidate.license or 'unclear'} in {candidate.group.source_id} ({own})"
    return f"of the copies of a picture the strictest licence governs: {'; '.join([here, *others])}"


def _license(says: Literal["keep", "drop", "hold"], reason: str, evidence: str) -> Answer:
    queue = LICENSE_QUEUE if says == "hold" else ""
    return Answer(gate="license", says=says, reason=reason, evidence=evidence, queue=queue)


_NO_LICENSE = _license("drop", "license_unknown", "the source states none")


def unadapted(candidate: Candidate) -> Answer:
    """Keep a part of a figure only where its licence lets adaptations be shared; a whole figure always."""
    if candidate.is_whole:
        return Answer(gate="adaptation", says="keep", reason="whole", evidence="")
    governing = _governing(candidate)
    if permits(governing).crop:
        return Answer(gate="adaptation", says="keep", reason="crop_permitted", evidence=governing or "")
    evidence = f"{governing}: {_evidence(candidate, _known_copies(candidate))}"
    return Answer(gate="adaptation", says="drop", reason="license_forbids_crop", evidence=evidence)


def large_enough(short_side_px: int) -> Gate:
    """Keep panels whose shorter side is at least `short_side_px`."""

    def gate(candidate: Candidate) -> Answer:
        left, top, right, bottom = candidate.box
        side = min(right - left, bottom - top)
        if side < short_side_px:
            evidence = f"short side {side} px < {short_side_px} px"
            return Answer(gate="size", says="drop", reason="too_small", evidence=evidence)
        return Answer(gate="size", says="keep", reason="large_enough", evidence=f"short side {side} px")

    return gate


def uncontaminated(candidate: Candidate) -> Answer:
    """Keep what no benchmark holds; likeness by an encoder is told, and decides nothing."""
    hits = [hit for hit in candidate.group.contamination if hit.check != EMBEDDING]
    if not hits:
        return Answer(gate="contamination", says="keep", reason="uncontaminated", evidence="")
    told = ", ".join(f"{hit.benchmark} by {hit.check} ({hit.score:.2f})" for hit in hits)
    return Answer(gate="contamination", says="drop", reason="contaminated", evidence=f"is in {told}")


def worded(candidate: Candidate) -> Answer:
    """Keep panels of which something is said: a caption, or named facts."""
    if candidate.caption or candidate.has_facts:
        return Answer(gate="words", says="keep", reason="worded", evidence="")
    return Answer(gate="words", says="drop", reason="no_caption", evidence="no caption and no facts")


def of_kind(keep: Sequence[str], threshold: float, queue: str) -> Gate:
    """Keep panels of the kinds in `keep`; what is less sure than `threshold` waits in `queue`, or leaves."""

    def gate(candidate: Candidate) -> Answer:
        kind, sure = candidate.kind or "unknown", candidate.kind_confidence or 0.0
        evidence = f"{kind}, {sure:.2f} sure; wanted: {', '.join(keep)}"
        if sure >= threshold:
            says: Literal["keep", "drop"] = "keep" if kind in keep else "drop"
            return Answer(gate=KINDS, says=says, reason=kind if kind in keep else "kind_not_kept", evidence=evidence)
        if queue:
            return Answer(gate=KINDS, says="hold", reason="kind_unsure", evidence=evidence, queue=queue)
        return Answer(gate=KINDS, says="drop", reason="kind_unsure", evidence=evidence)

    return gate


def agreed(about: Literal["tags", "panels"], queue: str) -> Gate:
    """Hold panels of which a column has two values, or whose figure may have more panels, for a reviewer of `queue`."""

    def gate(candidate: Candidate) -> Answer:
        conflicts = conflicts_about(about, candidate.conflicts)
        if not conflicts:
            return Answer(gate=about, says="keep", reason="agreed", evidence="")
        told = (f"{one.field}: {one.chosen or 'none'} or {one.other} ({one.reason})" for one in conflicts)
        return Answer(gate=about, says="hold", reason=f"{about}_conflict", evidence="; ".join(told), queue=queue)

    return gate


def conflicts_about(about: str, conflicts: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """Return the conflicts that the reviewers of tags, or those of panels, decide."""
    return tuple(one for one in conflicts if (one.field == PANELS_QUEUE) == (about == PANELS_QUEUE))


def judge(candidate: Candidate, gates: Sequence[Gate]) -> tuple[list[Answer], Answer | None]:
    """Return the answers up to the first that doesn't keep, and that one; None when all keep."""
    answers: list[Answer] = []
    for gate in gates:
        answers.append(gate(candidate))
        if answers[-1].says != "keep":
            return answers, answers[-1]
    return answers, None
