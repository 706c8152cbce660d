"""Conformance: what a plug-in connector must pass, one function a promise; for its author's tests and for the door.

Each function takes a bench (`pipeline.conformance_bench.bench_for`) and returns what was done and what was seen.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pipeline.conformance_bench import Bench, BrokenError, bench_for
from pipeline.conformance_damage import hostile_input
from pipeline.conformance_finding import Finding
from pipeline.conformance_rows import licence, nothing_vanishes, schema
from pipeline.conformance_runs import determinism, resume
from pipeline.conformance_secrets import secrets
from pipeline.conformance_wire import rate

__all__ = [
    "CHECKS",
    "Bench",
    "Finding",
    "bench_for",
    "conform",
    "determinism",
    "hostile_input",
    "licence",
    "nothing_vanishes",
    "rate",
    "resume",
    "schema",
    "secrets",
]

Check = Callable[[Bench], Finding]


def _asked(check: Check, bench: Bench) -> Finding:
    """Return what a check finds; a run that ends by a bug is what it found, and the other checks go on."""
    try:
        return check(bench)
    except BrokenError as error:
        return Finding(check.__name__, passed=False, done="ran it", seen=f"{error.where}: {error.what}")


CHECKS: Mapping[str, Check] = {
    check.__name__: partial(_asked, check)
    for check in (schema, nothing_vanishes, licence, determinism, resume, rate, secrets, hostile_input)
}
"""In the order they are asked in."""


def conform(name: str, environ: Mapping[str, str], *, manifest: Path | None = None) -> Iterator[Finding]:
    """Yield what each check finds of the connector `name`; nothing stays on disk.

    Raises:
        UsageError: there is no such connector, or its manifest doesn't run by itself.
    """
    with _folder() as root:
        bench = bench_for(name, root, environ, manifest=manifest)
        for check in CHECKS.values():
            yield check(bench)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bricks-kit-") as made:
        yield Path(made)


def told(found: Mapping[str, object]) -> str:
    """Return a finding as a line for a person.

    >>> told({"check": "rate", "passed": True, "done": "ran it", "seen": "no request"})
    'passes  rate              ran it: no request'
    """
    word = "passes" if found["passed"] else "FAILS "
    return f"{word}  {found['check']:<16}  {found['done']}: {found['seen']}"
