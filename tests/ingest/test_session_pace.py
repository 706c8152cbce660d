"""The gate holds the rate for every process that shares the folder."""

import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest

from ingest.session import Manners, Session
from ingest.session_pace import Clock, asked_pause_s, pause, take_turn
from schemas.errors import SourceError


class Hands:
    """A clock that is moved by sleeping."""

    def __init__(self) -> None:
        self.moment = 1_800_000_000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.moment, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.moment += seconds


def test_turns_are_one_interval_apart(tmp_path: Path) -> None:
    hands, moments = Hands(), []
    for _ in range(5):
        take_turn(tmp_path / "gate", 0.25, longest_s=60, clock=hands.clock())
        moments.append(round(hands.moment - 1_800_000_000, 3))
    assert moments == [0, 0.25, 0.5, 0.75, 1.0]


def test_a_pause_shuts_the_gate_and_a_shorter_one_does_not_open_it(tmp_path: Path) -> None:
    hands = Hands()
    pause(tmp_path / "gate", 30, longest_s=60, clock=hands.clock())
    pause(tmp_path / "gate", 5, longest_s=60, clock=hands.clock())
    take_turn(tmp_path / "gate", 0.1, longest_s=60, clock=hands.clock())
    assert hands.moment == pytest.approx(1_800_000_030, abs=1e-3)


@pytest.mark.parametrize("asked_s", [61, 86_400, 315_360_000, float("inf")])
def test_a_pause_beyond_patience_is_an_error_that_names_it_and_ends_with_patience(
    tmp_path: Path, asked_s: float
) -> None:
    hands = Hands()
    pause(tmp_path / "gate", asked_s, longest_s=60, clock=hands.clock())
    pause(tmp_path / "gate", 5, longest_s=60, clock=hands.clock())
    with pytest.raises(SourceError, match=f"told_to_wait: asked for a pause of {asked_s:.0f} s, 60 s"):
        take_turn(tmp_path / "gate", 0.1, longest_s=60, clock=hands.clock())
    assert hands.moment == 1_800_000_000
    hands.moment += 60.1
    take_turn(tmp_path / "gate", 0.1, longest_s=60, clock=hands.clock())
    assert hands.moment == 1_800_000_060.1


@pytest.mark.parametrize("gate", [b"\xff?", b"", b"nan 0", b"inf 0", b"1800000000.5", b"9e99 1", b"1900000000 0"])
def test_a_gate_that_is_damaged_or_from_the_future_is_open(tmp_path: Path, gate: bytes) -> None:
    (tmp_path / "gate").write_bytes(gate)
    hands = Hands()
    take_turn(tmp_path / "gate", 0.1, longest_s=60, clock=hands.clock())
    assert hands.moment == 1_800_000_000


@pytest.mark.parametrize(
    ("told", "asked_s"),
    [
        (None, 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("1e9", 0),
        ("0", 0),
        (" 7 ", 7),
        ("86400", 86_400),
        ("9" * 5000, float("inf")),
        ("Fri, 15 Jan 2027 08:00:10 GMT", 10),
        ("Fri, 15 Jan 2027 07:59:00 GMT", 0),
        ("Fri, 15 Jan 99999999 07:59:00 GMT", 0),
        ("Fri, 32 Jan 2027 07:59:00 GMT", 0),
        ("Fri, 15 Jan 2027 08:00:10 -0000", 10),
        ("\u0663", 0),
    ],
)
def test_a_retry_after_is_seconds_or_a_date_to_come(told: str | None, asked_s: float) -> None:
    assert asked_pause_s(told, 1_800_000_000) == asked_s


def _ask(cache: Path, url: str, start: int) -> None:
    manners = Manners(per_second=20, tries=4, backoff_s=0)
    session = Session("pmc", contact="lab@example.org", cache=cache, manners=manners)
    for n in range(start, start + 12):
        session.get(f"{url}{n}")


def _in_processes(cache: Path, server: Any, count: int) -> list[float]:
    server.objects |= {str(n): b"x" for n in range(100)}
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_ask, args=(cache, server.cloud_url, 12 * n)) for n in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    return [seen.at for seen in server.asked()]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_rate_holds_over_processes(tmp_path: Path, pmc_server: Any, count: int) -> None:
    moments = _in_processes(tmp_path, pmc_server, count)
    assert len(moments) == 12 * count
    assert moments[-1] - moments[0] >= (len(moments) - 1) / 20 - 0.05
    for first in moments:
        # A stall of this machine may bunch a few; without the gate there would be hundreds.
        assert sum(first <= moment < first + 1 for moment in moments) <= 25


def test_a_pause_asked_of_one_process_is_kept_by_all(tmp_path: Path, pmc_server: Any) -> None:
    pmc_server.fault("/5", status=429, retry_after="2")
    moments = _in_processes(tmp_path, pmc_server, 2)
    (refusal,) = [seen.at for seen in pmc_server.asked() if seen.path == "/5"][:1]
    assert len(moments) == 25
    # What left before the answer came back may still arrive.
    assert not [moment for moment in moments if refusal + 0.1 < moment < refusal + 1.99]
    assert time.time() > refusal + 2
