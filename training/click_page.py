"""Click page: a picture in a browser, points put on it by mouse or keys, and the mask that they mean."""

import base64
import json
import secrets
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import numpy as np
from PIL import Image

from pipeline.pixels import png
from pipeline.web import Door, application
from pipeline.web_security import Sessions, same
from pipeline.web_serving import address, listening, serve
from schemas.errors import UsageError
from training.matching import Region
from training.segmenting import Clickable, Point, whole

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

SHOWN_PX: Final = 2048
"""Long side of the picture that is shown, at most; points and masks are of the picture itself."""
MOST_POINTS: Final = 100
_COLOUR: Final = (255, 214, 0)
_MEDIA: Final = {"js": "text/javascript", "css": "text/css"}


def opened_page(clickable: Clickable, name: str, door: Door, ready: Callable[[str], None]) -> None:
    """Serve the page until somebody ends it; `ready` is told its address.

    Raises:
        UsageError: the door isn't safe, or can't be opened; or what a page needs isn't installed.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        mend = "Install it: pip install 'bricks[review]'."
        raise UsageError(f"the page needs {error.name}.", where="--page", mend=mend) from error
    checked = Door(door.host, door.port, door.token, secrets.token_bytes(32)).checked()
    with listening(checked) as (listener, at):
        serve(application(routes(clickable, name), at), listener, lambda: ready(address(at)))


def routes(clickable: Clickable, name: str) -> "list[Route]":
    """Return the addresses of the page of one picture."""
    from starlette.routing import Route

    page = _Page(clickable, name)
    return [
        Route("/", page.shown),
        Route("/picture", page.picture),
        Route("/mask", page.mask, methods=["POST"]),
        Route("/save", page.save, methods=["POST"]),
        Route("/words", page.words, methods=["POST"]),
        Route("/static/{name:str}", _static),
    ]


class _Page:
    """The answers of the page; one mask is drawn at a time."""

    def __init__(self, clickable: Clickable, name: str) -> None:
        self._clickable, self._name, self._lock = clickable, name, Lock()

    def shown(self, request: "Request") -> "Response":
        from starlette.responses import HTMLResponse

        height, width = self._clickable.image.shape[:2]
        csrf = _sessions(request).csrf(request.scope["session_of"])
        told = {"name": self._name, "width": width, "height": height, "csrf": csrf}
        template = _environment().get_template("click.html.jinja")
        return HTMLResponse(template.render(**told, can_describe=self._clickable.can_describe))

    def picture(self, _: "Request") -> "Response":
        from starlette.responses import Response

        return Response(png(_shown(self._clickable.image)), media_type="image/png")

    async def mask(self, request: "Request") -> "Response":
        from starlette.responses import JSONResponse

        region = await self._region((await _told(request)).get("points"))
        blob = await _apart(_overlay, region, self._clickable.image.shape)
        return JSONResponse({"overlay": f"data:image/png;base64,{blob}", "area_px": region.area_px})

    async def save(self, request: "Request") -> "Response":
        from starlette.responses import Response

        fields = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        _refuse_foreign(request, fields.get("csrf", ""))
        region = await self._region(_json(fields.get("points", "")))
        mask = whole(region, self._clickable.image.shape).astype(np.uint8) * 255
        named = {"content-disposition": 'attachment; filename="mask.png"'}
        return Response(png(mask), media_type="image/png", headers=named)

    async def words(self, request: "Request") -> "Response":
        from starlette.responses import JSONResponse

        await _told(request)
        try:
            return JSONResponse({"words": await _apart(self._alone, self._clickable.words)})
        except UsageError as error:
            raise _refused(error.what) from error

    async def _region(self, said: Any) -> Region:  # noqa: ANN401  (what a browser sends)
        positives, negatives = _points(said, self._clickable.image.shape)
        try:
            region: Region = await _apart(self._alone, self._clickable.mask, positives, negatives)
        except UsageError as error:
            raise _refused(error.what) from error
        return region

    def _alone(self, call: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401
        with self._lock:
            return call(*given)


async def _apart(call: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401
    """Run what takes long beside the loop, so that the page answers meanwhile."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(call, *given)


async def _told(request: "Request") -> dict[str, Any]:
    """Return the JSON that a page of ours sent."""
    _refuse_foreign(request, request.headers.get("x-csrf-token", ""))
    told = _json((await request.body()).decode("utf-8", "replace"))
    return told if isinstance(told, dict) else {}


def _json(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter where lists lie in lists without end
        raise _refused("That isn't JSON.") from error


def _points(said: Any, size: tuple[int, ...]) -> tuple[list[Point], list[Point]]:  # noqa: ANN401
    """Return the points on the object and those beside it, which a page sends as a list of {x, y, on}."""
    if not isinstance(said, list) or len(said) > MOST_POINTS:
        raise _refused(f"Points are a list of at most {MOST_POINTS}.")
    sides: tuple[list[Point], list[Point]] = ([], [])
    for point in said:
        x, y = (point.get("x"), point.get("y")) if isinstance(point, dict) else (None, None)
        if type(x) is not int or type(y) is not int:
            raise _refused("A point is {x, y, on} in whole pixels.")
        if not (0 <= x < size[1] and 0 <= y < size[0]):  # it is not echoed: it may have any number of digits
            raise _refused(f"A point lies outside of the picture, which has {size[1]} x {size[0]} px.")
        sides[not point.get("on")].append((x, y))
    return sides


def _refuse_foreign(request: "Request", given: str) -> None:
    from starlette.exceptions import HTTPException

    if not same(given, _sessions(request).csrf(request.scope["session_of"])):
        raise HTTPException(403, "This form is out of date: load the page again.")


def _refused(what: str) -> Exception:
    from starlette.exceptions import HTTPException

    return HTTPException(422, what)


def _sessions(request: "Request") -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _shown(array: Any) -> Any:  # noqa: ANN401  (samples of 8 bit)
    """Return a picture no larger than is shown."""
    picture = Image.fromarray(array)
    picture.thumbnail((SHOWN_PX, SHOWN_PX))
    return np.asarray(picture)


def _overlay(region: Region, size: tuple[int, ...]) -> str:
    """Return a mask in one colour, clear elsewhere, as PNG in base64."""
    alpha = _shown(whole(region, size).astype(np.uint8) * 255)
    colours = np.broadcast_to(np.array(_COLOUR, np.uint8), (*alpha.shape, 3))
    return base64.b64encode(png(np.dstack([colours, alpha]))).decode()


@cache
def _environment() -> Any:  # noqa: ANN401
    from pipeline.pages import environment

    return environment("training")


def _static(request: "Request") -> "Response":
    """Return a file of the page's own; names are looked up, never joined to a path."""
    from starlette.exceptions import HTTPException
    from starlette.responses import Response

    name = request.path_params["name"]
    known = {each.name: each for each in files("training").joinpath("static").iterdir() if each.is_file()}
    media = _MEDIA.get(Path(name).suffix.lstrip("."))
    if name not in known or media is None:
        raise HTTPException(404)
    return Response(known[name].read_bytes(), media_type=media)
