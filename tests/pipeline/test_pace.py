"""Pace: long work is told of while it lasts, and short work not at all."""

import pytest

from pipeline.pace import Pace, hear


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def test_short_work_says_nothing(clock, capsys):
    hear()
    pace = Pace("listing", clock=clock)
    for clock.now_s in range(9):
        pace.step()
    assert capsys.readouterr().err == ""


def test_long_work_says_every_ten_seconds_how_far_it_is(clock, capsys):
    hear()
    pace = Pace("listing", 60, clock=clock)
    for clock.now_s in range(1, 31):
        pace.step()
    assert capsys.readouterr().err.splitlines() == [
        "listing  10/60  1.0/s  eta 0:50",
        "listing  20/60  1.0/s  eta 0:40",
        "listing  30/60  1.0/s  eta 0:30",
    ]


def test_what_is_listed_passes_through(clock):
    assert list(Pace("listing", clock=clock).over("abc")) == ["a", "b", "c"]
