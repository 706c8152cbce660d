"""Review desks: a bench's workspace as its reviewers see it, and a browser without a window that works on it."""

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

from starlette.testclient import TestClient

from curation import review_reading as reading
from curation.review import opened
from curation.review_app import routes
from curation.review_desk import Desk
from curation.review_pages import refusal
from curation.review_standings import item_of, standing
from curation.review_verdicts import Said
from pipeline import decisions
from pipeline.lock import read_lock
from pipeline.web import Door, application
from pipeline.workspace import existing

SECRET = b"s" * 32
UNCLEAR = (
    "<license><license-p>Members of the society may show these pictures in class.</license-p></license></permissions>"
)


def desk_of(place: Any) -> Desk:
    """Return a workspace's queues, up to date."""
    workspace = existing(place)
    return opened(workspace, read_lock(workspace)[0])


def unclear(bench: Any, number: int) -> None:
    """Write an article whose licence only a person can read."""
    (xml,) = bench.article(number, license_href=None).glob("*.xml")
    xml.write_text(xml.read_text(encoding="utf-8").replace("</permissions>", UNCLEAR), encoding="utf-8")


def keys(desk: Desk, queue: str) -> list[str]:
    """Return what is asked in a queue, in its order."""
    with desk.index() as index:
        return [key for key, *_ in reading.listed(index, queue)]


def states(desk: Desk, queue: str) -> list[tuple[str, str, str]]:
    """Return state, outcome and reviewer of what is asked."""
    with desk.index() as index:
        return [tuple(told) for _, *told in reading.listed(index, queue)]


def decide(  # noqa: PLR0917  (in the order in which one says it)
    desk: Desk, queue: str, key: str, who: str, verdict: str = "accept", value: Any = None, **more: Any
) -> None:
    """Say a verdict as the page does."""
    with desk.index() as index:
        shown = desk.show(index, queue, key, who)
        assert shown is not None
        desk.decide(index, shown, Said(verdict, value, **more), who)


def undo(desk: Desk, queue: str, key: str, who: str) -> None:
    """Take a verdict back as the page does."""
    with desk.index() as index:
        item = item_of(index, queue, key)
        assert item is not None
        desk.undo(index, item, who)


def standing_of(desk: Desk, queue: str, key: str) -> Any:
    """Return how an item stands."""
    with desk.index() as index:
        return standing(index, item_of(index, queue, key))


def progress(desk: Desk, queue: str) -> Any:
    """Return how far a queue is."""
    with desk.index() as index:
        return reading.progress(index, queue)


def log_of(desk: Desk) -> list[decisions.Decision]:
    """Return all that was decided."""
    return decisions.read(desk.workspace.decisions)


@dataclass
class Browser:
    """Somebody at the page, without script."""

    desk: Desk
    name: str
    door: Door = field(default_factory=lambda: Door(secret=SECRET))
    page: str = ""
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        app = application(routes(self.desk), self.door, framed=refusal)
        self.client = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
        self.open("/")
        if self.name:
            self.post("/reviewer", name=self.name)

    def open(self, path: str) -> Any:
        """Open a page."""
        answer = self.client.get(path)
        self.page = answer.text
        return answer

    def hidden(self, name: str) -> str:
        """Return a field of the first form that has it."""
        return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', self.page)[0])

    @property
    def key(self) -> str:
        """Return the item on the screen."""
        return re.findall(r'action="/decide/(\w+)"', self.page)[0]

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        """Send a form of the page on the screen."""
        answer = self.client.post(path, data={"csrf": self.hidden("csrf"), **fields}, headers=headers or {})
        self.page = answer.text
        return answer

    def say(self, verdict: str, value: Any = None, **more: Any) -> Any:
        """Answer the item on the screen."""
        fields = {name: self.hidden(name) for name in ("nonce", "queue", "saw")}
        told = {} if value is None else {"value": json.dumps(value)}
        return self.post(f"/decide/{self.key}", verdict=verdict, **fields, **told, **more)
