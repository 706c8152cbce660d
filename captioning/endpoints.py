"""Endpoints: one server each, asked through OpenAI's client; the only place that speaks to a network here."""

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from captioning.concurrency import Manners, Throttle
from captioning.replies import Reply, is_by, reply_of, whole_characters
from captioning.troubles import Means, Trouble, trouble_of_status
from schemas.errors import UsageError

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

    from captioning.connections import Connections

_CONNECT_S = 10.0
_SMALL_S = 60.0
_KNOCK_S = 1.0
_HIDDEN = "[key]"


class Endpoint:
    """One server: where it is, how much it is given, and how it is asked."""

    def __init__(self, url: str, model: str, key: str | None, manners: Manners) -> None:
        self.url, self._model, self._key, self._manners = url, model, key, manners
        self.throttle = Throttle(manners)
        self._client, self._connections = _client(url, key, manners)
        self._life = 0
        """Counts how often nobody listened there: a server that answers after that is another one."""
        self._under_way: dict[asyncio.Timeout, int] = {}
        """What hasn't come back yet, with the life in which it went out."""
        self.has_answered = False
        self.heard_s = now_s()
        """When a request last came back, with whatever."""

    async def ask(self, body: bytes) -> Reply | Trouble:
        """Send a request once."""
        life, began_s = self._life, now_s()
        try:
            async with asyncio.timeout(self._manners.timeout_s) as limit:
                self._under_way[limit] = life
                said = await self._sent(body)
        except TimeoutError:
            after_s = now_s() - began_s
            if life < self._life and after_s < self._manners.timeout_s:
                return Trouble(Means.AWAY, "server_error", "the server was started anew before it answered", how="lost")
            said = Trouble(Means.RETRY, "server_timeout", f"no answer within {after_s:.3g} s")
        finally:
            del self._under_way[limit]
            self.heard_s = now_s()
        if isinstance(said, Reply):
            self._has_answered(life)
        else:
            self.failed(said)
        return said

    def _has_answered(self, life: int) -> None:
        """Give up, after a while, what went to a server of before: one that ends in order answers it in that time."""
        self.has_answered = True
        until_s = asyncio.get_running_loop().time() + self._manners.slow_s
        for limit, its_life in self._under_way.items():
            if its_life < life and not limit.expired() and (limit.when() or until_s) > until_s:
                limit.reschedule(until_s)

    def failed(self, trouble: Trouble) -> None:
        """Take note that a request came to nothing, or would."""
        if trouble.means is Means.GONE:
            self._life += 1
        if trouble.means in {Means.RETRY, Means.AWAY, Means.GONE}:
            self._connections.renew()

    async def absence(self) -> Means | None:
        """Return in which way nobody is there, by what it says of its models; None where somebody answers at all."""
        import httpx2
        from openai import APIConnectionError, APIStatusError, OpenAIError

        from captioning.connections import TooLargeError

        try:
            async with asyncio.timeout(min(_CONNECT_S, self._manners.timeout_s)):
                await self._client.get("/models", cast_to=httpx2.Response)
        except APIStatusError as error:
            return Means.AWAY if error.status_code >= 500 else None
        except APIConnectionError as error:
            means = _lost(error.__cause__).means
            self.failed(Trouble(means, "server_error", ""))
            return Means.GONE if means is Means.GONE else Means.AWAY
        except (OpenAIError, TimeoutError, TooLargeError):
            return Means.AWAY
        return None

    async def is_refused(self) -> bool:
        """Return whether nobody listens there; a request that is under way may never learn that."""
        where = urlsplit(self.url)
        port = where.port or (443 if where.scheme == "https" else 80)
        try:
            async with asyncio.timeout(min(_KNOCK_S, self._manners.timeout_s)):
                _, writer = await asyncio.open_connection(where.hostname, port)
        except (OSError, TimeoutError) as error:
            return _is_refused(error)
        writer.close()
        return False

    async def smallest(self) -> Reply | Trouble:
        """Return what it says to the smallest question there is."""
        small = {"model": self._model, "messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 1}
        try:
            async with asyncio.timeout(min(_SMALL_S, self._manners.timeout_s)):
                said = await self._sent(json.dumps(small).encode())
        except TimeoutError:
            said = Trouble(Means.RETRY, "server_timeout", "no answer to the smallest question")
        if isinstance(said, Trouble):
            self.failed(said)
        return said

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _sent(self, body: bytes) -> Reply | Trouble:
        import httpx2
        from openai import APIConnectionError, APIStatusError

        from captioning.connections import TooLargeError

        try:
            answer = await self._client.post("/chat/completions", cast_to=httpx2.Response, content=body)
        except APIStatusError as error:
            said = self._hidden(_message(error.response.text))
            return trouble_of_status(error.status_code, error.response.headers, said)
        except APIConnectionError as error:
            return _lost(error.__cause__)
        except TooLargeError:
            most = self._manners.largest_answer_bytes
            return Trouble(Means.RETRY, "answer_too_large", f"the answer is larger than {most} bytes")
        return self._read(answer)

    def _read(self, answer: "httpx2.Response") -> Reply | Trouble:
        kind = answer.headers.get("content-type", "")
        try:
            said = json.loads(answer.content)
        except ValueError:
            said = None
        reply = reply_of(said)
        if reply is None:
            return Trouble(
                Means.RETRY, "no_answer", f"{answer.status_code}, {kind or 'no type'}, is no chat completion"
            )
        if not is_by(said, self._model):
            detail = f"answers as {self._hidden(str(said['model']))[:80]!r}, where {self._model!r} was asked"
            return Trouble(Means.END, "request_rejected", detail)
        return reply

    def _hidden(self, said: str) -> str:
        """Return what a server said without the key, which some repeat."""
        told = whole_characters(said)
        return told.replace(self._key, _HIDDEN) if self._key else told


def _client(url: str, key: str | None, manners: Manners) -> "tuple[AsyncOpenAI, Connections]":
    """Return OpenAI's client for a server, with its own retries off, and its connections.

    Raises:
        UsageError: it isn't installed, or the key can't be sent.
    """
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError(
            "holds what no header can carry, such as a blank.", where="captioning.key", mend="Set it anew."
        )
    try:
        import httpx2
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        from captioning.connections import Connections
    except ImportError:
        raise UsageError("OpenAI's client isn't installed.", mend="pip install 'bricks[caption]'.") from None
    connections = Connections(manners.at_most + 8, manners.largest_answer_bytes)
    timeout = httpx2.Timeout(manners.timeout_s, connect=min(_CONNECT_S, manners.timeout_s))
    http = DefaultAsyncHttpxClient(transport=connections, follow_redirects=False, timeout=timeout)
    client = AsyncOpenAI(base_url=url, api_key=key or "none", max_retries=0, timeout=timeout, http_client=http)
    return client, connections


def _message(text: str) -> str:
    """Return the words of an error's body: `error.message` of OpenAI's form, `message` or `detail` of others."""
    try:
        said: Any = json.loads(text)
    except ValueError:
        return text
    inner = said.get("error", said) if isinstance(said, dict) else said
    if isinstance(inner, dict):
        inner = inner.get("message") or inner.get("detail") or inner
    return str(inner)


def _lost(cause: BaseException | None) -> Trouble:
    """Return what it means that there was no answer: nobody is there, or somebody hung up."""
    import httpx2

    name = type(cause).__name__
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
        means = Means.GONE if _is_refused(cause) else Means.AWAY
        return Trouble(means, "server_error", f"nobody answers there ({_words(cause)})", how="unsent")
    if isinstance(cause, httpx2.TimeoutException):
        return Trouble(Means.RETRY, "server_timeout", f"no answer in time ({name})")
    return Trouble(Means.RETRY, "server_error", f"the connection was lost ({name})", how="lost")


def _is_refused(error: BaseException | None) -> bool:
    """Return whether a host said that nobody listens, to any of the attempts that were made."""
    if error is None or isinstance(error, ConnectionRefusedError):
        return error is not None
    return any(map(_is_refused, (error.__cause__ or error.__context__, *getattr(error, "exceptions", ()))))


def _words(cause: BaseException) -> str:
    return str(cause) or type(cause).__name__


def now_s() -> float:
    """Return seconds of the clock that pauses are measured by."""
    return time.monotonic()
