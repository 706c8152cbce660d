"""A real FTP server over loopback (pyftpdlib), with one user, a folder of its own, and connections that it cuts.

with running(tmp_path / "ftp") as server:
    ... server.url, server.root, server.stored
    server.cut_after_bytes = 1000
"""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the standard library's asyncore, which it builds on
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import DTPHandler, FTPHandler
    from pyftpdlib.servers import FTPServer

USER, SECRET = "ada", "se cret@1"
_IN_A_URL = "ada:se%20cret%401"


class LocalFtp:
    """What lies there, what was stored, and after how many bytes of an upload the connection ends."""

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, 0
        self.stored: list[str] = []
        self.cut_after_bytes: int | None = None

    @property
    def url(self) -> str:
        return f"ftp://{_IN_A_URL}@127.0.0.1:{self.port}"

    @property
    def shown(self) -> str:
        return f"ftp://127.0.0.1:{self.port}"

    def handler(self) -> type[FTPHandler]:
        """Return a handler of this server's own."""
        mine = self
        authorizer = DummyAuthorizer()
        authorizer.add_user(USER, SECRET, str(self.root), perm="elradfmw")

        class Data(DTPHandler):  # type: ignore[misc]
            def handle_read(self) -> None:
                super().handle_read()
                if mine.cut_after_bytes is not None and self.tot_bytes_received > mine.cut_after_bytes:
                    mine.cut_after_bytes = None
                    self.cmd_channel.close()

            handle_read_event = handle_read  # which is what the loop calls

        class Handler(FTPHandler):  # type: ignore[misc]
            dtp_handler = Data

            def on_file_received(self, file: str) -> None:
                mine.stored.append(Path(file).relative_to(mine.root.resolve()).as_posix())

        Handler.authorizer = authorizer
        return Handler


@contextmanager
def running(root: Path) -> Iterator[LocalFtp]:
    """Start the service on a free port of the loopback, and stop it at the end."""
    root.mkdir(parents=True, exist_ok=True)
    logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
    server = LocalFtp(root)
    ftp: Any = FTPServer(("127.0.0.1", 0), server.handler())
    server.port = ftp.address[1]
    thread = threading.Thread(target=ftp.serve_forever, kwargs={"timeout": 0.02, "handle_exit": False}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        ftp.close_all()
        thread.join(timeout=5)
