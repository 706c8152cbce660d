"""Slots: which request goes to which server next: in order of arrival, to the one that has least to do."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from captioning.concurrency import Manners
from captioning.endpoints import Endpoint, now_s
from captioning.troubles import Means, Trouble
from schemas.errors import BricksError, ModelServerError

_log = logging.getLogger("bricks.pace.servers")
_TELL_EVERY_S = 60.0

Slot = tuple[Endpoint, int]
"""An endpoint, and what the slot is given back with."""


class Slots:
    """What all endpoints together have room for; lives in one event loop."""

    def __init__(self, endpoints: Sequence[Endpoint], manners: Manners) -> None:
        self.endpoints = endpoints
        self._manners = manners
        self._waiting: deque[asyncio.Future[Slot]] = deque()
        self._sent = dict.fromkeys(endpoints, 0)
        self._told_s = dict.fromkeys(endpoints, float("-inf"))
        self._alarm: asyncio.TimerHandle | None = None
        self.ended: BricksError | None = None

    @property
    def room(self) -> int:
        """Return how many requests all endpoints take at once."""
        return sum(int(endpoint.throttle.limit) for endpoint in self.endpoints)

    async def take(self, *, again: bool = False) -> Slot:
        """Wait until an endpoint has room; what is tried again goes first.

        Raises:
            BricksError: the run has ended.
        """
        if self.ended:
            raise self.ended
        turn: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if again else self._waiting.append)(turn)
        self._hand_out()
        return await turn

    def answered(self, slot: Slot, took_s: float) -> None:
        """Give a slot back after an answer."""
        endpoint, _ = slot
        if endpoint.throttle.failing_since_s is not None and self._told_s[endpoint] > float("-inf"):
            _log.info("%s answers again", endpoint.url)
            self._told_s[endpoint] = float("-inf")
        endpoint.throttle.answered(took_s)
        self._hand_out()

    def failed(self, slot: Slot, trouble: Trouble) -> None:
        """Give a slot back after a try that came to nothing."""
        endpoint, era = slot
        if trouble.means is Means.WAIT:
            endpoint.throttle.turned_away(era, now_s(), trouble.wait_s)
        elif trouble.means is Means.AWAY:
            endpoint.throttle.away(era, now_s())
        elif trouble.reason == "server_timeout":  # it is there, and has too much to do
            endpoint.throttle.turned_away(era, now_s(), None)
        else:
            endpoint.throttle.heard()
        if trouble.means in {Means.WAIT, Means.AWAY}:
            self._tell(endpoint, trouble)
            self._end_if_all_are_gone(trouble)
        self._hand_out()

    def end(self, error: BricksError) -> None:
        """Let nobody else go out."""
        self.ended = self.ended or error
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(self.ended)
        self._waiting.clear()

    def _hand_out(self) -> None:
        while self._waiting:
            if self._waiting[0].done():  # whoever waited is gone
                self._waiting.popleft()
                continue
            endpoint = self._idlest()
            if endpoint is None:
                self._wake_later()
                return
            self._sent[endpoint] += 1
            self._waiting.popleft().set_result((endpoint, endpoint.throttle.take()))

    def _idlest(self) -> Endpoint | None:
        now = now_s()
        able = [endpoint for endpoint in self.endpoints if endpoint.throttle.has_room(now)]
        return min(able, key=lambda one: (one.throttle.in_flight, self._sent[one]), default=None)

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
        if since_s is None or now_s() - (last_s if trouble.means is Means.AWAY else max(since_s, last_s)) < pause_s:
            return
        self._told_s[endpoint] = now_s()
        left_s = max(0.0, since_s + self._manners.patience_s - now_s())
        _log.info("%s: %s; it is asked again for %.0f s", endpoint.url, trouble.detail, left_s)

    def _end_if_all_are_gone(self, trouble: Trouble) -> None:
        since = [endpoint.throttle.failing_since_s for endpoint in self.endpoints]
        if any(one is None or now_s() - one < self._manners.patience_s for one in since):
            return
        where = ", ".join(endpoint.url for endpoint in self.endpoints)
        self.end(
            ModelServerError(
                f"no answer for {self._manners.patience_s:.0f} s; at last: {trouble.detail}",
                where=where,
                mend="Start the server (`bricks serve MODEL`), and the same command goes on: all answers are kept.",
            )
        )
