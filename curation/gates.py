"""Gates: small questions that let a panel go on, drop it with a reason, or hold it for a reviewer."""

from collections.abc import Callable, Sequence
from typing import Literal

from schemas.licence import stricter
from schemas.records import Box, Elsewhere, Group, Record, Verdict

LICENSE_QUEUE = "licenses"


class Candidate(Record):
    """A panel with all that the gates look at."""

    box: Box
    group: Group
    license: str | None
    license_evidence: str | None
    third_party: bool
    caption: str
    has_facts: bool


class Answer(Record):
    """What a gate says: go on, drop or hold, with a machine-readable reason and its evidence."""

    gate: str
    says: Literal["keep", "drop", "hold"]
    reason: str
    evidence: str

    def verdict(self) -> Verdict:
        """Return the answer as it is kept with the row."""
        return Verdict(gate=self.gate, verdict=self.reason, evidence=self.evidence)


Gate = Callable[[Candidate], Answer]


def governing_license(own: str | None, elsewhere: Sequence[Elsewhere]) -> str | None:
    """Return the strictest of the picture's own licence and those known of its copies elsewhere."""
    for copy in elsewhere:
        if own is not None and copy.license is not None:
            own = stricter(own, copy.license)
    return own


def original(candidate: Candidate) -> Answer:
    """Keep one of several copies of a picture."""
    group = candidate.group
    if group.keeps:
        return Answer(gate="original", says="keep", reason="original", evidence="")
    elsewhere = ", ".join(sorted({copy.source_id for copy in group.also_in})) or group.source_id
    evidence = f"the same picture stays as {group.keeper} (also in {elsewhere})"
    return Answer(gate="original", says="drop", reason="duplicate", evidence=evidence)


def licensed(allowed: Sequence[str]) -> Gate:
    """Keep what a licence in `allowed` covers; hold what states a licence that nobody could read."""

    def gate(candidate: Candidate) -> Answer:
        evidence = candidate.license_evidence or ""
        governing = governing_license(candidate.license, candidate.group.also_in)
        if candidate.third_party:
            return _license("drop", "third_party", evidence)
        if governing is None:
            return _license("hold", "license_unclear", evidence) if evidence else _NO_LICENSE
        if governing not in allowed:
            return _license("drop", "license_not_allowed", f"{governing}: {evidence}")
        return _license("keep", governing, evidence)

    return gate


def _license(says: Literal["keep", "drop", "hold"], reason: str, evidence: str) -> Answer:
    return Answer(gate="license", says=says, reason=reason, evidence=evidence)


_NO_LICENSE = _license("drop", "license_unknown", "the source states none")


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


def judge(candidate: Candidate, gates: Sequence[Gate]) -> tuple[list[Answer], Answer | None]:
    """Return the answers up to the first that doesn't keep, and that one; None when all keep."""
    answers: list[Answer] = []
    for gate in gates:
        answers.append(gate(candidate))
        if answers[-1].says != "keep":
            return answers, answers[-1]
    return answers, None
