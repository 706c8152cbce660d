"""Diagnosis: whose fault it is that a request came to nothing: its own, or the server's, which is asked itself.

A server that says of every request that it went wrong, or gives a page where an answer was asked for, isn't away, and
yet of no use. So where several requests in a row came to nothing it is asked the smallest question there is: if it
answers that, the requests are at fault. A request that is turned away again and again, or takes its server with it,
while others are answered, is at fault itself. One of several servers that rejects everything, or what others answer,
is of no use either.
"""

import asyncio
from dataclasses import dataclass, field

from captioning.concurrency import Manners
from captioning.endpoints import Endpoint, now_s
from captioning.replies import Reply
from captioning.troubles import Means, Trouble

_ENOUGH = 3
"""Requests in a row that came to nothing; or tries of one request."""
_COMPANY = 2
"""Times that a server is lost with a request among others, before the request goes alone."""
_MANY = 8
"""Answers to others for each of theirs that came to nothing, if what a request gets is its own fault."""
_LONG = 15
"""What patience is divided by for a request that only the smallest question speaks against."""
_SERVERS = frozenset({Means.WAIT, Means.AWAY, Means.GONE})


@dataclass
class Course:
    """What has become of one request so far."""

    tries: int = 0
    """Those that count against it."""
    _in_vain: int = 0
    _lost: int = 0
    since_s: float = 0.0
    """When it first came to nothing."""
    vouched: bool = False
    """Whether the server answered the smallest question just before."""
    seen: "dict[Diagnosis, tuple[int, int]]" = field(default_factory=dict)
    """How many each server had answered, and had not, when this request last came to nothing there."""
    _rejected: "tuple[Diagnosis, Trouble] | None" = None
    is_rejected: bool = False
    """Whether no other server need be asked."""

    @property
    def is_suspect(self) -> bool:
        """Return whether it came to nothing so often that it may be its own fault."""
        return self._in_vain >= _ENOUGH

    @property
    def goes_first(self) -> bool:
        """Return whether it is tried again before others are; not if theirs are to tell whose fault it is."""
        return self.tries > 0 and not self.is_suspect

    @property
    def goes_alone(self) -> bool:
        """Return whether it may cost others their answers."""
        return self._lost >= _COMPANY

    @property
    def rejected_by(self) -> Endpoint | None:
        """Return where it isn't to be sent again."""
        return self._rejected[0].endpoint if self._rejected else None

    def came_to_nothing(self, trouble: Trouble) -> None:
        """Take note of a trouble that seems to be the server's."""
        self._lost += trouble.how == "lost"
        if trouble.means in _SERVERS:
            self.since_s = self.since_s or now_s()
            self._in_vain += 1

    def answered(self) -> None:
        """Take note of its answer: who rejected it was wrong."""
        if self._rejected:
            self._rejected[0].contradicted()

    def rejected(self, by: "Diagnosis", trouble: Trouble, *, is_final: bool) -> None:
        """Take note that a server rejected it; a second one settles it."""
        if self._rejected:
            self._rejected[0].confirmed()
        self.is_rejected = is_final or self._rejected is not None
        self._rejected = self._rejected or (by, trouble)

    def given_up(self) -> Trouble:
        """Return with what it was rejected, where nobody else can be asked."""
        assert self._rejected is not None
        self.is_rejected = True
        return self._rejected[1]


class Diagnosis:
    """What is known of one server's health."""

    def __init__(self, endpoint: Endpoint, manners: Manners, *, has_others: bool) -> None:
        self.endpoint = endpoint
        self._long_s, self._has_others = manners.patience_s / _LONG, has_others
        self._in_vain = self._rejections = self._contradictions = 0
        self._answers = self._failures = 0
        self._rejects = ""
        """What it rejects, if it is of no use."""
        self._looking = asyncio.Lock()
        self._looked_s = float("-inf")
        self._said: Reply | Trouble | None = None

    def answered(self, course: Course) -> None:
        """Take note that it has answered somebody."""
        course.answered()
        self._answers += 1
        self._in_vain = self._rejections = self._contradictions = 0
        self._rejects = ""

    def contradicted(self) -> None:
        """Take note that another server answered what this one rejected."""
        self._contradictions += 1

    def confirmed(self) -> None:
        """Take note that another server rejected what this one rejected."""
        self._rejections = self._contradictions = 0

    async def of(self, trouble: Trouble, course: Course) -> Trouble:
        """Return a trouble with what it means, now that the server was looked at."""
        if trouble.means is Means.GIVE_UP:
            return await self._of_rejection(trouble, course)
        if trouble.means is Means.RETRY:
            trouble = await self._of_failure(trouble)
        if trouble.how == "unsent":
            return trouble
        is_its_own = trouble.means in _SERVERS and self._is_its_own(course)
        course.came_to_nothing(trouble)
        self._failures += trouble.means in _SERVERS
        course.seen[self] = (self._answers, self._failures)
        if not is_its_own:
            return trouble
        course.tries = max(course.tries, _ENOUGH)
        return trouble._replace(means=Means.RETRY)

    async def doubt(self, course: Course) -> Trouble | None:
        """Return what is wrong with the server itself, where it has answered nobody since it failed a request."""
        course.vouched = False
        if self not in course.seen or self._answers > course.seen[self][0]:
            return None
        said = await self.endpoint.smallest()
        course.vouched = isinstance(said, Reply)
        if isinstance(said, Trouble) and said.means is Means.RETRY:
            said = said._replace(means=Means.AWAY)
        return said if isinstance(said, Trouble) and said.means in _SERVERS else None

    def _is_its_own(self, course: Course) -> bool:
        """Return whether others are answered where a request isn't; after an outage, or in a burst, they aren't."""
        if not course.is_suspect or self not in course.seen:
            return False
        answers, failures = course.seen[self]
        if self._answers - answers > _MANY * (self._failures - failures):
            return True
        return course.vouched and now_s() - course.since_s >= self._long_s

    async def _of_failure(self, trouble: Trouble) -> Trouble:
        absence = await self.endpoint.absence()
        if absence is not None:
            return trouble._replace(means=absence)
        self._in_vain += 1
        if self._in_vain < _ENOUGH or await self._answers_at_all():
            return trouble
        return trouble._replace(means=Means.UNWELL)

    async def _of_rejection(self, trouble: Trouble, course: Course) -> Trouble:
        if self._has_others and await self._is_of_no_use():
            return trouble._replace(means=Means.UNWELL, detail=f"rejects {self._rejects}: {trouble.detail}")
        course.rejected(self, trouble, is_final=not self._has_others)
        return trouble

    async def _is_of_no_use(self) -> bool:
        """Return whether it rejects whatever it is asked; that lasts until it answers somebody."""
        self._rejections += 1
        if not self._rejects and self._contradictions >= _ENOUGH:
            self._rejects = "what others answer"
        elif not self._rejects and self._rejections >= _ENOUGH:
            said = await self._looked()
            self._rejections = 0
            if isinstance(said, Trouble) and said.means is Means.GIVE_UP:
                self._rejects = "even the smallest question"
        return bool(self._rejects)

    async def _answers_at_all(self) -> bool:
        """Return whether it answers the smallest question there is, or says itself what is wrong with that."""
        said = await self._looked()
        is_well = isinstance(said, Reply) or said.means in {Means.GIVE_UP, Means.WAIT}
        if is_well:
            self._in_vain = 0
        return is_well

    async def _looked(self) -> Reply | Trouble:
        """Ask it, once for all who want to know at the same time."""
        since_s = now_s()
        async with self._looking:
            if self._said is None or self._looked_s < since_s:
                self._said, self._looked_s = await self.endpoint.smallest(), now_s()
            return self._said
