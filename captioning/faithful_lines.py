"""Faithful lines: texts with their evidence to the lines of `bricks faithful`; a bad line costs only itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from captioning.faithful import Verdict, judge
from pipeline.plain_lines import lines_of

MOST_TEXT = 2_000_000
"""Characters of a text with its evidence."""


class Draft(BaseModel):
    """A line of the file."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str | int
    evidence: list[str]
    text: str


def faithful_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield an answer for every line of a file of {"id", "evidence", "text"}, or what is wrong with it.

    Raises:
        UsageError: the file isn't there.
    """
    for number, line in lines_of(path, Draft):
        if isinstance(line, str):
            yield {"line": number, "error": line}
        elif len(line.text) + sum(map(len, line.evidence)) > MOST_TEXT:
            yield {"id": line.id, "line": number, "error": f"text and evidence longer than {MOST_TEXT} characters"}
        else:
            yield {"id": line.id, **_answer(judge(line.text, line.evidence))}


def _answer(verdict: Verdict) -> dict[str, Any]:
    return {
        "accepted": verdict.accepted,
        "unsupported": [found._asdict() for found in verdict.unsupported],
        "checks": {check.check: check.passed for check in verdict.checks},
    }
