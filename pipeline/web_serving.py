"""Web serving: a page on a port of this machine, until Ctrl-C."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.web import App, Door
from pipeline.web_security import is_everywhere
from schemas.errors import STOPS, UsageError

if TYPE_CHECKING:
    from uvicorn import Server

_GRACE_S = 3


@contextmanager
def listening(door: Door) -> Iterator[tuple[socket.socket, Door]]:
    """Yield a socket that listens where the door says, and the door with the port that it got.

    Raises:
        UsageError: somebody else listens there, or the host isn't this machine's.
    """
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((door.host, door.port))
            listener.listen()  # who is told the address may ask at once
        except OSError as error:
            mend = "Leave --port out for a free one." if door.port else "Give a host of this machine."
            raise UsageError(f"{door.host}:{door.port} can't be listened to: {error.strerror}.", mend=mend) from error
        yield listener, replace(door, port=listener.getsockname()[1])


def address(door: Door) -> str:
    """Return what to open in a browser, by this machine's name where all can reach it; with its token."""
    host = socket.gethostname() if is_everywhere(door.host) else door.host
    host = f"[{host}]" if ":" in host else host
    token = f"?token={quote(door.token, safe='')}" if door.token else ""
    return f"http://{host}:{door.port}/{token}"


def serve(app: App, listener: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Answer requests on the socket until somebody asks the process to end; what is being answered is ended first."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",  # what others send isn't worth a line
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_GRACE_S,
        h11_max_incomplete_event_size=64 << 10,
    )
    server = uvicorn.Server(config)
    with _ended_by_signals(server):
        ready()
        server.run(sockets=[listener])


@contextmanager
def _ended_by_signals(server: "Server") -> Iterator[None]:
    """Let signals end the server, and nothing else: for a page, Ctrl-C is the plain end."""

    @contextmanager
    def ours() -> Iterator[None]:
        yield

    def end(number: int, frame: FrameType | None) -> None:
        server.handle_exit(number, frame)

    # uvicorn's own would send the signal once more at the end.
    server.capture_signals = ours  # type: ignore[method-assign]
    known = {number: signal.getsignal(number) for number in STOPS}
    before = {number: handler for number, handler in known.items() if handler != signal.SIG_IGN}  # as nohup wants it
    try:
        for number in before:
            signal.signal(number, end)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
