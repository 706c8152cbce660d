"""Watching: what a process does that is watched for the conformance kit: its requests, and where it is killed.

It is called before anything else runs in the process, and in every process which that one starts.
"""

import json
import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/1")
_TOUCHES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect"})


@dataclass(frozen=True)
class Watch:
    """What is written down, and what is done to the process."""

    log: str
    """A file of JSON lines: {at, what, host}; `at` is the machine's monotonic clock, which all processes share."""
    root: str
    """The workspace: what is opened, renamed or removed below it is counted."""
    kill_at: int = 0
    """Kill the process when it touches the workspace for this time; 0 never."""
    refuse_at: int = 0
    """Turn this answer of a server into a 429 with a Retry-After; 0 none."""
    retry_after_s: int = 1
    outside: str = ""
    """A file that links lead to: whoever opens it by one is written down, unless he says that he won't follow."""
    spoil_every: int = 0
    """Scramble the body of every so manieth answer; 0 none."""


def watch(wanted: Watch) -> None:
    """Begin to watch this process; it can't be ended."""
    state: dict[str, Any] = {"touches": 0, "answers": 0, "host": ""}

    def note(what: str, host: str) -> None:
        line = json.dumps({"at": time.monotonic(), "what": what, "host": host}) + "\n"
        handle = os.open(wanted.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, line.encode())
        os.close(handle)

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _TOUCHES and str(arguments[0]).startswith(wanted.root):
            state["touches"] += 1
            if state["touches"] == wanted.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        elif event == "open" and wanted.outside and _is_followed(arguments, wanted.outside):
            note(f"followed {arguments[0]}", "")
        elif event == "http.client.send" and isinstance(arguments[1], bytes) and _REQUEST.match(arguments[1]):
            state["host"] = f"{arguments[0].host}:{arguments[0].port}"
            note("request", state["host"])
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            note("connect", f"{arguments[1][0]}:{arguments[1][1]}")

    sys.addaudithook(heard)
    if wanted.refuse_at or wanted.spoil_every:
        _meddle(wanted, state, note)
    if wanted.kill_at == 0:
        import atexit

        atexit.register(lambda: note(f"touched {state['touches']}", ""))


def _is_followed(arguments: tuple[Any, ...], outside: str) -> bool:
    """Return whether an opening goes through a link to the file `outside`."""
    name, flags = arguments[0], arguments[2] if len(arguments) > 2 else 0
    if not isinstance(name, str | bytes | os.PathLike) or (isinstance(flags, int) and flags & os.O_NOFOLLOW):
        return False
    path = os.fsdecode(name)
    return Path(path).is_symlink() and os.path.realpath(path) == outside


def _meddle(wanted: Watch, state: dict[str, Any], note: Any) -> None:  # noqa: ANN401
    """Stand between this process and what servers answer."""
    from http.client import HTTPResponse

    begin, read, into = HTTPResponse.begin, HTTPResponse.read, HTTPResponse.readinto
    spoiled: set[int] = set()

    def begun(self: HTTPResponse) -> None:
        begin(self)
        state["answers"] += 1
        spoiled.discard(id(self))
        if state["answers"] == wanted.refuse_at:
            self.status, self.reason = 429, "Too Many Requests"
            self.headers["Retry-After"] = str(wanted.retry_after_s)
            note("refused", state["host"])
        elif wanted.spoil_every and state["answers"] % wanted.spoil_every == 0:
            spoiled.add(id(self))
            note("spoiled", state["host"])

    def scrambled(self: HTTPResponse, *amount: Any) -> bytes:  # noqa: ANN401
        came = read(self, *amount)
        return bytes(255 - one for one in came) if id(self) in spoiled else came

    def scrambled_into(self: HTTPResponse, buffer: Any) -> int:  # noqa: ANN401
        count = into(self, buffer)
        if id(self) in spoiled:
            seen = memoryview(buffer).cast("B")
            seen[:count] = bytes(255 - one for one in seen[:count])
        return count

    for name, made in (("begin", begun), ("read", scrambled), ("readinto", scrambled_into)):
        setattr(HTTPResponse, name, made)
