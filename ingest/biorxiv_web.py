"""bioRxiv website: the XML and the pictures of one version of a preprint, downloaded only when somebody asks.

    content/early/2026/01/05/<suffix of the DOI>.source.xml
    content/<server>/early/2026/01/05/<suffix of the DOI>/F1.large.jpg

robots.txt allows /content and asks for 7 s between two requests; above that, and now and then below, the site turns
programs away. Then nothing more is asked of it for some hours, by no process, and nothing is tried to get around it.
In its XML, hrefs are tokens (339747v4_fig1); a picture's name is the `slug` among the figure's object-ids. Seen
through public code in autumn 2026, not probed by us.
"""

import fcntl
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from lxml import etree

from ingest.biorxiv_records import Server
from ingest.downloads import Downloads
from ingest.jats_source import read_xml
from ingest.jats_text import attributes, local_name
from ingest.session import IMAGE, XML, Answer, Clock, Manners, Promise, Session
from ingest.session_manners import TRANSIENT
from schemas.errors import ArticleError, SourceError

WEB_URLS: Mapping[Server, str] = {"biorxiv": "https://www.biorxiv.org/", "medrxiv": "https://www.medrxiv.org/"}
PER_SECOND = 1 / 7
"""robots.txt: Crawl-delay 7."""
REST_S = 6 * 3600.0
"""So long a site that turned us away is left alone."""

_TURNED_AWAY = frozenset({"blocked", "http_403", "throttled", "told_to_wait", "html_instead"})
"""403, 429 (a 1015 of the guard before the site), and a page where a file was promised."""
_TRIES = 3
_SOURCE = re.compile(r"/content/(?:(?:bio|med)rxiv/)?early/(\d{4})/(\d\d)/(\d\d)/([\w.-]*\w)\.source\.xml", re.ASCII)
_SLUG = re.compile(r"[A-Za-z0-9][\w.-]{0,39}", re.ASCII)


def manners_of_website(url: str, per_second: float = PER_SECOND) -> Manners:
    """Return how the website at `url` is treated: one try, since a second one may answer a challenge."""
    return Manners(per_second=per_second, per_host={urlsplit(url).netloc: per_second}, tries=1)


class Website:
    """A server's website, asked by one process at a time; may be pickled, and used in several."""

    def __init__(self, session: Session, url: str, *, marks: Path, clock: Clock | None = None) -> None:
        """Look at it through `session`, whose manners are `manners_of_website`; `marks` is shared by all processes."""
        self.url, self._session, self._clock = url.rstrip("/") + "/", session, clock or Clock()
        self._mark = marks / quote(urlsplit(url).netloc, safe="")

    def get(self, path: str, promise: Promise) -> Answer:
        """Return what lies at `path`; what has come before is not asked for again.

        Raises:
            SourceError: blocked, where the site turns programs away or did so within `REST_S`; else as it is.
        """
        url = self.url + quote(path)
        if kept := self.kept(path):
            return kept
        with self._alone():
            for left in reversed(range(_TRIES)):
                self._refuse_rest(url)
                try:
                    return self._session.get(url, promise=promise)
                except SourceError as error:
                    if error.reason in _TURNED_AWAY:
                        self._note(error)
                        raise SourceError("blocked", error.detail, where=url) from error
                    if error.reason not in TRANSIENT or not left:
                        raise
        raise AssertionError("unreachable")

    def kept(self, path: str) -> Answer | None:
        """Return what is kept of `path`, if anything is; asks nobody."""
        return self._session.kept(self.url + quote(path))

    def forget(self, path: str) -> None:
        """Remove what is kept of `path`."""
        self._session.forget(self.url + quote(path))

    def blocked_until(self) -> datetime | None:
        """Return when the site may be asked again; None: now."""
        try:
            moment = float(self._mark.read_text().partition(" ")[0])
        except (FileNotFoundError, ValueError):
            return None
        # A mark of the future was written before somebody set the clock back.
        rests = moment <= self._clock.now() + 1 and self._clock.now() < moment + REST_S
        return datetime.fromtimestamp(moment + REST_S, UTC) if rests else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other processes waiting: whoever comes next must know whether this request was turned away."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        turn = self._mark.with_name(f"{self._mark.name}.turn")
        with turn.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _refuse_rest(self, url: str) -> None:
        if until := self.blocked_until():
            why = self._mark.read_text().partition(" ")[2]
            detail = f"the site turned programs away ({why}); it is asked again after {until:%Y-%m-%d %H:%M} UTC"
            raise SourceError("blocked", detail, where=url)

    def _note(self, error: SourceError) -> None:
        half = self._mark.with_name(f"{self._mark.name}.half")
        half.write_text(f"{self._clock.now():.3f} {error.reason}: {error.detail}")
        half.replace(self._mark)


class Place(NamedTuple):
    """Where a version of a preprint lies on the website."""

    server: Server
    day: str
    """As in its addresses: 2026/01/05."""
    slug: str

    @property
    def xml(self) -> str:
        return f"content/early/{self.day}/{self.slug}.source.xml"

    def picture(self, figure: str) -> str:
        """Return the path of the picture of the figure whose slug is `figure`."""
        return f"content/{self.server}/early/{self.day}/{self.slug}/{figure}.large.jpg"


def place_of(server: Server, doi: str, day: date, jatsxml: str | None) -> Place:
    """Return where a version lies: as the API's `jatsxml` says, else by its day and DOI.

    Raises:
        SourceError: address_refused, where `jatsxml` is no address of an XML on that website.
    """
    if jatsxml is None:
        return Place(server, f"{day:%Y/%m/%d}", doi.partition("/")[2])
    try:
        parts = urlsplit(jatsxml)
    except ValueError as error:
        raise SourceError("address_refused", f"{jatsxml!r:.200} is no address") from error
    found = _SOURCE.fullmatch(parts.path)
    if not found or parts.query or parts.netloc.removeprefix("www.") != f"{server}.org":
        raise SourceError("address_refused", f"{jatsxml!r:.200} is no XML of {server}'s website")
    return Place(server, "/".join(found.groups()[:3]), found[4])


class WebFiles(Downloads):
    """The files of one version; implements `ingest.connector.Files`."""

    def __init__(self, site: Website, place: Place) -> None:
        super().__init__()
        self._site, self._place = site, place
        self.xml_name = f"{place.slug}.source.xml"

    def names(self) -> Sequence[str]:
        """Return the XML's name and what it calls its pictures; downloads the XML."""
        return [self.xml_name, *self._slugs]

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            SourceError: blocked, absent (the XML doesn't name it), or as the site says.
        """
        if name == self.xml_name:
            path, promise = self._place.xml, XML
        elif name in self._slugs:
            path, promise = self._place.picture(self._slugs[name]), IMAGE
        else:
            raise SourceError("absent", "no figure of the XML names it", where=name)
        return self._bring(name, lambda: self._site.get(path, promise))

    def forget(self) -> None:
        """Remove what is kept of these files; downloads nothing."""
        kept = self._site.kept(self._place.xml)
        try:
            slugs = slugs_of(kept.read(), where=self._place.xml) if kept else {}
        except ArticleError:
            slugs = {}
        for path in (*map(self._place.picture, slugs.values()), self._place.xml):
            self._site.forget(path)

    @cached_property
    def _slugs(self) -> dict[str, str]:
        return slugs_of(self.read(self.xml_name), where=self._place.xml)


def slugs_of(xml: bytes, *, where: str) -> dict[str, str]:
    """Return under which slug the website keeps the picture that an href in its XML means.

    Raises:
        ArticleError: the XML can't be read without guessing.
    """
    slugs: dict[str, str] = {}
    for fig in read_xml(xml, where=where).root.iter("{*}fig"):
        graphics = (found for found in fig.iter("{*}graphic") if _nearest_fig(found) is fig)
        # One picture lies under a figure's slug; that of a second graphic is not known to lie anywhere.
        href = next((value.strip() for one in graphics for name, value in attributes(one) if name == "href"), "")
        slug = _slug_of(fig)
        if href and slug and _SLUG.fullmatch(slug):
            slugs.setdefault(href, slug)
    return slugs


def _nearest_fig(element: etree._Element) -> etree._Element | None:
    return next((around for around in element.iterancestors() if local_name(around) == "fig"), None)


def _slug_of(fig: etree._Element) -> str | None:
    for child in fig.iterchildren("{*}object-id"):
        if dict(attributes(child)).get("sub-type") == "slug":
            return (child.text or "").strip()
    own = [value for name, value in fig.attrib.items() if str(name) == "{http://schema.highwire.org/Journal}id"]
    return str(own[0]).strip() if own else None
