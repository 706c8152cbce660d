"""Progress: shows how far a run is: a live table on a terminal, a line every half minute elsewhere."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pipeline.engine import Listener, PartDone, StageBegins
from pipeline.status import without_history
from pipeline.store import Counts
from pipeline.workspace import writing

if TYPE_CHECKING:
    from rich.table import Table

_LINE_EVERY_S = 30.0


@dataclass
class _Line:
    """How far one stage is in this run."""

    counts: Counts = field(default_factory=Counts)
    done: int = 0
    total: int = 0
    started_s: float = 0.0
    now_s: float = 0.0

    @property
    def rate(self) -> float:
        """Return rows that the stage decided about per second."""
        elapsed = self.now_s - self.started_s
        return (self.counts.found + self.counts.created) / elapsed if elapsed > 0 else 0.0

    @property
    def eta_s(self) -> float | None:
        """Return the seconds that the parts to come will take at the pace so far."""
        if not self.done:
            return None
        return (self.now_s - self.started_s) / self.done * (self.total - self.done)


class Board:
    """What is shown: a line a stage."""

    def __init__(self) -> None:
        self.lines: dict[str, _Line] = {}
        self._last_s = time.monotonic()

    def take(self, event: PartDone) -> None:
        """Add a part to its stage's line; what the sources no longer list is in no sum."""
        now = time.monotonic()
        line = self.lines.setdefault(event.stage, _Line(started_s=self._last_s))
        line.counts += without_history(event.counts)
        line.done, line.total, line.now_s = event.done, event.total, now
        self._last_s = now

    def table(self) -> "Table":
        """Return the board as it stands."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in ("stage", "parts", "kept", "dropped", "failed", "held", "rate", "eta"):
            table.add_column(head, justify="left" if head == "stage" else "right")
        for stage, line in self.lines.items():
            table.add_row(stage, f"{line.done}/{line.total}", *_sums(line.counts), f"{line.rate:.1f}/s", _eta(line))
        return table


def _sums(counts: Counts) -> tuple[str, str, str, str]:
    left = (counts.dropped, counts.failed, counts.held)
    return (str(counts.kept), *(str(sum(reasons.values())) for reasons in left))  # type: ignore[return-value]


def _eta(line: _Line) -> str:
    if line.eta_s is None or line.done == line.total:
        return "-"
    minutes, seconds = divmod(round(line.eta_s), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}" if minutes >= 60 else f"{minutes}:{seconds:02d}"


def begins(event: StageBegins) -> str:
    """Return the line that says which parts of a stage are made, and why.

    >>> begins(StageBegins("2-panels", {"changed": 1, "new": 2}, 9))
    '2-panels: 1 changed, 2 new, 9 stay'
    """
    reasons = ", ".join(f"{count} {reason}" for reason, count in event.reasons.items())
    return f"{event.stage}: {reasons}, {event.current} stay"


def plain(event: PartDone, line: _Line) -> str:
    """Return the line that stands for the table where there is no terminal."""
    kept, dropped, failed, held = _sums(line.counts)
    return (
        f"{event.stage}  {line.done}/{line.total} parts  kept {kept}  dropped {dropped}  failed {failed}  "
        f"held {held}  {line.rate:.1f}/s  eta {_eta(line)}"
    )


@contextmanager
def shown(stream: TextIO, events: Path) -> Iterator[Listener]:
    """Yield a listener that shows parts on `stream` as they get done, and logs them to `events`."""
    board = Board()
    events.parent.mkdir(parents=True, exist_ok=True)
    with events.open("a", encoding="utf-8") as log:
        if stream.isatty():
            yield from _live(board, stream, log)
        else:
            yield _lines(board, stream, log)


def _logged(event: PartDone | StageBegins, log: TextIO) -> None:
    said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(event)}
    with writing(Path(log.name)):
        log.write(json.dumps(said) + "\n")
        log.flush()


def _live(board: Board, stream: TextIO, log: TextIO) -> Iterator[Listener]:
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(file=stream), auto_refresh=False, transient=False) as live:

        def listen(event: PartDone | StageBegins) -> None:
            _logged(event, log)
            if isinstance(event, StageBegins):
                live.console.print(begins(event))
                return
            board.take(event)
            live.update(board.table(), refresh=True)

        yield listen


def _lines(board: Board, stream: TextIO, log: TextIO) -> Listener:
    last_s = time.monotonic()

    def listen(event: PartDone | StageBegins) -> None:
        nonlocal last_s
        _logged(event, log)
        if isinstance(event, StageBegins):
            stream.write(begins(event) + "\n")
            return
        board.take(event)
        if event.done == event.total or time.monotonic() - last_s >= _LINE_EVERY_S:
            last_s = time.monotonic()
            stream.write(plain(event, board.lines[event.stage]) + "\n")
            stream.flush()

    return listen
