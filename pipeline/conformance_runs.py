"""Conformance runs: the same rows after any kill, with any number of workers, however the items came in."""

import hashlib
import random
from typing import Any

from pipeline.conformance_bench import Bench
from pipeline.conformance_finding import Finding, finding
from pipeline.conformance_rows import rows_of
from pipeline.workspace import FIGURES, Workspace

_KILLS = 3
_KILLED = 137


def print_of(place: Workspace) -> dict[str, str]:
    """Return a digest for every part of `1-figures` and what left it, over all but when bytes came over the network."""
    found = {}
    for path in sorted(place.stage(FIGURES).rglob("part-*.parquet")):
        side = path.parent.name if path.parent != place.stage(FIGURES) else ""
        found[f"{side}/{path.name}"] = ""
    for side in ("", "dropped", "failed"):
        digest = hashlib.sha256()
        for row in rows_of(place, FIGURES, side):
            digest.update(repr(_timeless(row)).encode("utf-8", "backslashreplace"))
        found[side or "rows"] = digest.hexdigest()
    return found


def _timeless(row: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in row.items() if name != "retrieved_at")


def _by_id(place: Workspace) -> dict[str, str]:
    return {
        f"{side} {row['id']} {row.get('reason', '')}": hashlib.sha256(
            repr(_timeless(row)).encode("utf-8", "backslashreplace")
        ).hexdigest()
        for side in ("", "dropped", "failed")
        for row in rows_of(place, FIGURES, side)
    }


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def determinism(bench: Bench) -> Finding:
    """Check that workers, and the runs in which items come in, change nothing."""
    slow, fast = bench.parallel
    wrong = [f"three workers made another {name}" for name in _differing(print_of(slow.place), print_of(fast.place))]
    other = _differing(_by_id(bench.plain.place), _by_id(slow.place))
    wrong += [f"brought in several runs it is another row: {name.strip()}" for name in other]
    done = "ran it in one go, item by item, and anew with three workers"
    return finding("determinism", done, wrong, "the same rows each time")


def resume(bench: Bench) -> Finding:
    """Check that a run that is killed goes on to the same rows, and that running again does nothing."""
    touches = _touches(bench)
    chosen = sorted(random.Random(bench.name).sample(range(1, touches + 1), min(_KILLS, touches)))  # noqa: S311
    killed = [bench.run("killed", "--until", FIGURES, kill_at=at).code == _KILLED for at in chosen]
    ended = bench.run("killed", "--until", FIGURES).must_end_well()
    wrong = [
        f"another {name} than without a kill" for name in _differing(print_of(_figures(bench)), print_of(ended.place))
    ]
    before = _marks(ended.place)
    again = bench.run("killed", "--until", FIGURES).must_end_well()
    if "0 new items" not in again.err or _marks(again.place) != before:
        wrong.append("running again found something new where nothing has changed: keys or stamps aren't steady")
    done = f"killed it {sum(killed)} times, at places {', '.join(map(str, chosen))} of {touches}, and ran on"
    return finding("resume", done, wrong, "the same rows as without a kill, and nothing to do after")


def _figures(bench: Bench) -> Workspace:
    return bench.plain.place


def _touches(bench: Bench) -> int:
    """Return how often a run touches its workspace: every one is a place to be killed at."""
    seen = bench.parallel[0].events
    return max(int(event["what"].split()[1]) for event in seen if event["what"].startswith("touched"))


def _marks(place: Workspace) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in sorted(place.stage(FIGURES).rglob("part-*.parquet"))}
