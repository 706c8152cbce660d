"""Review speed: 100,000 items in a queue: the first page, the next item, memory; beside reading the stages each time.

`python -m benchmarks.review_speed [--items 100000] [--decisions 500]` makes a workspace of that size in a temporary
folder, serves it in a process of its own on loopback and works through it as a browser would.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from pipeline import decisions
from pipeline.store import Order, part_numbers, part_path, read_rows, write_part
from pipeline.workspace import CAPTIONED, CURATED, FIGURES, GROUPS, PANELS, Workspace, write_json
from schemas.captioned import Captioned
from schemas.manifest import Manifest
from schemas.panel_records import Panel
from schemas.records import Curated, Figure, Group, Held, Outcome, make_id

_PARTS = 20
_SHA = "0" * 64
_WORDS = "Confocal views of invented cells, stained for actin and nuclei; scale bar, 10 micrometres. " * 6


def main() -> None:
    """Make a workspace, serve it, and print what a reviewer would wait for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--decisions", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Workspace(Path(folder))
        _timed("workspace", lambda: made(place, asked.items))
        naive_ms = 1000 * _timed("next item by reading the stages", lambda: _first_undecided(place))
        with _served(place) as (address, process):
            worked(address, process, asked.decisions, naive_ms)


def _timed(what: str, act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    took_s = time.perf_counter() - began
    print(f"{what}: {took_s:.2f} s")
    return took_s


def made(place: Workspace, items: int) -> None:
    """Write stages in which every panel waits in the queue `kinds`."""
    manifest = Manifest.model_validate(
        {
            "bricks": 1,
            "name": "speed",
            "licenses": ["CC-BY-4.0"],
            "sources": [{"type": "pmc", "path": "x"}],
            "review": {"queues": [{"name": "kinds", "from": "kinds"}]},
        }
    )
    lock = {"manifest": manifest.model_dump(mode="json", by_alias=True), "folder": str(place.root), "limit": None}
    write_json(place.lock, {**lock, "versions": {}})
    each = items // _PARTS
    groups: list[Group] = []
    for number in range(_PARTS):
        rows = range(number * each, (number + 1) * each)
        _part(place, FIGURES, number, Figure, map(_figure, rows))
        _part(place, PANELS, number, Panel, (_panel(at, at - number * each) for at in rows))
        _part(place, CURATED, number, Curated, map(_held, rows))
        _part(place, CAPTIONED, number, Captioned, iter(()))
        groups += [_group(at, number, at - number * each) for at in rows]
    write_part(Order(place.stage(GROUPS), 0, Group, "x"), groups, note=lambda: ((), {"digests": {}, "benchmarks": []}))


def _part(place: Workspace, stage: str, number: int, model: type, rows: Iterator[Outcome]) -> None:
    write_part(Order(place.stage(stage), number, model, "x"), rows)


def _figure(at: int) -> Figure:
    told = {
        "id": make_id("f", str(at)),
        "source": "pmc",
        "source_id": f"PMC{at}",
        "figure_key": "f1",
        "member": "a.jpg",
    }
    size = {"width_px": 640, "height_px": 480, "bit_depth": 8, "channels": 3}
    return Figure(
        **told, family_key=str(at), caption=_WORDS, license="CC-BY-4.0", license_evidence="CC BY 4.0", blob=b"x",
        blob_format="jpeg", source_sha256=_SHA, md5="0" * 32, **size,
    )  # fmt: skip


def _panel(at: int, row: int) -> Panel:
    return Panel(
        id=make_id("p", str(at)), figure_id=make_id("f", str(at)), figure_row=row, source_id=f"PMC{at}", panel_key="A",
        panel_label="A", box=(0, 0, 640, 480), kind="plot", kind_confidence=0.5, subcaption=_WORDS,
        subcaption_spans=[(0, len(_WORDS))], phash="0" * 16, phash_version="x", sketch=b"",
    )  # fmt: skip


def _held(at: int) -> Held:
    told = {"id": make_id("p", str(at)), "stage": CURATED, "reason": "kind_unsure", "detail": "plot, 0.50 sure"}
    return Held(**told, source_id=f"PMC{at}", queue="kinds")


def _group(at: int, part: int, row: int) -> Group:
    told = {"id": make_id("p", str(at)), "figure_id": make_id("f", str(at)), "figure_row": row}
    return Group(part=part, source_id=f"PMC{at}", family=make_id(str(at)), **told)


def _first_undecided(place: Workspace) -> str | None:
    """Return the first held row that nobody decided about: what a page does that has no index."""
    known = {said.id for said in decisions.read(place.decisions)}
    waiting = [
        row["id"]
        for number in part_numbers(place.stage(CURATED))
        for row in read_rows(part_path(place.stage(CURATED) / "held", number))
        if row["id"] not in known
    ]
    return waiting[0] if waiting else None


class _served:  # noqa: N801  (used like a function)
    """Runs `bricks review` in a process of its own."""

    def __init__(self, place: Workspace) -> None:
        command = [sys.executable, "-m", "bricks", "review", str(place.root), "--reviewer", "ana", "--json"]
        self._began = time.perf_counter()
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> tuple[str, "subprocess.Popen[str]"]:
        assert self._process.stdout is not None
        address = json.loads(self._process.stdout.readline())["page"]
        print(f"index and start: {time.perf_counter() - self._began:.2f} s")
        return address, self._process

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def worked(address: str, process: "subprocess.Popen[str]", count: int, naive_ms: float) -> None:
    """Ask for pages and decide, and print the times and the memory."""
    browser = _Browser(address)
    pages = [browser.timed("GET", "/")[0] for _ in range(20)]
    first = [browser.timed("GET", "/queue/kinds")[0] for _ in range(20)]
    before_mb, before_s = _rss_mb(process.pid), _cpu_s(process.pid)
    took = []
    page = browser.timed("GET", "/queue/kinds")[1]
    for _ in range(count):
        ms, page = browser.decided(page)
        took.append(ms)
    cpu_ms = 1000 * (_cpu_s(process.pid) - before_s) / count
    _tell("queues", pages, 300)
    _tell("first page of a queue", first, 300)
    _tell("decision and next item", took, 100)
    print(f"processor time of the server, a decision and the next item: {cpu_ms:.1f} ms")
    print(f"memory: {before_mb:.0f} MB before, {_rss_mb(process.pid):.0f} MB after {count} decisions")
    print(f"next item: {naive_ms / median(took):.0f} times as fast as reading the stages' held files at each request")


def _tell(what: str, took_ms: list[float], limit_ms: int) -> None:
    late = sorted(took_ms)[int(0.95 * len(took_ms))]
    verdict = "holds" if late < limit_ms else "FAILS"
    print(f"{what}: median {median(took_ms):.0f} ms, 95 % {late:.0f} ms, limit {limit_ms} ms: {verdict}")


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Browser:
    """Asks over one connection and keeps its cookie."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._connection = HTTPConnection(place.hostname or "", place.port)
        self._cookie = ""

    def timed(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[float, str]:
        headers = {"Cookie": self._cookie, "HX-Request": "true"}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        began = time.perf_counter()
        self._connection.request(method, path, urlencode(form).encode() if form else None, headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        took_ms = 1000 * (time.perf_counter() - began)
        assert answer.status == 200, (answer.status, page)
        self._cookie = (answer.getheader("set-cookie") or self._cookie).partition(";")[0]
        return took_ms, page

    def decided(self, page: str) -> tuple[float, str]:
        (key,) = set(re.findall(r'action="/decide/(\w+)"', page)[:1])
        fields = {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("csrf", "nonce")}
        return self.timed("POST", f"/decide/{key}", {**fields, "verdict": "accept"})


if __name__ == "__main__":
    main()
