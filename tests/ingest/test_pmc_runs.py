"""Live PMC over several runs and processes: nothing twice, rates kept, also after a kill."""

import multiprocessing
import os
import signal
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from schemas.records import Figure

FORKS = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
"""Python 3.12 warns of forks beside threads; those of the server do nothing in the child."""


def test_a_second_run_fetches_only_what_is_new(pmc: Any, pmc_server: Any) -> None:
    for number in (1, 2):
        pmc_server.add(number)
    first = pmc(query="confocal")
    done = {item.locator for item in first.find() if list(first.fetch(item))}
    pmc_server.add(3)
    pmc_server.add(2, version=2)
    pmc_server.seen.clear()
    second = pmc(query="confocal")
    new = [item for item in second.find() if item.locator not in done]
    assert [item.locator for item in new] == ["pmc:PMC2@2", "pmc:PMC3@1"]
    for item in new:
        assert len(list(second.fetch(item))) == 2
    assert not [path for path in pmc.downloaded() if path.startswith(("PMC1.1", "PMC2.1"))]


def test_eviction_leaves_nothing_of_the_article_and_everything_of_others(
    pmc: Any, pmc_server: Any, tmp_path: Path
) -> None:
    pmc_server.add(1)
    pmc_server.add(12)
    connector = pmc(ids=("PMC1", "PMC12"))
    items = list(connector.find())
    outcomes = [outcome for item in items for outcome in connector.fetch(item)]
    assert len(outcomes) == 4
    connector.evict(items[:1])
    left = b"".join(note.read_bytes() for note in tmp_path.rglob("*.json"))
    assert b"PMC1." not in left
    assert b"PMC12.1/12-g001.jpg" in left


def _harvest(pmc: Any) -> None:
    for outcome in pmc.brought(ids=("PMC1", "PMC2", "PMC3"), per_second=40):
        assert isinstance(outcome, Figure)


@FORKS
def test_after_a_kill_nothing_is_fetched_twice_and_times_stay(pmc: Any, pmc_server: Any) -> None:
    for number in (1, 2, 3):
        pmc_server.add(number)
    expected = len(set(pmc_server.objects)) - 3 * (1 + 1 + 1 + 1)  # text, mirror, unused picture, zip
    for n in range(40):
        worker = multiprocessing.get_context("fork").Process(target=_harvest, args=(pmc,))
        worker.start()
        worker.join(0.12 + 0.03 * n)  # ever later, so that a slow machine gets there too
        if not worker.is_alive():
            break
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
    assert worker.exitcode == 0
    paths = pmc.downloaded()
    assert set(paths) == {path for path in paths if path in pmc_server.objects}
    assert len(set(paths)) == expected
    # A kill may fall between an answer and its being kept: one request a kill, no more.
    assert len(paths) - len(set(paths)) <= n
    again = pmc.brought(ids=("PMC1", "PMC2", "PMC3"), per_second=2000)
    assert len(pmc.downloaded()) == len(paths)
    assert again == pmc.brought(ids=("PMC1", "PMC2", "PMC3"), per_second=2000)


@FORKS
def test_two_processes_keep_the_rate_and_bring_the_same(pmc: Any, pmc_server: Any) -> None:
    for number in (1, 2, 3):
        pmc_server.add(number)
    workers = [multiprocessing.get_context("fork").Process(target=_harvest, args=(pmc,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    moments = [seen.at for seen in pmc_server.asked(service="cloud")]
    assert moments[-1] - moments[0] >= (len(moments) - 1) / 40 - 0.05
    for first in moments:
        # A stall of this machine may bunch a few; without the gate there would be hundreds.
        assert sum(first <= moment < first + 0.5 for moment in moments) <= 26


def test_the_services_have_rates_of_their_own(pmc_polite: Any, pmc_server: Any) -> None:
    connector = pmc_polite(query="confocal", per_second=50)
    pmc_server.searches_per_second = 5
    began = time.monotonic()
    for _ in range(5):
        assert list(connector.find()) == []
    assert time.monotonic() - began >= 4 / 3 - 0.05
    assert not [seen for seen in pmc_server.asked("esearch") if seen.query["tool"] != "bricks"]
    moments = [seen.at for seen in pmc_server.asked("esearch")]
    assert min(b - a for a, b in pairwise(moments)) > 0.15
    assert len(moments) == 5
