"""Concurrency: how many requests a server is given at once, learnt from how it answers.

As TCP does it (RFC 5681), with requests for segments: doubled each round until something goes wrong, then taken back
and raised by one a round; where that has already failed, ever more slowly, so that a server with a fixed number of
slots is kept full and seldom asked for one more.
"""

from dataclasses import dataclass

_BACK = 0.7
"""What is left of the limit after a refusal; of CUBIC (RFC 9438, 4.6)."""
_PATIENT_ROUNDS = 8.0
_MOST_PATIENT_ROUNDS = 4096.0


@dataclass(frozen=True)
class Manners:
    """How servers are treated; seconds of the clock that the client is given."""

    at_first: int = 16
    at_ease: int = 32
    at_most: int = 256
    """Requests in flight at one endpoint: in the beginning, as far as they are doubled, and in the end."""
    timeout_s: float = 300.0
    """For one try, from the first byte sent to the last received."""
    patience_s: float = 900.0
    """How long all endpoints may fail before a run ends; a large model takes ten minutes to load."""
    tries: int = 6
    """Of one request, where it isn't the server that is away."""
    pause_s: float = 0.5
    """Before a server that refused twice is asked again; doubled with each refusal."""
    longest_pause_s: float = 30.0
    knock_s: float = 2.0
    """The longest pause where nobody listens, which costs nobody anything: a server that is back is used at once."""
    longest_retry_after_s: float = 600.0
    largest_answer_bytes: int = 4 << 20

    @property
    def slow_s(self) -> float:
        """Return from when on a server is given no more: answers that take long are waiting in its queue."""
        return self.timeout_s / 8

    def pause_after_s(self, tries: int) -> float:
        """Return how long a request waits after so many tries that came to nothing."""
        return min(self.longest_pause_s, self.pause_s * 2.0 ** (tries - 1))


class Throttle:
    """What one endpoint is given at once; times are those of a clock that never goes back."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self.limit = float(min(manners.at_first, manners.at_most))
        self.in_flight = 0
        self.idle_until_s = 0.0
        self.failing_since_s: float | None = None
        """When it first failed of all the times since it last answered."""
        self._safe, self._ceiling = float(manners.at_ease), float("inf")
        self._patient_rounds = _PATIENT_ROUNDS
        self._era = self._refusals = self._lost_eras = 0
        self._peak = self._answers = 0
        """Of this round, which ends after as many answers as the limit allows requests."""
        self._alone = False
        """Whether what is under way must have no company."""

    def has_room(self, now_s: float) -> bool:
        """Return whether a request may go out now."""
        return self.in_flight < (1 if self._alone else int(self.limit)) and now_s >= self.idle_until_s

    def take(self, *, alone: bool = False) -> int:
        """Count a request that goes out, and perhaps wants no company; return what it is to be given back with."""
        self.in_flight += 1
        self._alone = alone
        self._peak = max(self._peak, self.in_flight)
        return self._era

    @property
    def era(self) -> int:
        """Return what a request that goes out now would be given back with."""
        return self._era

    def is_lost(self, era: int) -> bool:
        """Return whether a request went to a server that has ended since: it is counted no more."""
        return era < self._lost_eras

    def answered(self, took_s: float) -> None:
        """Count an answer, and allow more if all that was allowed was used (RFC 7661)."""
        self._back_in()
        self._answers += 1
        if self._answers > self.limit:
            self._answers, self._peak = 0, self.in_flight + 1
        was_used = self.limit < (2 * self._peak if self.limit < self._safe else self._peak + 2)
        if was_used and took_s < self._manners.slow_s:
            self.limit = min(self.limit + self._step(), float(self._manners.at_most))

    def turned_away(self, era: int, now_s: float, wait_s: float | None) -> None:
        """Count a refusal or a try that came to nothing; all of one round count once."""
        self._fails(now_s)
        if era == self._era:
            self._take_back()
        if wait_s is None and not self.in_flight:  # else the next answer tells when to go on
            wait_s = self._growing_pause_s()
        self._pause(now_s, wait_s)

    def away(self, era: int, now_s: float) -> None:
        """Count a try at a server that isn't there: the next one goes alone, after a pause."""
        self._fails(now_s)
        if era == self._era:
            self._next_era()
        if self.limit > 1:
            self._safe, self.limit = max(1.0, self.limit * _BACK), 1.0
        self._pause(now_s, self._growing_pause_s() or self._manners.pause_s)

    def gone(self, era: int, now_s: float) -> None:
        """Count a try where nobody listens: as if away, but knocked at often, and given up what was under way there."""
        self.away(era, now_s)
        self.idle_until_s = min(self.idle_until_s, now_s + self._manners.knock_s)
        self._era += 1
        self.in_flight, self._lost_eras = 0, self._era

    def heard(self) -> None:
        """Count an answer that says nothing about the load, such as that a request can't be met."""
        self._back_in()

    def _back_in(self) -> None:
        self.in_flight -= 1
        self._refusals, self.failing_since_s = 0, None

    def _fails(self, now_s: float) -> None:
        self.in_flight -= 1
        self.failing_since_s = now_s if self.failing_since_s is None else self.failing_since_s

    def _next_era(self) -> None:
        self._era += 1
        self._refusals += 1

    def _growing_pause_s(self) -> float | None:
        if self._refusals < 2:
            return None
        return min(self._manners.longest_pause_s, self._manners.pause_s * 2.0 ** min(self._refusals - 2, 16))

    def _pause(self, now_s: float, wait_s: float | None) -> None:
        if wait_s:
            self.idle_until_s = max(self.idle_until_s, now_s + min(wait_s, self._manners.longest_retry_after_s))

    def _step(self) -> float:
        if self.limit < self._safe:
            return 1.0
        if self.limit > self._ceiling + 1:  # it takes more than it did
            self._safe, self._ceiling, self._patient_rounds = self.limit, float("inf"), _PATIENT_ROUNDS
        return 1.0 / self.limit if self.limit + 1 < self._ceiling else 1.0 / (self.limit * self._patient_rounds)

    def _take_back(self) -> None:
        self._next_era()
        if self._refusals > 1:  # the same shortage goes on, and says nothing about what is usual
            self.limit = max(1.0, self.limit * _BACK)
        elif self.limit >= self._ceiling > 1:  # one more was tried, and is too much still
            self.limit = self._safe = self._ceiling - 1
            self._patient_rounds = min(_MOST_PATIENT_ROUNDS, self._patient_rounds * 4)
        else:
            self._ceiling, self._patient_rounds = float(int(self.limit)), _PATIENT_ROUNDS
            self.limit = self._safe = max(1.0, self.limit * _BACK)
