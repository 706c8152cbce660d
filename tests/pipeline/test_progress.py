"""Progress: a table on a terminal, few lines elsewhere, every part in the log of events."""

import io
import json
import re

import pytest

from pipeline import progress
from pipeline.engine import PartDone, StageBegins
from pipeline.progress import Board, plain, shown
from pipeline.store import Counts


def done(at, total=3, stage="2-panels", **counts):
    said = {"found": 4, "kept": 2, "dropped": {"too_small": 1}, "held": {"licenses": 1}, **counts}
    return PartDone(stage, at - 1, Counts(**said), 0.5, at, total)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    ticking = Clock()
    monkeypatch.setattr(progress.time, "monotonic", ticking.monotonic)
    return ticking


def test_a_board_adds_up_the_parts_of_a_stage(clock):
    board = Board()
    for at in (1, 2):
        clock.now += 2
        board.take(done(at))
    line = board.lines["2-panels"]
    assert (line.counts.kept, line.counts.dropped, line.done, line.total) == (4, {"too_small": 2}, 2, 3)
    assert line.rate == 2.0
    assert line.eta_s == 2.0
    assert plain(done(2), line) == ("2-panels  2/3 parts  kept 4  dropped 2  failed 0  held 2  2.0/s  eta 0:02")


def test_a_stage_starts_where_the_one_before_ended(clock):
    board = Board()
    clock.now += 10
    board.take(done(1, 1))
    clock.now += 5
    board.take(done(1, 1, stage="3-groups"))
    assert board.lines["3-groups"].rate == 4 / 5
    assert board.table().row_count == 2


def test_a_long_way_to_go_is_told_in_hours(clock):
    board = Board()
    clock.now += 3600
    board.take(done(1, 3))
    assert "eta 2:00:00" in plain(done(1, 3), board.lines["2-panels"])


def test_no_time_has_passed_yet(clock):
    board = Board()
    board.take(done(1))
    assert board.lines["2-panels"].rate == 0.0


def test_without_a_terminal_a_line_every_half_minute_and_at_the_end(clock, tmp_path):
    stream = io.StringIO()
    with shown(stream, tmp_path / "deep" / "events.jsonl") as listen:
        for at in range(1, 7):
            clock.now += 12
            listen(done(at, 6))
    said = [line.split("  ")[1] for line in stream.getvalue().splitlines()]
    assert said == ["3/6 parts", "6/6 parts"]


def test_every_part_is_in_the_log_of_events(clock, tmp_path):
    for _ in "two runs":
        with shown(io.StringIO(), tmp_path / "events.jsonl") as listen:
            listen(done(1, 1))
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert len(events) == 8
    assert {event["stage"] for event in events} == {"2-panels"}
    assert events[0]["counts"]["dropped"] == {"too_small": 1}
    assert events[0]["at"].endswith("+00:00")


@pytest.mark.parametrize("terminal", [False, True])
def test_what_a_stage_is_about_to_do_is_said_at_once(tmp_path, terminal):
    stream = Terminal() if terminal else io.StringIO()
    with shown(stream, tmp_path / "events.jsonl") as listen:
        listen(StageBegins("2-panels", {"changed": 1, "new": 2}, 9))
        assert "2-panels: 1 changed, 2 new, 9 stay" in re.sub(r"\x1b\[[?\d;]*\w", "", stream.getvalue())
    assert json.loads((tmp_path / "events.jsonl").read_text())["reasons"] == {"changed": 1, "new": 2}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_there_is_a_table(tmp_path):
    stream = Terminal()
    with shown(stream, tmp_path / "events.jsonl") as listen:
        listen(done(1, 2))
        listen(done(2, 2))
    for word in ("stage", "eta", "2-panels", "2/2"):
        assert word in stream.getvalue()


def test_an_error_in_the_run_is_not_hidden_by_the_table(tmp_path):
    with pytest.raises(KeyboardInterrupt), shown(Terminal(), tmp_path / "events.jsonl"):
        raise KeyboardInterrupt
