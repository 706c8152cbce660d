"""Gates: small questions that let a panel go on, drop it with a reason, or hold it for a reviewer."""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Literal

from schemas.licence import permits, stricter
from schemas.records import Box, Conflict, Elsewhere, Group, Record, Verdict

LICENSE_QUEUE = "licenses"

TAGS = "tags"
"""Of what a queue of the manifest asks: panels whose tags disagree."""


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
    places = ", ".join(f"{copy.source} {copy.source_id}" for copy in group.also_in)
    if group.keeper == group.id:
        evidence = "the same figure was found twice, and stays once"
    else:
        evidence = f"the same picture stays as {group.keeper} of {places}"
    return Answer(gate="original", says="drop", reason="duplicate", evidence=evidence)


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


def worded(candidate: Candidate) -> Answer:
    """Keep panels of which something is said: a caption, or named facts."""
    if candidate.caption or candidate.has_facts:
        return Answer(gate="words", says="keep", reason="worded", evidence="")
    return Answer(gate="words", says="drop", reason="no_caption", evidence="no caption and no facts")


def agreed(queue: str) -> Gate:
    """Hold panels whose words or facts give a column two values, for a reviewer of `queue`."""

    def gate(candidate: Candidate) -> Answer:
        if not candidate.conflicts:
            return Answer(gate="tags", says="keep", reason="agreed", evidence="")
        told = (f"{one.field}: {one.chosen or 'none'} or {one.other} ({one.reason})" for one in candidate.conflicts)
        return Answer(gate="tags", says="hold", reason="tags_conflict", evidence="; ".join(told), queue=queue)

    return gate


def judge(candidate: Candidate, gates: Sequence[Gate]) -> tuple[list[Answer], Answer | None]:
    """Return the answers up to the first that doesn't keep, and that one; None when all keep."""
    answers: list[Answer] = []
    for gate in gates:
        answers.append(gate(candidate))
        if answers[-1].says != "keep":
            return answers, answers[-1]
    return answers, None
