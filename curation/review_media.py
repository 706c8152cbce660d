"""Review media: pictures, tiles, proposals, words and the page's own files, each behind an address."""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from curation import review_pages as pages
from curation import review_reading as reading
from curation.review_desk import Desk
from curation.review_pictures import SIDE_PX, Look, picture, tile
from curation.review_proposals import proposals
from curation.review_standings import item_of
from schemas.errors import PixelError
from schemas.review import PicturePlace

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

KEY, NAME = "{key:str}", "{name:str}"
_FOREVER = "private, max-age=31536000, immutable"
_MEDIA = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "txt": "text/plain"}
_MOST_LEVELS = 10


def media_routes(desk: Desk, terms: Callable[[str], list[dict[str, str]]]) -> "list[Route]":
    """Return the addresses of all that a page of the review loads; `terms` looks words up in ontologies."""
    from starlette.routing import Route

    asked: list[tuple[str, Callable[..., Any]]] = [
        (f"/picture/{KEY}/{{number}}.jpg", partial(_picture, desk)),
        (f"/tile/{KEY}/{{number}}/{{level}}/{{x}}/{{y}}.jpg", partial(_tile, desk)),
        (f"/proposals/{KEY}", partial(_proposals, desk)),
        ("/terms", partial(_terms, terms)),
        (f"/static/{NAME}", _static),
    ]
    return [Route(path, handle, methods=["GET"]) for path, handle in asked]


def missing() -> Exception:
    """Return what is raised where an address leads nowhere."""
    from starlette.exceptions import HTTPException

    return HTTPException(404)


def _look(request: "Request") -> Look:
    asked = request.query_params
    try:
        channels = tuple(int(each) for each in asked.get("channels", "").split(",") if each)
        low, high = float(asked.get("low", 0)), float(asked.get("high", 1))
        look = Look(channels[:16], low, high, float(asked.get("gamma", 1)))
    except ValueError as error:
        raise missing() from error
    if not (all(-1 <= each <= 2 for each in (low, high)) and 0.05 <= look.gamma <= 20):  # neither is what is no number
        raise missing()
    return look


def _picture(desk: Desk, request: "Request") -> "Response":
    place = _place(desk, request)
    if "whole" in request.query_params:
        place = place.model_copy(update={"box": None, "bar": None})
    side = request.query_params.get("side", "")
    side_px = int(side) if side.isdecimal() and len(side) < 6 else SIDE_PX
    return _jpeg(lambda: picture(desk.workspace, place, _look(request), side_px))


def _tile(desk: Desk, request: "Request") -> "Response":
    place = _place(desk, request)
    at = (_number(request, "level"), _number(request, "x"), _number(request, "y"))
    if at[0] > _MOST_LEVELS:
        raise missing()
    return _jpeg(lambda: tile(desk.workspace, place, _look(request), at))


def _proposals(desk: Desk, request: "Request") -> "Response":
    from starlette.responses import JSONResponse

    with desk.index() as index:
        name = reading.queue_of_key(index, request.path_params["key"])
        item = item_of(index, name, request.path_params["key"]) if name else None
    if item is None or item.origin != "panels":
        raise missing()
    try:
        return JSONResponse(
            proposals(desk.workspace, item, desk.manifest.curation.detector), headers={"cache-control": _FOREVER}
        )
    except PixelError:
        return JSONResponse([])


def _place(desk: Desk, request: "Request") -> PicturePlace:
    key, number = request.path_params["key"], _number(request, "number")
    with desk.index() as index:
        name = reading.queue_of_key(index, key)
        pictures = pages.pictures_of(index, name, key) if name else ()
    if number >= len(pictures):
        raise missing()
    return pictures[number]


def _number(request: "Request", name: str) -> int:
    """Return a number of an address; one of thousands of digits is no place of ours."""
    text: str = request.path_params[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise missing()
    return int(text)


def _jpeg(made: Callable[[], bytes | None]) -> "Response":
    from starlette.responses import Response

    try:
        blob = made()
    except PixelError as error:
        return Response(f"This picture can't be shown: {error.reason}.", 415, media_type="text/plain")
    if blob is None:
        raise missing()
    return Response(blob, media_type="image/jpeg", headers={"cache-control": _FOREVER})


async def _terms(terms: Callable[[str], list[dict[str, str]]], request: "Request") -> "Response":
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse

    asked = request.query_params.get("q", "").strip()[:200]
    return JSONResponse(await run_in_threadpool(terms, asked) if asked else [])


def _static(request: "Request") -> "Response":
    """Return a file of the page's own; names are looked up, never joined to a path."""
    from starlette.responses import Response

    name = request.path_params["name"]
    known = {each.name: each for each in files("curation").joinpath("static").iterdir() if each.is_file()}
    media = _MEDIA.get(name.rpartition(".")[2])
    if name not in known or media is None:
        raise missing()
    return Response(known[name].read_bytes(), media_type=media, headers={"cache-control": "private, max-age=600"})
