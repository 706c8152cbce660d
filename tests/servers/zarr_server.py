"""A web server of Zarr hierarchies: the files below a folder, by ranges too, with faults on demand; lists nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import faulty_http


class ZarrServer(faulty_http.Log):  # type: ignore[misc]
    """What is asked of the folder `root`, and what goes wrong."""

    url: str

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def answer(self, seen: Any) -> tuple[int, str, bytes]:
        """Return a file; a folder is absent, as in a bucket."""
        path = self.root / unquote(seen.path).lstrip("/")
        if not path.is_file():
            return 404, "application/xml", b"<Error><Code>NoSuchKey</Code></Error>"
        return 200, "application/octet-stream", path.read_bytes()

    def asked_keys(self) -> list[str]:
        """Return what was asked for, in order."""
        return [unquote(one.path).lstrip("/") for one in self.asked()]


@contextmanager
def running(root: Path) -> Iterator[ZarrServer]:
    """Serve the folder `root` on loopback."""
    server = ZarrServer(root)
    with faulty_http.serving(server, {"zarr": server.answer}) as urls:
        server.url = urls["zarr"]
        yield server
