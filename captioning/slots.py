"""Slots: which request goes to which server next: in order of arrival, to the one that has least to do."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from captioning.concurrency import Manners, Throttle
from captioning.endpoints import Endpoint, now_s
from captioning.troubles import Means, Trouble
from schemas.errors import BricksError, ModelServerError

_log = logging.getLogger("bricks.pace.servers")
_TELL_EVERY_S = 60.0
_LESS = 15
"""What patience is divided by for a server that is there and never answered."""
_FAILING = frozenset({Means.WAIT, Means.AWAY, Means.GONE, Means.UNWELL, Means.END})

_MENDS = {
    Means.UNWELL: "Look at the server's log and at captioning.endpoints (they end in /v1)",
    Means.WAIT: "The server is there: let fewer clients ask it at once, or raise its limits (of requests, of tokens)",
}

Slot = tuple[Endpoint, int]
"""An endpoint, and what the slot is given back with."""


class _Turn(NamedTuple):
    """Somebody who waits for a slot: perhaps one without company, or not at one of the endpoints."""

    come: "asyncio.Future[Slot | None]"
    alone: bool
    but: Endpoint | None


class Slots:
    """What all endpoints together have room for; lives in one event loop."""

    def __init__(self, endpoints: Sequence[Endpoint], manners: Manners) -> None:
        self.endpoints = endpoints
        self._manners = manners
        self._waiting: deque[_Turn] = deque()
        self._picky: list[_Turn] = []
        """Those that won't go just anywhere."""
        self._sent = dict.fromkeys(endpoints, 0)
        self._told_s = dict.fromkeys(endpoints, float("-inf"))
        self._at_last: dict[Endpoint, Trouble] = {}
        """Of those that fail."""
        self._alarm: asyncio.TimerHandle | None = None
        self.ended: BricksError | None = None

    @property
    def room(self) -> int:
        """Return how many requests all endpoints take at once."""
        return sum(int(endpoint.throttle.limit) for endpoint in self.endpoints)

    async def take(self, *, again: bool = False, alone: bool = False, but: Endpoint | None = None) -> Slot | None:
        """Wait until an endpoint has room; what is tried again goes first.

        Where it isn't to be one of them, None is returned if none of the others is of any use.

        Raises:
            BricksError: the run has ended.
        """
        if self.ended:
            raise self.ended
        turn = _Turn(asyncio.get_running_loop().create_future(), alone, but)
        if but is not None:
            self._picky.append(turn)
        else:
            (self._waiting.appendleft if again else self._waiting.append)(turn)
        self._hand_out()
        return await turn.come

    def answered(self, slot: Slot, took_s: float) -> None:
        """Give a slot back after an answer."""
        endpoint, era = slot
        if endpoint.throttle.is_lost(era):
            return
        self._at_last.pop(endpoint, None)
        if endpoint.throttle.failing_since_s is not None and self._told_s[endpoint] > float("-inf"):
            _log.info("%s answers again", endpoint.url)
            self._told_s[endpoint] = float("-inf")
        endpoint.throttle.answered(took_s)
        self._hand_out()

    def failed(self, slot: Slot, trouble: Trouble) -> None:
        """Give a slot back after a try that came to nothing."""
        endpoint, era = slot
        if endpoint.throttle.is_lost(era):
            return
        _take_back(endpoint.throttle, era, trouble)
        if trouble.means in _FAILING:
            self._at_last[endpoint] = trouble
            self._end_if_none_is_of_use(trouble)
        if trouble.means in _FAILING and not self.ended:
            self._tell(endpoint, trouble)
        self._hand_out()

    def end(self, error: BricksError) -> None:
        """Let nobody else go out."""
        self.ended = self.ended or error
        for turn in (*self._waiting, *self._picky):
            if not turn.come.done():
                turn.come.set_exception(self.ended)
        self._waiting.clear()
        self._picky.clear()

    def _hand_out(self) -> None:
        if self._picky:
            self._picky = [turn for turn in self._picky if not self._is_served(turn)]
        while self._waiting and self._is_served(self._waiting[0]):
            self._waiting.popleft()
        if self._waiting or self._picky:
            self._wake_later()

    def _is_served(self, turn: _Turn) -> bool:
        if turn.come.done():  # whoever waited is gone
            return True
        endpoint = self._idlest(turn)
        if endpoint is not None:
            self._sent[endpoint] += 1
            turn.come.set_result((endpoint, endpoint.throttle.take(alone=turn.alone)))
        elif turn.but is not None and all(map(self._is_of_no_use, self._others(turn.but))):
            turn.come.set_result(None)
        return turn.come.done()

    def _idlest(self, turn: _Turn) -> Endpoint | None:
        now = now_s()
        able = [endpoint for endpoint in self.endpoints if endpoint.throttle.has_room(now)]
        if turn.alone:
            able = [endpoint for endpoint in able if not endpoint.throttle.in_flight]
        if turn.but is not None:
            able = [endpoint for endpoint in able if endpoint is not turn.but]
        return min(able, key=lambda one: (one.throttle.in_flight, self._sent[one]), default=None)

    def _others(self, but: Endpoint) -> list[Endpoint]:
        return [endpoint for endpoint in self.endpoints if endpoint is not but]

    def _is_of_no_use(self, endpoint: Endpoint) -> bool:
        last = self._at_last.get(endpoint)
        return endpoint.throttle.failing_since_s is not None and last is not None and last.means is not Means.WAIT

    def _wake_later(self) -> None:
        """Look again when the first endpoint's pause is over; else whoever gives a slot back does."""
        now = now_s()
        pauses = [one.throttle.idle_until_s - now for one in self.endpoints if one.throttle.idle_until_s > now]
        if self._alarm is not None:
            self._alarm.cancel()
        if pauses:
            self._alarm = asyncio.get_running_loop().call_later(min(pauses) + 0.001, self._hand_out)

    def _tell(self, endpoint: Endpoint, trouble: Trouble) -> None:
        """Say that nobody answers, at once and then now and then; of refusals only those that last."""
        since_s = endpoint.throttle.failing_since_s
        pause_s = min(_TELL_EVERY_S, self._manners.patience_s / 10)
        last_s = self._told_s[endpoint]
        if since_s is None or now_s() - (max(since_s, last_s) if trouble.means is Means.WAIT else last_s) < pause_s:
            return
        self._told_s[endpoint] = now_s()
        left_s = max(0.0, since_s + self._patience_s(endpoint) - now_s())
        alone = f"it is asked again for {left_s:.0f} s" if len(self.endpoints) == 1 else "others are asked meanwhile"
        _log.info("%s: %s; %s", endpoint.url, trouble.detail, alone)

    def _patience_s(self, endpoint: Endpoint) -> float:
        """Return for how long an endpoint may fail: one that is there, and has answered nobody, is set up wrongly."""
        last = self._at_last.get(endpoint)
        if last is not None and last.means is Means.END:
            return 0.0
        never = last is not None and last.means is Means.UNWELL and not endpoint.has_answered
        return self._manners.patience_s / (_LESS if never else 1)

    def _end_if_none_is_of_use(self, trouble: Trouble) -> None:
        since = [(endpoint, endpoint.throttle.failing_since_s) for endpoint in self.endpoints]
        if any(one is None or now_s() - one < self._patience_s(endpoint) for endpoint, one in since):
            return
        where = ", ".join(endpoint.url for endpoint in self.endpoints)
        useless = all(one.means is Means.END for one in self._at_last.values())
        self.end(_of_no_use(where, trouble) if useless else _silent(where, trouble, self._failing_for_s()))

    def _failing_for_s(self) -> float:
        return min(now_s() - (one.throttle.failing_since_s or 0.0) for one in self.endpoints)


def _take_back(throttle: Throttle, era: int, trouble: Trouble) -> None:
    if trouble.means is Means.WAIT:
        throttle.turned_away(era, now_s(), trouble.wait_s)
    elif trouble.means is Means.GONE:
        throttle.gone(era, now_s())
    elif trouble.means in _FAILING:
        throttle.away(era, now_s())
    elif trouble.reason == "server_timeout":  # it is there, and has too much to do
        throttle.turned_away(era, now_s(), None)
    else:
        throttle.heard()


def _of_no_use(where: str, trouble: Trouble) -> ModelServerError:
    return ModelServerError(
        f"the server can't be used: {trouble.detail}",
        where=where,
        mend="Look at captioning.endpoints (they end in /v1), model and key in the manifest.",
    )


def _silent(where: str, trouble: Trouble, for_s: float) -> ModelServerError:
    mend = _MENDS.get(trouble.means, "Start the server (`bricks serve MODEL`)")
    turned_away = ", everybody was turned away" if trouble.means is Means.WAIT else ""
    return ModelServerError(
        f"no answer for {for_s:.0f} s{turned_away}; at last: {trouble.detail}",
        where=where,
        mend=f"{mend}, and the same command goes on: all answers are kept.",
    )
