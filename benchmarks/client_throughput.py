"""Captioning's client beside a plain loop: python -m benchmarks.client_throughput [--requests N] [--slots N] [--json].

A local server in a process of its own answers after 200 ms, in 16 slots, so that 80 requests a second are the most.
Told are requests a second as a share of that, and seconds of CPU a request beside those of a plain asyncio loop over
OpenAI's client with the same pictures and words, through `chat.completions.create` and as bytes made before. Making
pictures ready is measured apart, on one core and on all. The last rows let the server refuse what finds no slot, and
double the slots up to 64, to show where one process ends.
"""

import argparse
import asyncio
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from openai import AsyncOpenAI
from PIL import Image

from captioning import carrier
from captioning.asked import Answered, Asked, Picture
from captioning.asking import Service, answers
from captioning.picture_parts import Inline
from captioning.prompts import prompt_named
from captioning.request_bodies import on_the_wire, opening
from schemas.manifest import CaptioningSettings

_SERVER = Path(__file__).resolve().parent.parent / "tests" / "servers" / "openai_server.py"
_LATENCY_S = 0.2
_MODEL = "tiny"


@contextmanager
def server(slots: int, *more: str) -> Iterator[str]:
    """Yield the address of a server in a process of its own."""
    command = [sys.executable, str(_SERVER), "--slots", str(slots), "--latency-ms", str(_LATENCY_S * 1000), *more]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.communicate()


def micrograph(side_px: int = 1600) -> bytes:
    """Return a picture such as figures hold: a JPEG with structure and noise."""
    rng = np.random.default_rng(17)
    coarse = Image.fromarray(rng.integers(0, 200, (side_px // 16, side_px // 16, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((side_px, side_px), Image.Resampling.BICUBIC), np.int16)
    noisy = (smooth + rng.normal(0, 12, smooth.shape)).clip(0, 255).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(noisy).save(written, "JPEG", quality=90)
    return written.getvalue()


class _Ready(Inline):
    """Has one picture ready for all."""

    def __init__(self, address: bytes) -> None:
        self._address = address

    def ready(self, picture: Picture, side_px: int) -> bytes:  # noqa: ARG002
        return self._address


def questions(count: int, blob: bytes) -> Iterator[Asked]:
    """Yield questions about one picture, each with a fact of its own."""
    picture = Picture(blob, sha256="0" * 64)
    for number in range(count):
        yield Asked(f"{number:032x}", picture, (f"stain: DAPI {number}", "organism: Homo sapiens"))


def ours(url: str, count: int, blob: bytes) -> None:
    """Ask through `captioning.asking`."""
    settings = CaptioningSettings(backend="openai", endpoints=(url,), model=_MODEL)
    with tempfile.TemporaryDirectory() as folder:
        said = list(answers(questions(count, blob), Service(settings, Path(folder) / "answers.sqlite")))
    assert len(said) == count
    assert all(isinstance(one, Answered) for one in said)


def written_out(count: int, blob: bytes, ready: bytes) -> list[bytes]:
    """Return the bytes of all requests."""
    settings = CaptioningSettings(backend="openai", endpoints=("http://x/v1",), model=_MODEL)
    prompt = prompt_named(settings.prompt)
    return [on_the_wire(opening(asked, prompt, settings), ready) for asked in questions(count, blob)]


async def _plain(url: str, bodies: list[bytes], at_once: int, *, made_before: bool) -> None:
    waiting = iter(bodies)

    async def work() -> None:
        for body in waiting:
            if made_before:
                answer = await client.post("/chat/completions", cast_to=httpx2.Response, content=body)
                assert answer.json()["choices"]
            else:
                assert (await client.chat.completions.create(**json.loads(body))).choices

    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        await asyncio.gather(*(work() for _ in range(at_once)))


def measured(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds and the seconds of CPU, of this process, that work takes."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began_s, time.process_time() - began_cpu_s


def row(name: str, count: int, slots: int, took: tuple[float, float]) -> dict[str, Any]:
    """Return what is told of a run."""
    rate, ideal = count / took[0], slots / _LATENCY_S
    return {"what": name, "per_s": round(rate, 1), "of_ideal": round(rate / ideal, 3), "cpu_ms": 1000 * took[1] / count}


def throughput(count: int, slots: int) -> tuple[list[dict[str, Any]], float]:
    """Return the rate and CPU of ours and of plain loops, the pictures ready for all, and our peak of memory in MB."""
    blob = micrograph()
    ready = Inline().ready(Picture(blob), 1024)
    carrier.Inline = partial(_Ready, ready)  # type: ignore[attr-defined,assignment]
    rows = []
    with server(slots) as url:
        ours(url, 2 * slots, blob)  # imports
        rows.append(row("bricks", count, slots, measured(partial(ours, url, count, blob))))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bodies = written_out(count, blob, ready)
        for name, made in (("plain loop, create()", False), ("plain loop, bytes made before", True)):
            work = partial(_plain, url, bodies, slots, made_before=made)
            rows.append(row(name, count, slots, measured(lambda work=work: asyncio.run(work()))))  # type: ignore[misc]
    with server(slots, "--refuses-when-full") as url:
        rows.append(row("bricks, 429 without a slot", count, slots, measured(partial(ours, url, count, blob))))
    for more in (32, 64):
        if more > slots:
            with server(more) as url:
                took = measured(partial(ours, url, count * more // slots, blob))
            rows.append(row(f"bricks, {more} slots", count * more // slots, more, took))
    return rows, peak_mb


def preparation(count: int) -> list[dict[str, Any]]:
    """Return how many pictures a second are made ready, on one core and on all."""
    picture, rows = Picture(micrograph(), sha256="0" * 64), []
    for cores in sorted({1, len(os.sched_getaffinity(0))}):
        with ThreadPoolExecutor(cores) as pool:
            began_s = time.perf_counter()
            list(pool.map(lambda _: Inline().ready(picture, 1024), range(count)))
            took_s = time.perf_counter() - began_s
        rows.append({"what": f"1600 px to 1024 px, threads {cores}", "per_s": round(count / took_s, 1)})
    return rows


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=800)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    made = preparation(100)
    rows, peak_mb = throughput(asked.requests, asked.slots)
    ratios = {
        "create()": rows[0]["cpu_ms"] / rows[1]["cpu_ms"],
        "bytes made before": rows[0]["cpu_ms"] / rows[2]["cpu_ms"],
    }
    if asked.json:
        print(json.dumps({"pictures": made, "requests": rows, "cpu_ratio": ratios, "peak_mb": peak_mb}))
        return
    for one in made:
        print(f"{one['what']:36} {one['per_s']:8.1f}/s")
    for one in rows:
        print(f"{one['what']:36} {one['per_s']:8.1f}/s  {one['of_ideal']:6.1%} of ideal  {one['cpu_ms']:6.2f} ms CPU")
    for against, ratio in ratios.items():
        print(f"CPU a request, bricks : plain loop, {against:18} {ratio:6.2f}")
    print(f"peak memory                          {peak_mb:8.0f} MB")


if __name__ == "__main__":
    main()
