"""Conformance wire: how a connector asks servers: as often as it says, and not while it was told to wait."""

from collections import defaultdict
from typing import Any

from pipeline.conformance_bench import Bench, Ran
from pipeline.conformance_finding import Finding, finding
from pipeline.conformance_rows import rows_of
from pipeline.workspace import FIGURES

_SLACK_S = 0.25
"""A process that was let through late, beside one that wasn't, is no impoliteness."""
_REFUSED = 2
"""The first answer may be a list; the second is mostly what is listed."""


def rate(bench: Bench) -> Finding:
    """Check the pace of requests over all processes, and what is made of a Retry-After."""
    ran = [bench.plain, bench.parallel[1]]
    most = bench.described.requests_per_second
    if most is None:
        asked = [event["host"] for one in ran for event in one.events if event["what"] in {"request", "connect"}]
        wrong = [f"it says that it asks no server, and asked {host}" for host in dict.fromkeys(asked)]
        return finding("rate", "watched its connections", wrong, "it asks no server, as it says")
    wrong = [said for one in ran for said in _too_fast(one, most)]
    refused = bench.run("refused", "--until", FIGURES, refuse_at=_REFUSED)
    wrong += _impatient(refused) + _lost(bench, refused)
    count = sum(len(_requests(one)) for one in ran)
    if not count:
        wrong.append("it says that it asks a server, and no request was seen: speak through ingest.session.Session")
    done = f"watched {count} requests of 1 and of 3 processes, and answered one by 429 with Retry-After: 1"
    return finding("rate", done, wrong, f"at most {most:g} a second, and it waited")


def _requests(ran: Ran) -> list[dict[str, Any]]:
    return [event for event in ran.events if event["what"] == "request"]


def _too_fast(ran: Ran, most: float) -> list[str]:
    """Return the hosts that were asked more often in any stretch of time than `most` a second."""
    by_host: dict[str, list[float]] = defaultdict(list)
    for event in _requests(ran):
        by_host[event["host"]].append(float(event["at"]))
    wrong = []
    for host, times in sorted(by_host.items()):
        stretches = (
            (last - first, to - at) for at, first in enumerate(times) for to, last in enumerate(times[at:], at)
        )
        worst = max(stretches, key=lambda one: one[1] - most * (one[0] + _SLACK_S))
        if worst[1] > most * (worst[0] + _SLACK_S):
            wrong.append(
                f"{host} was asked {worst[1] + 1} times in {worst[0]:.2f} s, and {most:g} a second are promised"
            )
    return wrong


def _impatient(ran: Ran) -> list[str]:
    events = ran.events
    refused = next((event for event in events if event["what"] == "refused"), None)
    if refused is None:
        return []
    waited = [
        event["at"] - refused["at"] for event in events if _asks(event, refused["host"]) and event["at"] > refused["at"]
    ]
    early = [one for one in waited if one < 1]
    return [f"{refused['host']} asked for a pause of 1 s and was asked again after {min(early):.2f} s"] if early else []


def _asks(event: dict[str, Any], host: str) -> bool:
    return bool(event["what"] == "request" and event["host"] == host)


def _lost(bench: Bench, refused: Ran) -> list[str]:
    """Return what a refusal cost without a word: rows that are neither there nor failed."""
    if refused.code in {1, 2} and not refused.broke:
        return []  # it said so, in a line
    if refused.broke:
        return [f"after a 429 {refused.broke}"]
    there = {row["id"] for side in ("", "dropped") for row in rows_of(refused.place, FIGURES, side)}
    failed = list(rows_of(refused.place, FIGURES, "failed"))
    missing = [row for row in rows_of(bench.plain.place, FIGURES) if row["id"] not in there]
    return [f"after a 429 {len(missing)} rows are missing, and {len(failed)} failed"] if missing and not failed else []
