"""A web server of Zarr hierarchies: the files below a folder, by ranges too, with faults on demand; lists nothing."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote


def _neighbour(name: str) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


_faulty_http: Any = _neighbour("faulty_http")


class ZarrServer(_faulty_http.Log):  # type: ignore[misc]
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
    with _faulty_http.serving(server, {"zarr": server.answer}) as urls:
        server.url = urls["zarr"]
        yield server
