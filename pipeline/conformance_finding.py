"""Conformance finding: what a check of the kit did, and what it saw."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A check's answer, in a line."""

    check: str
    passed: bool
    done: str
    seen: str

    def __str__(self) -> str:
        return f"{self.check}: {self.done}: {self.seen}"


_MOST_TOLD = 3


def finding(check: str, done: str, wrong: list[str], seen: str) -> Finding:
    """Return what a check found: the first things that are wrong, or `seen` where nothing is.

    >>> finding("schema", "read 2 rows", [], "all are right").seen
    'all are right'
    """
    if not wrong:
        return Finding(check, passed=True, done=done, seen=seen)
    more = f" and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
    return Finding(check, passed=False, done=done, seen="; ".join(wrong[:_MOST_TOLD]) + more)
