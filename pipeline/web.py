"""Web: the shell of the pages that are worked in: an application behind its guards."""

import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from pipeline.web_security import HEADERS, MIN_TOKEN, Sessions, cookie_in, is_local, is_our_host, may_post, same
from schemas.errors import UsageError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 1 << 20
"""Of a form."""
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Door:
    """Where a server listens, and whom it lets in."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = None
    secret: bytes = b""
    """What cookies are signed with."""

    def checked(self) -> "Door":
        """Return the door, if it is safe to open.

        Raises:
            UsageError: others could reach it without a token, or guess it.
        """
        if self.token is not None and len(self.token) < MIN_TOKEN:
            mend = f"Take {MIN_TOKEN} characters or more, such as `openssl rand -hex 16` prints."
            raise UsageError("the token is too short to be safe.", where="--token", mend=mend)
        if not is_local(self.host) and not self.token:
            mend = "Set BRICKS_REVIEW_TOKEN, or say --token WORD; loopback, which is the default, needs none."
            raise UsageError(f"{self.host} can be reached by others, so it takes a token.", where="--host", mend=mend)
        return self


def application(
    routes: "Sequence[BaseRoute]",
    door: Door,
    heard: Callable[[str], None] = lambda _: None,
    framed: Callable[[str], str] | None = None,
) -> App:
    """Return an application of these routes behind all guards; `heard` is told a line for each request.

    `framed` makes a page of the words of an error, for browsers that ask for one.
    """
    from starlette.applications import Starlette
    from starlette.middleware.gzip import GZipMiddleware

    answer = partial(_refused, framed)
    handlers = dict.fromkeys((400, 403, 404, 405, 413, 422, 500), answer)
    inner: Starlette = Starlette(routes=list(routes), exception_handlers=handlers)
    sessions = Sessions(door.secret, door.token)
    inner.state.sessions = sessions
    zipped = GZipMiddleware(_guarded(inner, door, sessions), minimum_size=512, compresslevel=6)
    return _told(_headed(zipped), heard)


async def _refused(framed: Callable[[str], str] | None, request: "Request", error: Exception) -> "Response":
    """Answer with a word: an error page shows nothing that was sent."""
    from starlette.responses import HTMLResponse, PlainTextResponse

    code = getattr(error, "status_code", 500)
    words = {404: "There is no such page.", 405: "This page can't be asked that way.", 500: "Something went wrong."}
    told = words.get(code, getattr(error, "detail", "") or "Refused.")
    if framed is None or "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(told, code)
    return HTMLResponse(framed(told), code)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _guarded(inner: "App | Starlette", door: Door, sessions: Sessions) -> App:
    """Refuse foreign hosts and origins, whom has no token, bodies that are too long; give each browser a session."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        headers = _headers(scope)
        refused = _refusal(scope, headers, door)
        if refused:
            await _say(send, *refused)
            return
        cookies = cookie_in(headers.get("cookie", ""), sessions.cookie)
        session = next((known for known in map(sessions.read, cookies) if known), None)
        if session is None and door.token is not None:
            await _let_in(scope, send, door.token, sessions)
            return
        fresh = session is None
        session = session or sessions.begun()
        scope["session_of"] = session
        cookie = _set_cookie(sessions, sessions.written(session)) if fresh else None
        if door.token is not None and "token" in dict(parse_qsl(scope["query_string"].decode("latin-1"))):
            await _redirect(scope, send, [])
            return
        await inner(scope, _bounded(receive, headers), _with_cookie(send, cookie))

    return guard


def _refusal(scope: Scope, headers: dict[str, str], door: Door) -> tuple[int, str] | None:
    """Return why a request isn't even read."""
    if sum(name == b"host" for name, _ in scope["headers"]) != 1 or not is_our_host(headers["host"], door.host):
        return 421, "This server is called otherwise."
    if scope["method"] not in {*_SAFE, "POST"}:
        return 405, "This page can't be asked that way."
    if scope["method"] == "POST" and not may_post(headers):
        return 403, "This form came from another page."
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return 413, "That is too long."
    return None


async def _let_in(scope: Scope, send: Send, token: str, sessions: Sessions) -> None:
    """Give a browser that shows the token its cookie, and send it to the same address without the token."""
    given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token", "")
    if scope["method"] not in _SAFE or not same(given, token):
        await _say(send, 401, "Open the address that the command printed: it holds the token.")
        return
    await _redirect(scope, send, [_set_cookie(sessions, sessions.written(sessions.begun()))])


async def _redirect(scope: Scope, send: Send, more: list[tuple[bytes, bytes]]) -> None:
    kept = [(name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "token"]
    path = "/" + scope.get("raw_path", b"/").decode("latin-1").lstrip("/\\")  # //host would be another site
    place = f"{path}?{urlencode(kept)}" if kept else path
    await _say(send, 303, "", [(b"location", place.encode("latin-1")), *more])


def _set_cookie(sessions: Sessions, value: str) -> tuple[bytes, bytes]:
    return b"set-cookie", f"{sessions.cookie}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000".encode()


def _with_cookie(send: Send, cookie: tuple[bytes, bytes] | None) -> Send:
    async def sent(message: Message) -> None:
        if cookie and message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), cookie]
        await send(message)

    return sent


async def _say(send: Send, status: int, words: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    body = words.encode()
    told = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*told, *headers]})
    await send({"type": "http.response.body", "body": body})


def _bounded(receive: Receive, headers: dict[str, str]) -> Receive:
    """Cut a body that grows beyond the limit, whatever its header said."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BYTES:
            from starlette.exceptions import HTTPException

            raise HTTPException(413, "That is too long.")
        return message

    return bounded


def _headed(inner: App) -> App:
    """Add what every answer carries; pages aren't kept by browsers unless they say so themselves."""
    fixed = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def headed(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message.get("headers", ())}
                kept = [] if b"cache-control" in own else [(b"cache-control", b"no-store")]
                message["headers"] = [*message.get("headers", ()), *fixed, *kept]
            await send(message)

        await inner(scope, receive, sent)

    return headed


def _told(inner: App, heard: Callable[[str], None]) -> App:
    """Tell a line for each request: no query, which may hold a token, and as it was sent, so that nothing is obeyed."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await inner(scope, receive, sent)
        if scope["type"] == "http":
            path = scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "backslashreplace")
            heard(f"{scope['method']} {path} {status} {1000 * (time.perf_counter() - began):.0f} ms")

    return told
