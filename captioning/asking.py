"""Asking: a stream of questions about panels in, a stream of texts or reasons out, whatever the servers do meanwhile.

An event loop in a thread of its own speaks to the servers, other threads make pictures ready and keep answers, and
the caller's thread reads questions and takes outcomes. How much is under way is bounded by what the servers take.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from captioning.asked import Asked, Outcome
from captioning.carrier import Carrier, Parcel
from captioning.concurrency import Manners
from pipeline.pace import Pace
from pipeline.processes import undisturbed
from schemas.errors import BudgetError
from schemas.manifest import CaptioningSettings

_MOST_AHEAD = 2048
"""Outcomes that wait for an earlier one, where they come in order."""
_MOST_BLOB_BYTES = 256 << 20
"""Files of pictures that wait to be made ready."""


@dataclass(frozen=True)
class Service:
    """Who is asked, and where answers are kept."""

    settings: CaptioningSettings
    cache: Path
    """A sqlite file; several processes may share it."""
    key: str | None = field(default=None, repr=False)
    manners: Manners = field(default_factory=Manners)


def answers(
    requests: Iterable[Asked], service: Service, *, total: int | None = None, in_order: bool = True
) -> Iterator[Outcome]:
    """Yield an outcome for each request, in their order or as they come.

    Raises:
        ModelServerError: no server answers for long, or one isn't what was asked for; all answers so far are kept.
        BudgetError: the budget is used up.
    """
    pace = Pace(f"asking {service.settings.model}", total)
    with _asking(service) as run:
        come = run.outcomes_of(requests, most_ahead=_MOST_AHEAD if in_order else None)
        yield from pace.over(_in_turn(come, run) if in_order else (outcome for _, outcome in come))


def _in_turn(come: Iterator[tuple[int, Outcome]], run: "_Run") -> Iterator[Outcome]:
    held: dict[int, Outcome] = {}
    for number, outcome in come:
        held[number] = outcome
        while run.yielded in held:
            run.yielded += 1
            yield held.pop(run.yielded - 1)


class _Run:
    """The caller's end: what was handed over, and what came back."""

    def __init__(self, carrier: Carrier, loop: asyncio.AbstractEventLoop) -> None:
        self._carrier, self._loop = carrier, loop
        self._come: SimpleQueue[tuple[int, Outcome | BaseException]] = SimpleQueue()
        self._handed = self._settled = self.yielded = 0

    def outcomes_of(self, requests: Iterable[Asked], most_ahead: int | None) -> Iterator[tuple[int, Outcome]]:
        for asked in requests:
            self._hand_over(asked)
            while self._is_full(most_ahead) or not self._come.empty():
                yield self._next()
        while self._handed > self._settled:
            yield self._next()

    def _is_full(self, most_ahead: int | None) -> bool:
        under_way = self._handed - self._settled
        too_far = most_ahead is not None and self._handed - self.yielded >= most_ahead
        return under_way > 0 and (
            too_far or under_way >= self._carrier.room or self._carrier.blob_bytes > _MOST_BLOB_BYTES
        )

    def _hand_over(self, asked: Asked) -> None:
        parcel = self._carrier.parcel(asked)
        self._loop.call_soon_threadsafe(self._start, self._handed, parcel)
        self._handed += 1

    def _start(self, number: int, parcel: Parcel) -> None:
        task = self._loop.create_task(self._carrier.settle(parcel))
        self._carrier.tasks.add(task)
        task.add_done_callback(lambda done: self._arrived(number, done))

    def _arrived(self, number: int, done: "asyncio.Task[Outcome]") -> None:
        self._carrier.tasks.discard(done)
        if not done.cancelled():
            self._come.put((number, done.exception() or done.result()))

    def _next(self) -> tuple[int, Outcome]:
        number, outcome = self._come.get()
        self._settled += 1
        if isinstance(outcome, BudgetError):
            self._let_finish()
        if isinstance(outcome, BaseException):
            raise outcome
        return number, outcome

    def _let_finish(self) -> None:
        """Wait for what is with the servers: it is paid for."""
        while self._handed > self._settled:
            self._come.get()
            self._settled += 1


def _carrier(service: Service) -> Carrier:
    return Carrier(service.settings, service.cache, service.key, service.manners)


@contextmanager
def _asking(service: Service) -> Iterator[_Run]:
    with closing(asyncio.new_event_loop()) as loop, _carrier(service) as carrier:
        thread = Thread(target=loop.run_forever, name="asking", daemon=True)
        try:
            with undisturbed():  # a stop in the midst of it would leave a loop that runs
                thread.start()
                begun = asyncio.run_coroutine_threadsafe(carrier.start(), loop)
            begun.result()
            yield _Run(carrier, loop)
        finally:
            with undisturbed():  # nor may another stop leave tasks in a loop that is gone
                begun.cancel()  # a stop may come while it waits for a server
                try:
                    asyncio.run_coroutine_threadsafe(_ended(carrier), loop).result()
                finally:
                    loop.call_soon_threadsafe(loop.stop)
                    thread.join()


async def _ended(carrier: Carrier) -> None:
    """Let go of whatever is under way, also of what was only begun."""
    try:
        await carrier.stop()
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
