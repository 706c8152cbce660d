"""Review browsers: the review page behind a real server, and people who work on it in a real Chromium."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from review_desks import desk_of

from curation.lexicons import Ontologies
from curation.review_app import routes
from curation.review_desk import Desk
from curation.review_pages import refusal
from curation.review_terms import searcher
from pipeline import decisions
from pipeline.web import Door, application
from pipeline.web_serving import listening

ROOT = Path(__file__).resolve().parents[2]
_WAIT_MS = 30_000


@dataclass(frozen=True)
class Served:
    """A workspace whose queues are served."""

    url: str
    desk: Desk

    @property
    def said(self) -> list[decisions.Decision]:
        """Return all that was decided."""
        return decisions.read(self.desk.workspace.decisions) if self.desk.workspace.decisions.exists() else []


@contextmanager
def serving(place: Path, token: str | None = None) -> Iterator[Served]:
    """Serve a workspace from this process."""
    import uvicorn

    desk = desk_of(place)
    with listening(Door(secret=b"s" * 32, token=token)) as (listener, door):
        app = application(routes(desk, "", searcher(Ontologies())), door, framed=refusal)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{door.port}", desk)
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def commanded(place: Path, port: int, reviewer: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a workspace by the command, in a process that may be killed."""
    program = [sys.executable, "-m", "bricks", "review", str(place), "--port", str(port), "--reviewer", reviewer]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield process, line.split()[1].rstrip("/")
        finally:
            process.kill()


@dataclass
class Reader:
    """Somebody at a browser."""

    served: Served
    page: Any
    heard: list[str] = field(default_factory=list)
    """What went wrong in the page: errors, refusals by its policy, dialogs, requests to elsewhere."""

    def __post_init__(self) -> None:
        self.page.set_default_timeout(_WAIT_MS)
        self.page.on(
            "console", lambda each: self.heard.append(each.text) if each.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.heard.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda asked: self._note(asked.url))

    def _note(self, url: str) -> None:
        if not url.startswith((self.served.url, "data:")):
            self.heard.append(url)

    def enter(self, name: str) -> "Reader":
        """Say who reviews, by keyboard."""
        self.page.goto(self.served.url)
        self.page.locator("input:focus").wait_for()  # the field has it by itself, if not at once
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        self.page.locator("table a").first.wait_for()
        return self

    def open(self, queue: str, key: str = "") -> str:
        """Open a queue, or one item of it, and return the item's key."""
        self.page.goto(f"{self.served.url}/queue/{queue}" + (f"/{key}" if key else ""))
        return self.key

    @property
    def key(self) -> str:
        """Return the item on the screen, once the page listens."""
        return str(self.page.locator("main[data-ready]").get_attribute("data-key"))

    def press(self, *keys: str) -> None:
        """Press keys; words of several letters that are no key's name are typed."""
        for key in keys:
            if key.startswith("type:"):
                self.page.keyboard.type(key.removeprefix("type:"))
            else:
                self.page.keyboard.press(key)

    def told(self, words: str) -> None:
        """Wait until the page tells a screen reader these words."""
        self.page.locator("#told", has_text=words).wait_for(state="attached")

    def value(self, selector: str) -> Any:
        """Return what a field holds."""
        return self.page.locator(selector).input_value()
