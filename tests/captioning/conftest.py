"""What the tests of captioning share: a local model server, pictures, and a client that is in a hurry."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openai_server
import pytest
from PIL import Image

from captioning.asked import Asked, Picture
from captioning.asking import Service, answers
from captioning.concurrency import Manners
from schemas.manifest import CaptioningSettings

HASTY = {
    "timeout_s": 2.0,
    "patience_s": 20.0,
    "pause_s": 0.01,
    "longest_pause_s": 0.1,
    "longest_retry_after_s": 1.0,
    "largest_answer_bytes": 1 << 20,
}


def picture(number: int = 0, side_px: int = 48, kind: str = "PNG") -> Picture:
    """Return a small picture, another one for each number."""
    noise = np.random.default_rng(number).integers(0, 255, (side_px, side_px + 16), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).save(written, kind)
    return Picture(written.getvalue())


def asked(number: int = 0, *facts: str, **more: Any) -> Asked:
    """Return a question about a small picture."""
    return Asked(f"panel-{number}", picture(number), facts or (f"stain: DAPI {number}",), **more)


class Asker:
    """Asks local servers, and keeps answers in a folder."""

    def __init__(self, folder: Path, servers: list[Any]) -> None:
        self.folder, self.servers = folder, servers
        self.cache = folder / "answers.sqlite"
        self.asked, self.picture = asked, picture

    @property
    def server(self) -> Any:
        return self.servers[0]

    def service(self, *, manners: dict[str, Any] | None = None, key: str | None = None, **settings: Any) -> Service:
        urls = tuple(server.url for server in self.servers)
        said = {"backend": "openai", "endpoints": urls, "model": "tiny", "revision": "r1", **settings}
        return Service(CaptioningSettings(**said), self.cache, key, Manners(**{**HASTY, **(manners or {})}))

    def __call__(self, requests: Iterable[Asked] | int, *, in_order: bool = True, **more: Any) -> list[Any]:
        given = map(asked, range(requests)) if isinstance(requests, int) else requests
        return list(answers(given, self.service(**more), in_order=in_order))


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    """A client beside one local server."""
    with openai_server.running() as server:
        yield Asker(tmp_path, [server])


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Asker]:
    """A client beside two local servers."""
    with openai_server.running() as one, openai_server.running() as other:
        yield Asker(tmp_path, [one, other])
