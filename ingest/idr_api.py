"""IDR API: what OMERO.web answers to the public user: lists page by page, map annotations, imgData, renderings.

A session is opened by a visit to the web client, whose cookie lasts an hour. An answer that shows that it is over (a
refusal, a way to the login page, a web page in place of JSON) is asked for once more in a new one. Shapes as in
OMERO's JSON API documentation and IDR's notebooks, last looked at in autumn 2026.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from ingest.idr_facts import Pair
from ingest.session import IMAGE, JSON, Answer, Promise, Session
from schemas.errors import SourceError

DAY_S = 86_400.0
PAGE = 1000
"""IDR's highest `limit`."""
_ENTRANCE = "webclient/?experimenter=-1"
_ANNOTATIONS = "webclient/api/annotations/"
_CLOSED = frozenset({"http_401", "http_403", "blocked", "html_instead", "redirect_refused"})
"""What is answered to those who have no session."""

_Read = TypeVar("_Read")


class IdrApi:
    """Asks one OMERO.web; may be pickled, and used in several processes at once."""

    def __init__(self, session: Session, base: str) -> None:
        self.session, self._base = session, base if base.endswith("/") else f"{base}/"
        self._opened_by: int | None = None
        """The process that opened the session: a cookie lives in one process's memory."""

    def address(self, path: str) -> str:
        """Return the address of what lies at `path`."""
        return self._base + path

    def json(
        self, path: str, params: Mapping[str, str] | None = None, *, shape: Sequence[str] = (), max_age_s: float | None
    ) -> dict[str, Any]:
        """Return the JSON object at `path`, which holds at least the keys of `shape`.

        Raises:
            SourceError: not_an_answer, or what `Session.get` raises.
        """
        promise = Promise(JSON.kind, JSON.max_bytes, lambda body: _check_shape(body, shape))
        answer = self._asked(path, params, promise, max_age_s)
        told: dict[str, Any] = json.loads(answer.read())
        return told

    def pages(
        self, path: str, read: Callable[[dict[str, Any]], _Read], *, max_age_s: float, counted: bool = False
    ) -> list[_Read]:
        """Return what `read` makes of every object of a list; each has an integer "@id".

        `counted` asks for the number of children of each. A list that is not whole is asked for once more, without
        the pages that are kept.

        Raises:
            SourceError: listing_incomplete, where fewer came twice than are counted, or one came again.
        """
        try:
            return self._pages(path, read, max_age_s, counted=counted)
        except SourceError as error:
            if error.reason != "listing_incomplete":
                raise
        return self._pages(path, read, 0.0, counted=counted)

    def _pages(
        self, path: str, read: Callable[[dict[str, Any]], _Read], max_age_s: float, *, counted: bool
    ) -> list[_Read]:
        found: dict[int, _Read] = {}
        total = 1
        while len(found) < total:
            params = {"limit": str(PAGE), "offset": str(len(found)), "normalize": "true"}
            params |= {"childCount": "true"} if counted else {}
            told = self.json(path, params, shape=("data", "meta"), max_age_s=max_age_s)
            before, total = len(found), told["meta"].get("totalCount")
            if not isinstance(total, int):
                raise SourceError("not_an_answer", f"totalCount is {total!r:.40}", where=path)
            found |= {_id_of(one, path): read(one) for one in told["data"]}
            if len(found) != before + len(told["data"]) or (len(found) == before and total):
                break
        if len(found) != total:
            raise SourceError("listing_incomplete", f"{len(found)} came of {total}", where=path)
        return list(found.values())

    def annotations(self, kind: str, number: int, *, max_age_s: float | None) -> list[Pair]:
        """Return the pairs of all map annotations of a screen, project, dataset, plate, well or image, in order."""
        try:
            told = self.json(_ANNOTATIONS, _annotated(kind, number), shape=("annotations",), max_age_s=max_age_s)
        except SourceError as error:
            if error.reason == "http_404":  # what has no annotation has an empty list of them
                raise SourceError("not_an_answer", error.detail, where=f"annotations of {kind} {number}") from error
            raise
        pairs: list[Pair] = []
        for one in told["annotations"]:
            pairs += [(str(pair[0]), str(pair[1])) for pair in one.get("values") or [] if _is_pair(pair)]
        return pairs

    def image_data(self, number: int) -> dict[str, Any]:
        """Return size, pixel size and channels of an image."""
        return self.json(f"webclient/imgData/{number}/", shape=("size",), max_age_s=None)

    def rendered(self, number: int, z: int, t: int) -> Answer:
        """Return a plane of an image as IDR renders it."""
        return self._asked(rendering_of(number, z, t), None, IMAGE, None)

    def kept_of(self, number: int, subjects: Iterable[tuple[str, int]], z_of: Callable[[int], int]) -> Iterator[str]:
        """Yield the addresses of all that an image is made from: size, rendering, annotations of its `subjects`.

        `z_of` tells which section is rendered, from their number.
        """
        url = self.address(f"webclient/imgData/{number}/")
        kept = self.session.kept(url)
        depth = json.loads(kept.read())["size"].get("z") if kept else None
        if isinstance(depth, int):
            with suppress(SourceError):  # a section that isn't there was never fetched
                yield self.address(rendering_of(number, z_of(depth), 0))
        yield url
        for kind, subject in subjects:
            yield f"{self.address(_ANNOTATIONS)}?type=map&{kind}={subject}"

    def _asked(self, path: str, params: Mapping[str, str] | None, promise: Promise, max_age_s: float | None) -> Answer:
        """Return the answer within a session, opened anew once where it is over."""
        url = self.address(path)
        ask = partial(self.session.get, url, params=params, promise=promise, max_age_s=max_age_s)
        if self._opened_by != os.getpid() and self.session.kept(url, params=params) is None:
            self._open()
        try:
            return ask()
        except SourceError as error:
            if error.reason not in _CLOSED:
                raise
        self._open()
        return ask()

    def _open(self) -> None:
        self.session.visit(self.address(_ENTRANCE))
        self._opened_by = os.getpid()


def rendering_of(number: int, z: int, t: int) -> str:
    """Return the path of a plane's rendering."""
    return f"webgateway/render_image/{number}/{z}/{t}/"


def _annotated(kind: str, number: int) -> dict[str, str]:
    return {"type": "map", kind: str(number)}


def _check_shape(body: bytes, shape: Sequence[str]) -> None:
    told = json.loads(body)
    if not isinstance(told, dict):
        raise SourceError("not_an_answer", f"a {type(told).__name__}, no object")
    missing = [
        key for key in shape if not isinstance(told.get(key), (list if key in ("data", "annotations") else dict))
    ]
    if missing:
        said = told.get("message")
        raise SourceError("not_an_answer", f"lacks {', '.join(missing)}" + (f": {said!r:.200}" if said else ""))
    if "annotations" in shape and not all(_is_annotation(one) for one in told["annotations"]):
        raise SourceError("not_an_answer", "an annotation is no list of pairs")


def _id_of(one: object, path: str) -> int:
    number = one.get("@id") if isinstance(one, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise SourceError("not_an_answer", f"an entry has the id {number!r:.40}", where=path)
    return number


def _is_annotation(one: object) -> bool:
    """Return whether an entry is one of pairs; a pair may lack its value, and a map its pairs."""
    values = one.get("values") or [] if isinstance(one, dict) else None
    return isinstance(values, list) and all(isinstance(pair, list) for pair in values)


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str | int | float) for one in pair)
