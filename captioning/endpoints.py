"""Endpoints: one server each, asked through OpenAI's client; the only place that speaks to a network here."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from captioning.concurrency import Manners, Throttle
from captioning.replies import Reply, reply_of
from captioning.troubles import Means, Trouble, trouble_of_status
from schemas.errors import UsageError

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

_CONNECT_S = 10.0
_HIDDEN = "[key]"


class Endpoint:
    """One server: where it is, how much it is given, and how it is asked."""

    def __init__(self, url: str, model: str, key: str | None, manners: Manners) -> None:
        self.url, self._model, self._key, self._manners = url, model, key, manners
        self.throttle = Throttle(manners)
        self._client = _client(url, key, manners)

    async def ask(self, body: bytes) -> Reply | Trouble:
        """Send a request once."""
        try:
            async with asyncio.timeout(self._manners.timeout_s):
                return await self._sent(body)
        except TimeoutError:
            return Trouble(Means.RETRY, "server_timeout", f"no answer within {self._manners.timeout_s:g} s")

    async def is_there(self) -> bool:
        """Return whether somebody answers at all: what it serves, or that it won't tell."""
        import httpx2
        from openai import APIStatusError, OpenAIError

        try:
            async with asyncio.timeout(min(_CONNECT_S, self._manners.timeout_s)):
                await self._client.get("/models", cast_to=httpx2.Response)
        except APIStatusError as error:
            return error.status_code < 500
        except (OpenAIError, TimeoutError, _TooLargeError):
            return False
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _sent(self, body: bytes) -> Reply | Trouble:
        import httpx2
        from openai import APIConnectionError, APIStatusError

        try:
            answer = await self._client.post("/chat/completions", cast_to=httpx2.Response, content=body)
        except APIStatusError as error:
            said = self._hidden(_message(error.response.text))
            return trouble_of_status(error.status_code, error.response.headers, said)
        except APIConnectionError as error:
            return _lost(error.__cause__)
        except _TooLargeError:
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
        model = said.get("model")
        if isinstance(model, str) and model and not model.startswith(self._model):
            detail = f"answers as {self._hidden(model)[:80]!r}, where {self._model!r} was asked"
            return Trouble(Means.END, "request_rejected", detail)
        return reply

    def _hidden(self, said: str) -> str:
        """Return what a server said without the key, which some repeat."""
        return said.replace(self._key, _HIDDEN) if self._key else said


def _client(url: str, key: str | None, manners: Manners) -> "AsyncOpenAI":
    """Return OpenAI's client for a server, with its own retries off.

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
    except ImportError:
        raise UsageError("OpenAI's client isn't installed.", mend="pip install 'bricks[caption]'.") from None
    most = manners.at_most + 8
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=4.0)
    transport = _bounded_transport(limits, manners.largest_answer_bytes)
    timeout = httpx2.Timeout(manners.timeout_s, connect=min(_CONNECT_S, manners.timeout_s))
    http = DefaultAsyncHttpxClient(transport=transport, follow_redirects=False, timeout=timeout)
    return AsyncOpenAI(base_url=url, api_key=key or "none", max_retries=0, timeout=timeout, http_client=http)


def _bounded_transport(limits: "httpx2.Limits", most_bytes: int) -> "httpx2.AsyncBaseTransport":
    import httpx2

    class Bounded(httpx2.AsyncHTTPTransport):
        """Ends an answer that is larger than any can be."""

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = await super().handle_async_request(request)
            answer.stream = _Bounded(answer.stream, most_bytes)  # type: ignore[arg-type]
            return answer

    class _Bounded(httpx2.AsyncByteStream):
        def __init__(self, stream: httpx2.AsyncByteStream, most_bytes: int) -> None:
            self._stream, self._most_bytes = stream, most_bytes

        async def __aiter__(self) -> AsyncIterator[bytes]:
            seen = 0
            async for chunk in self._stream:
                seen += len(chunk)
                if seen > self._most_bytes:
                    raise _TooLargeError
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Bounded(limits=limits)


class _TooLargeError(Exception):
    """An answer is larger than any can be."""


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
        return Trouble(Means.AWAY, "server_error", f"nobody answers there ({_words(cause)})")
    if isinstance(cause, httpx2.TimeoutException):
        return Trouble(Means.RETRY, "server_timeout", f"no answer in time ({name})")
    return Trouble(Means.RETRY, "server_error", f"the connection was lost ({name})")


def _words(cause: BaseException) -> str:
    return str(cause) or type(cause).__name__


def now_s() -> float:
    """Return seconds of the clock that pauses are measured by."""
    return time.monotonic()
