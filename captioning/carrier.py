"""Carrier: brings questions about a panel to a cache or a server, and replies back, until there is an outcome."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from captioning.accounts import Meter
from captioning.answers import Answers
from captioning.asked import Answered, Asked, NotAnswered, Picture
from captioning.concurrency import Manners
from captioning.diagnosis import Course, Diagnosis
from captioning.dialogue import Dialogue, dialogue
from captioning.endpoints import Endpoint, now_s
from captioning.picture_parts import Inline, SharedFolder
from captioning.prompts import prompt_named
from captioning.replies import Reply
from captioning.request_bodies import Question, on_the_wire
from captioning.slots import Slots
from captioning.troubles import Means, Trouble
from pipeline.processes import cores
from pipeline.refusals import refuse_shortage
from schemas.errors import PixelError
from schemas.manifest import CaptioningSettings

_log = logging.getLogger(__name__)
_TICK_S = 1.0
_TICKS_A_WRITE = 5
_SILENT_S = 5.0
_Done = TypeVar("_Done")


@dataclass
class Parcel:
    """A question with its picture's pixels, which are let go as soon as they aren't needed."""

    asked: Asked
    """Names the picture, without its bytes."""
    picture: Picture | None
    address: bytes | None = None
    """Where the picture is for the server, once it is made ready."""


class Carrier:
    """What one run shares: endpoints, answers, threads."""

    def __init__(self, settings: CaptioningSettings, cache: Path, key: str | None, manners: Manners) -> None:
        self._settings, self._manners = settings, manners
        self._prompt = prompt_named(settings.prompt)
        self._endpoints = [Endpoint(url, settings.model or "", key, manners) for url in settings.endpoints]
        self._health = {one: Diagnosis(one, manners, has_others=len(self._endpoints) > 1) for one in self._endpoints}
        self._slots = Slots(self._endpoints, manners)
        self._meter = Meter(settings)
        self._answers, self._known = Answers(cache), Answers(cache)
        """One is written, by a thread that may have to wait for other processes; one is read, which never waits."""
        self._keeper = ThreadPoolExecutor(1, "answers")
        self._cores = cores()
        self._makers = ThreadPoolExecutor(self._cores, "pictures")
        folder = settings.shared_folder
        self._pictures = Inline() if folder is None else SharedFolder(Path(folder))
        self._on_the_way: dict[str, asyncio.Future[Reply | Trouble]] = {}
        self.tasks: set[asyncio.Task[Answered | NotAnswered]] = set()
        self._taken_bytes = self._let_go_bytes = 0  # each is counted by one thread alone
        self._ticking: asyncio.Task[None] | None = None
        self._asked_for: dict[str, str] = {}
        """Keys of first questions by panel, as far as they aren't written down."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in (self._makers, self._keeper):
            pool.shutdown(wait=True, cancel_futures=True)
        for answers in (self._answers, self._known):
            answers.__exit__(kind, error, trace)

    @property
    def blob_bytes(self) -> int:
        """Return how large the files are that wait to be made ready."""
        return self._taken_bytes - self._let_go_bytes

    @property
    def room(self) -> int:
        """Return how many panels may be under way: those with the servers, and half as many made ready."""
        return self._slots.room * 3 // 2 + 2 * self._cores

    def parcel(self, asked: Asked) -> Parcel:
        """Return what is handed to the loop."""
        picture = asked.picture
        if picture is None:
            return Parcel(asked, None)
        named = replace(picture, sha256=picture.sha256 or hashlib.sha256(picture.blob).hexdigest())
        self._taken_bytes += len(picture.blob)
        return Parcel(replace(asked, picture=replace(named, blob=b"")), named)

    async def start(self) -> None:
        """Begin to count seconds."""
        await self._kept(lambda: self._meter.write(self._answers))
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Let go of whatever is under way."""
        going = [*self.tasks, *([self._ticking] if self._ticking else [])]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        for endpoint in self._endpoints:
            await endpoint.close()
        await self._note_asked()
        await self._kept(lambda: self._meter.write(self._answers))

    async def settle(self, parcel: Parcel) -> Answered | NotAnswered:
        """Return what comes of a question."""
        asked = parcel.asked
        talk = dialogue(asked, self._prompt, self._settings)
        question = next(talk)
        self._asked_for[asked.id] = question.key
        try:
            while True:
                reply = await self._reply(question, parcel)
                if isinstance(reply, Trouble):
                    return NotAnswered(asked.id, reply.reason, reply.detail)
                step = _step(talk, reply, asked)
                if not isinstance(step, Question):
                    return step
                question = step
        except PixelError as error:
            return NotAnswered(asked.id, error.reason, error.detail)
        finally:
            self._let_go(parcel)
            if parcel.address is not None:
                self._pictures.release(parcel.address)

    async def _reply(self, question: Question, parcel: Parcel) -> Reply | Trouble:
        """Return what was answered before, or is now; the same question at the same time is asked once."""
        under_way = self._on_the_way.get(question.key)
        if under_way is not None:
            return await asyncio.shield(under_way)
        mine = self._on_the_way[question.key] = asyncio.get_running_loop().create_future()
        try:
            reply = self._known.find(question.key) or await self._made_ready(question, parcel)
            mine.set_result(reply)
        except BaseException as error:
            mine.set_exception(error)
            mine.exception()  # seen, also where nobody else waits
            raise
        finally:
            del self._on_the_way[question.key]
        return reply

    async def _made_ready(self, question: Question, parcel: Parcel) -> Reply | Trouble:
        picture = parcel.picture
        if picture is not None:
            make = partial(self._pictures.ready, picture, self._settings.image_side_px)
            parcel.address = await asyncio.get_running_loop().run_in_executor(self._makers, make)
            self._let_go(parcel)
        return await self._sent(question, on_the_wire(question, parcel.address))

    def _let_go(self, parcel: Parcel) -> None:
        if parcel.picture is not None:
            self._let_go_bytes += len(parcel.picture.blob)
            parcel.picture = None

    async def _sent(self, question: Question, body: bytes) -> Reply | Trouble:
        """Send a request until there is an answer, or a trouble that lasts."""
        course = Course()
        while True:
            said = await self._tried(question, body, course)
            if isinstance(said, Reply) or (said.means is Means.GIVE_UP and course.is_rejected):
                return said
            if said.means is Means.RETRY:
                course.tries += 1
                if course.tries >= self._manners.tries:
                    return said
                await asyncio.sleep(self._manners.pause_after_s(course.tries))

    async def _tried(self, question: Question, body: bytes, course: Course) -> Reply | Trouble:
        self._mind_the_budget()
        slot = await self._slots.take(again=course.goes_first, alone=course.goes_alone, but=course.rejected_by)
        if slot is None:
            return course.given_up()
        endpoint = slot[0]
        self._meter.at_work(self._endpoints.index(endpoint))
        health = self._health[endpoint]
        doubt = await health.doubt(course) if course.is_suspect else None
        began_s = now_s()
        said = doubt or await endpoint.ask(body)
        if isinstance(said, Reply):
            health.answered(course)
            self._slots.answered(slot, now_s() - began_s)
            return await self._kept(partial(self._answers.keep, question, said))
        said = doubt or await health.of(said, course)
        self._slots.failed(slot, said)
        if self._slots.ended and said.means is not Means.GIVE_UP:
            raise self._slots.ended
        return said

    def _mind_the_budget(self) -> None:
        overdrawn = self._meter.overdrawn()
        if overdrawn is not None:
            self._slots.end(overdrawn)
            raise overdrawn

    async def _tick(self) -> None:
        """Count each second in which an endpoint has something to do."""
        ticks = 0
        while True:
            await asyncio.sleep(_TICK_S)
            ticks += 1
            for number, endpoint in enumerate(self._endpoints):
                if endpoint.throttle.in_flight:
                    self._meter.at_work(number)
                if endpoint.throttle.in_flight and now_s() - endpoint.heard_s > _SILENT_S:
                    await self._knock(endpoint)
            await self._note_asked()
            if ticks % _TICKS_A_WRITE == 0:
                await self._kept(lambda: self._meter.write(self._answers))

    async def _note_asked(self) -> None:
        noted, self._asked_for = self._asked_for, {}
        if noted:
            await self._kept(lambda: self._answers.note_asked(noted))

    async def _knock(self, endpoint: Endpoint) -> None:
        """See whether anybody listens where all that is under way is silent."""
        if await endpoint.is_refused():
            nobody = Trouble(Means.GONE, "server_error", "nobody answers there any more")
            endpoint.failed(nobody)
            self._slots.failed((endpoint, endpoint.throttle.era), nobody)

    async def _kept(self, work: Callable[[], _Done]) -> _Done:
        """Do something with the file of answers, in the thread that has it."""
        return await asyncio.get_running_loop().run_in_executor(self._keeper, work)


def _step(talk: Dialogue, reply: Reply, asked: Asked) -> Question | Answered | NotAnswered:
    """Return the next question, or what came of all; a check that fails on a text costs only its panel."""
    try:
        return talk.send(reply)
    except StopIteration as done:
        outcome: Answered | NotAnswered = done.value
        return outcome
    except Exception as error:  # noqa: BLE001  (a bug in a check costs a panel, not the run)
        refuse_shortage(error)
        _log.exception("a check failed on the text of %s", asked.id)
        return NotAnswered(asked.id, "unexpected_error", f"{type(error).__name__}: {error}", text=reply.text)
