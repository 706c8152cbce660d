"""OpenAI's protocol over real sockets, with the faults of real servers: python openai_server.py --port 0 --slots 16.

It answers chat completions with an image and a JSON Schema as a model would, in as many slots and as slowly as asked.
Started as a program it prints its port in a line, and ends with its parent's pipe.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

TEXT = "Round bright nuclei lie in the upper half."


@dataclass
class Fault:
    """What goes wrong with requests whose body contains `within`, and how often still."""

    within: str = ""
    times: int = 1
    status: int | None = None
    retry_after: str | None = None
    message: str = "this went wrong"
    delay_s: float = 0.0
    hang: bool = False
    reset: bool = False
    """Hangs up in the middle of the answer."""
    crash: bool = False
    """Takes the server down with all that is under way; it is started anew after `Rules.restart_s`."""
    raw: bytes | None = None
    """A body in place of the completion; `kind` is its type."""
    kind: str = "application/json"
    huge: bool = False
    text: str | None = None
    finish_reason: str = "stop"
    refusal: str | None = None
    model: str | None = None


@dataclass
class Seen:
    """A request that came in; `at_s` of a clock that never goes back."""

    at_s: float
    path: str
    body: dict[str, Any]
    raw: bytes
    headers: dict[str, str]


@dataclass
class Rules:
    """How the server behaves."""

    model: str = "tiny"
    latency_s: float = 0.0
    restart_s: float = 0.1
    slots: int = 10_000
    refuses_when_full: bool = False
    key: str | None = None
    faults: list[Fault] = field(default_factory=list)
    keeps: bool = True
    """Whether what was asked is kept for the test to see."""
    says: Callable[[str], str] | None = None
    """What is answered to the words of a question, where it isn't a caption."""
    says_always: str | None = None
    """The same, for a server that is a program."""


def completion(rules: Rules, body: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """Return a chat completion."""
    text = fault.text if fault.text is not None else _said(rules, body)
    message = {"role": "assistant", "content": None if fault.refusal else text, "refusal": fault.refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": fault.model or body.get("model", rules.model),
        "choices": [{"index": 0, "message": message, "finish_reason": fault.finish_reason, "logprobs": None}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }


def _said(rules: Rules, body: dict[str, Any]) -> str:
    if rules.says_always is not None:
        return rules.says_always
    if rules.says is not None:
        return rules.says(words_of(body))
    return json.dumps({"sentences": [{"text": TEXT}]})


def words_of(body: dict[str, Any]) -> str:
    """Return the words of a question's last turn."""
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


class Server:
    """Runs in a thread of its own; can be stopped and started again at the same port."""

    def __init__(self, rules: Rules | None = None, port: int = 0) -> None:
        self.rules, self.port = rules or Rules(), port
        self.seen: list[Seen] = []
        self.peak = self.busy = self.answered = self.starts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def fault(self, **what: Any) -> None:
        """Let requests go wrong, once unless `times` says otherwise."""
        self.rules.faults.append(Fault(**what))

    def asked(self) -> list[dict[str, Any]]:
        """Return the bodies of all completions that were asked for."""
        return [one.body for one in self.seen if one.path.endswith("/completions")]

    def start(self) -> None:
        ready = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._live, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def stop(self) -> None:
        """End at once, in the middle of whatever is answered."""
        self._stopped = True
        with contextlib.suppress(RuntimeError):  # it is down after a crash
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _live(self, ready: threading.Event) -> None:
        asyncio.run(self.run(ready))
        while not self._stopped:
            self.starts += 1
            time.sleep(0 if self._stopped else self.rules.restart_s)
            asyncio.run(self.run(ready))

    async def run(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._free = asyncio.Semaphore(self.rules.slots)
        self._open: set[asyncio.StreamWriter] = set()
        self.busy = 0
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        if not self._stopped:
            await self._end.wait()
        server.close()
        await asyncio.sleep(0)  # a task that is cancelled before it began can't close its connection
        for writer in list(self._open):
            writer.transport.abort()
        current = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not current]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        path = first.split()[1]
        if headers.get("authorization") != f"Bearer {self.rules.key}" and self.rules.key:
            return await self._send(writer, 401, {"error": {"message": f"bad key {headers.get('authorization')}"}})
        if path.endswith("/models"):
            if any(fault.hang and fault.times > 0 for fault in self.rules.faults):
                await asyncio.sleep(3600)
            return await self._send(writer, 200, {"object": "list", "data": [{"id": self.rules.model}]})
        body = json.loads(raw)
        if self.rules.keeps:
            self.seen.append(Seen(time.monotonic(), path, body, raw, headers))
        if self.rules.refuses_when_full and self.busy >= self.rules.slots:
            return await self._send(writer, 429, {"error": {"message": "all slots are taken"}})
        return await self._answer(writer, body, self._fault(raw))

    async def _answer(self, writer: asyncio.StreamWriter, body: dict[str, Any], fault: Fault) -> bool:
        async with self._free:
            self.busy += 1
            self.peak = max(self.peak, self.busy)
            try:
                await asyncio.sleep(3600 if fault.hang else fault.delay_s or self.rules.latency_s)
            finally:
                self.busy -= 1
        if fault.crash:
            self._end.set()
            return False
        if fault.status:
            told = {"retry-after": fault.retry_after} if fault.retry_after else {}
            return await self._send(writer, fault.status, {"error": {"message": fault.message}}, told)
        if fault.raw is not None:
            return await self._send(writer, 200, fault.raw, {"content-type": fault.kind})
        said = json.dumps(completion(self.rules, body, fault)).encode()
        if fault.huge:
            said = said[:-1] + b" " * (16 << 20) + b"}"
        if fault.reset:
            writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(said)}\r\n\r\n".encode() + said[: len(said) // 2])
            await writer.drain()
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
            return False
        self.answered += 1
        return await self._send(writer, 200, said)

    async def _send(
        self, writer: asyncio.StreamWriter, status: int, said: Any, told: dict[str, str] | None = None
    ) -> bool:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body)), **(told or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} -\r\n{lines}\r\n".encode() + body)
        await writer.drain()
        return True

    def _fault(self, raw: bytes) -> Fault:
        for fault in self.rules.faults:
            if fault.times > 0 and fault.within.encode() in raw:
                fault.times -= 1
                return fault
        return Fault()


@contextmanager
def running(**rules: Any) -> Iterator[Server]:
    """Serve in a thread while the block lasts."""
    server = Server(Rules(**rules))
    server.start()
    try:
        yield server
    finally:
        if server._thread.is_alive():
            server.stop()


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=10_000)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--refuses-when-full", action="store_true")
    parser.add_argument("--says", default=None)
    asked = parser.parse_args()
    rules = Rules(
        says_always=asked.says,
        slots=asked.slots,
        latency_s=asked.latency_ms / 1000,
        refuses_when_full=asked.refuses_when_full,
        keeps=False,
    )
    server = Server(rules, asked.port)
    server.start()
    print(server.port, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()
    print(json.dumps({"answered": server.answered, "peak": server.peak}), flush=True)


if __name__ == "__main__":
    _main()
