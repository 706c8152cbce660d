"""Review app: the addresses of the review page; each is a few lines between the desk and a template."""

import secrets
from collections.abc import Callable
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from curation import review_pages as pages
from curation import review_reading as reading
from curation.review_desk import Desk, Shown
from curation.review_forms import reason_of, value_of
from curation.review_media import KEY, NAME, media_routes, missing
from curation.review_terms import UnknownTermError, refuse_unknown
from curation.review_verdicts import MOST_NAME, Said
from pipeline.web_security import Session, Sessions, same
from schemas.errors import UsageError
from schemas.review import ReviewItem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_MOST_NONCE = 64


def routes(
    desk: Desk, reviewer: str = "", terms: Callable[[str], list[dict[str, str]]] = lambda _: []
) -> "list[Route]":
    """Return the addresses; `reviewer` is who works where no name was given, `terms` looks words up in ontologies."""
    from starlette.routing import Route

    asked = [
        ("/", _queues, "GET"),
        ("/reviewer", _named, "POST"),
        (f"/queue/{NAME}", _item, "GET"),
        (f"/queue/{NAME}/{KEY}", _item, "GET"),
        (f"/decide/{KEY}", _decided, "POST"),
        ("/record/{record_id:str}", _record, "GET"),
        ("/stats", _stats, "GET"),
    ]
    made = [Route(path, partial(handle, desk, reviewer), methods=[method]) for path, handle, method in asked]
    return [*made, *media_routes(desk, terms)]


def _who(request: "Request", reviewer: str) -> str:
    session: Session = request.scope["session_of"]
    return session.name or reviewer


def _sessions(request: "Request") -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _page(request: "Request", template: str, reviewer: str, status: int = 200, **shown: Any) -> "Response":  # noqa: ANN401
    """Return a page; every one knows who reads it and what its forms carry."""
    from starlette.responses import HTMLResponse

    who, csrf = _who(request, reviewer), _sessions(request).csrf(request.scope["session_of"])
    fixed = {"reviewer": who, "csrf": csrf, "nonce": secrets.token_hex(8)}
    return HTMLResponse(pages.rendered(template, **fixed, **shown), status)


def _to(place: str) -> "Response":
    from starlette.responses import RedirectResponse

    return RedirectResponse(place, 303)


def _queues(desk: Desk, reviewer: str, request: "Request") -> "Response":
    desk.refresh()
    with desk.index() as index:
        told = [(queue, reading.progress(index, queue.name)) for queue in desk.queues]
    return _page(request, "queues", reviewer, queues=told, name=desk.manifest.name)


async def _form(request: "Request") -> dict[str, str]:
    """Return the fields of a form of ours.

    Raises:
        HTTPException: it doesn't carry this session's word.
    """
    from starlette.exceptions import HTTPException

    fields = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    given = fields.get("csrf") or request.headers.get("x-csrf-token", "")
    if not same(given, _sessions(request).csrf(request.scope["session_of"])):
        raise HTTPException(403, "This form is out of date: load the page again.")
    return fields


async def _named(desk: Desk, reviewer: str, request: "Request") -> "Response":
    given = " ".join((await _form(request)).get("name", "").split())
    name = "".join(filter(str.isprintable, given))[:MOST_NAME]
    response, sessions = _to("/"), _sessions(request)
    session = Session(request.scope["session_of"].id, name)
    response.set_cookie(
        sessions.cookie, sessions.written(session), max_age=2592000, path="/", httponly=True, samesite="strict"
    )
    return response


def _item(desk: Desk, reviewer: str, request: "Request") -> "Response":
    """Show an item of a queue: the one whose key is asked for, else what this reviewer is asked next."""
    who, queue, asked = _who(request, reviewer), desk.queue(request.path_params["name"]), request.path_params.get("key")
    if queue is None:
        raise missing()
    if not who:
        return _to("/")
    with desk.index() as index:
        key = asked or reading.next_key(index, queue.name, who)
        shown = desk.show(index, queue.name, key, who) if key else None
        if asked and shown is None:
            raise missing()
        return _answer(desk, reviewer, request, index, queue.name, shown)


def _answer(  # noqa: PLR0913, PLR0917  (what a page is made of)
    desk: Desk,
    reviewer: str,
    request: "Request",
    index: Connection,
    name: str,
    shown: Shown | None,
    notice: str = "",
    status: int = 200,
    typed: str = "",
) -> "Response":
    """Return an item as a page, or as the part of one that htmx puts in its place."""
    who, queue = _who(request, reviewer), desk.queue(name)
    told = pages.told(desk, index, queue, shown, who)
    template = "item_card" if request.headers.get("hx-request") == "true" else "item"
    return _page(request, template, reviewer, status, notice=notice, typed=typed, **told)


async def _decided(desk: Desk, reviewer: str, request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_decide, desk, reviewer, request, await _form(request))


def _decide(desk: Desk, reviewer: str, request: "Request", fields: dict[str, str]) -> "Response":
    """Write a verdict down, then show what is next; a form that was taken in before does nothing more."""
    who, key = _who(request, reviewer), request.path_params["key"]
    if not who:
        return _to("/")
    with desk.index() as index:
        name = reading.queue_of_key(index, key) or fields.get("queue", "")
        queue = desk.queue(name)
        if queue is None:
            raise missing()
        shown = desk.show(index, name, key, who)
        notice, status, after, typed = "", 200, shown, ""
        if shown is None:
            notice, status = "It has changed since you saw it: this is what stands there now.", 409
        else:
            try:
                after = _done(desk, index, shown, who, fields)
            except UsageError as error:
                notice, status = f"Not saved: {error.what}", 422
                typed = error.typed if isinstance(error, UnknownTermError) else ""
        if after is None:
            following = reading.next_key(index, name, who, shown.number or -1 if shown else -1)
            after = desk.show(index, name, following, who) if following else None
        if request.headers.get("hx-request") != "true" and status == 200:
            return _to(f"/queue/{name}/{after.item.key}" if after else f"/queue/{name}")
        return _answer(desk, reviewer, request, index, name, after, notice, status, typed)


def _done(desk: Desk, index: Connection, shown: Shown, who: str, fields: dict[str, str]) -> Shown | None:
    """Carry a form out, and return the item that stays on the screen, None where the next one comes."""
    verdict, nonce = fields.get("verdict", ""), fields.get("nonce", "")
    name, key = shown.item.queue, shown.item.key
    if len(nonce) > _MOST_NONCE:  # it is kept, and ours are shorter
        raise UsageError("this form is no form of this page: load it again.")
    if nonce and desk.is_sent(index, nonce):
        return desk.show(index, name, key, who) if verdict == "undo" else None
    if verdict == "skip":
        reading.skip(index, name, key, who)
    elif verdict == "undo":
        desk.undo(index, shown.item, who)
    else:
        said = _said(shown.item, fields)
        refuse_unknown(desk.terms, shown.item, said.value, fields.get("typed", ""))
        desk.decide(index, shown, said, who, saw=fields.get("saw", ""))
    desk.take(index, nonce)
    if verdict == "undo":  # it is on this screen again
        reading.lease(index, name, key, who)
        return desk.show(index, name, key, who)
    reading.release(index, name, key, who)
    return None


def _said(item: ReviewItem, fields: dict[str, str]) -> Said:
    verdict = fields.get("verdict", "")
    value = value_of(item, fields) if verdict == "edit" else None
    return Said(verdict, value, reason_of(fields), whole=bool(fields.get("whole")))


def _stats(desk: Desk, reviewer: str, request: "Request") -> "Response":
    with desk.index() as index:
        told = pages.statistics(desk, index)
    return _page(request, "stats", reviewer, statistics=told, name=desk.manifest.name)


def _record(desk: Desk, reviewer: str, request: "Request") -> "Response":
    """Lead to what is asked about a record: the report and other programs know its id."""
    with desk.index() as index:
        found = reading.item_about(index, request.path_params["record_id"])
    if found is None:
        raise missing()
    return _to("/queue/{}/{}".format(*found))
