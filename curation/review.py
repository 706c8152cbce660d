"""Review: the wing's verb for people: opens a workspace's queues as a page, until Ctrl-C."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from curation import review_reading as reading
from curation.lexicons import Ontologies
from curation.review_app import routes
from curation.review_desk import Desk
from curation.review_index import bring_up_to_date, signature
from curation.review_pages import refusal
from curation.review_results import write_results
from curation.review_standings import item_of
from curation.review_statistics import reviewers_of
from curation.review_tables import index_of
from curation.review_terms import searcher
from pipeline.review_results import decided
from pipeline.web import Door, application
from pipeline.web_serving import address, listening, serve
from pipeline.workspace import Workspace
from schemas.errors import UsageError
from schemas.manifest import Manifest

Heard = Callable[[str], None]
_END = "end it with Ctrl-C"


def opened(workspace: Workspace, manifest: Manifest, ontologies: Ontologies | None = None) -> Desk:
    """Return a workspace's queues, up to date; terms are looked up in `ontologies` and the curated table."""
    made = signature(workspace)
    with index_of(workspace) as index:
        bring_up_to_date(index, workspace, manifest)
    return Desk(workspace, manifest, made=made, terms=searcher(ontologies or Ontologies()))


def review(desk: Desk, door: Door, reviewer: str, ready: Heard, heard: Heard | None = None) -> None:
    """Serve the page until somebody ends it; `ready` is told its address.

    Raises:
        UsageError: the door isn't safe, or can't be opened; or what a page needs isn't installed.
    """
    _refuse_without_packages()
    checked = Door(door.host, door.port, door.token, _secret(desk.workspace)).checked()
    # A connection that stays open spares each request what SQLite does when the last one closes.
    with index_of(desk.workspace), listening(checked) as (listener, at):
        app = application(routes(desk, reviewer, desk.terms), at, heard or (lambda _: None), refusal)
        serve(app, listener, lambda: ready(address(at)))


def page_of(where: str, record_id: str) -> str:
    """Return the address of what is asked about a record; of all queues where none is named."""
    start, mark, token = where.partition("?")
    return f"{start}record/{quote(record_id, safe='')}{mark}{token}" if record_id else where


def ready_words(said: dict[str, str]) -> str:
    """Return what is said once the page can be opened."""
    return f"Open {said['page']} in a browser; {_END}."


def closing_words(desk: Desk) -> str:
    """Write the results and return what is said when the page ends."""
    results = write_results(desk.workspace, desk.manifest)
    waiting = decided(desk.workspace) - results.replayed
    if not waiting:
        return "Nothing new was decided."
    return f"{waiting} decision{'s' * (waiting != 1)} wait for the next `bricks run`, which puts them to work."


def listed(desk: Desk) -> Iterator[dict[str, Any]]:
    """Yield what is asked, queue by queue in the order in which it is."""
    with desk.index() as index:
        for queue in desk.queues:
            for key, state, outcome, who in reading.listed(index, queue.name):
                item = item_of(index, queue.name, key)
                if item is not None:
                    told = {"queue": queue.name, "key": key, "state": state, "outcome": outcome, "who": who}
                    fields = ("origin", "stage", "id", "field", "source_id", "stratum", "question")
                    yield {**told, **{name: getattr(item, name) for name in fields}}


def item_line(said: dict[str, Any]) -> str:
    """Return an item as a line."""
    state = f"{said['state']} {said['outcome']}".strip()
    by = f" by {said['who']}" if said["who"] else ""
    return f"{said['queue']}  {said['key']}  {said['source_id']}  {state}{by}"


def statistics(desk: Desk) -> dict[str, Any]:
    """Return what came of each queue and what each reviewer did, and write `review.json`."""
    results = write_results(desk.workspace, desk.manifest)
    with desk.index() as index:
        people = {queue.name: reviewers_of(index, queue) for queue in desk.queues}
    queues = [{**one.model_dump(mode="json"), "people": people[one.name]} for one in results.queues]
    return {"queues": queues, "decisions_not_replayed": decided(desk.workspace) - results.replayed}


def _refuse_without_packages() -> None:
    try:
        import python_multipart  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        mend = "Install them: pip install 'bricks[review]'."
        raise UsageError(f"the page needs {error.name}.", where="bricks review", mend=mend) from error


def _secret(workspace: Workspace) -> bytes:
    """Return what cookies are signed with, the same after a restart; only this user may read its file."""
    path = workspace.cache / "review.key"
    workspace.cache.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(32))
        finally:
            os.close(handle)
    return _read_secret(path)


def _read_secret(path: Path) -> bytes:
    held = path.read_bytes()
    return held if len(held) == 32 else secrets.token_bytes(32)
