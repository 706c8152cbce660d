"""The evaluation beside a server's best: python -m benchmarks.vqa_harness [--items N] [--slots N] [--json].

A local server in a process of its own answers after 200 ms, in 16 slots, so that 80 questions a second are the most.
Told are questions a second as a share of that, with pictures of 1024 px read from Parquet and made small for each, and
the seconds of what isn't asking: reading, marking, writing; then the seconds of the statistics of 10,000 marks, and how
fast the weights of two models are mixed.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from captioning.evaluate_vqa import Endpoints, evaluate, open_questions, served_judge
from captioning.vqa_asking import Manner
from captioning.vqa_statistics import estimates
from training.blending import blended

_SERVER = Path(__file__).resolve().parent.parent / "tests" / "servers" / "openai_server.py"
_LATENCY_S = 0.2
_OPTIONS = ["DAPI", "H&E", "PAS", "none of the above"]


@contextmanager
def server(slots: int) -> Iterator[str]:
    """Yield the address of a server that answers "B"."""
    told = ["--slots", str(slots), "--latency-ms", str(_LATENCY_S * 1000), "--says", "B"]
    command = [sys.executable, str(_SERVER), *told]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.communicate()


def picture(number: int, side_px: int = 1024) -> bytes:
    """Return a JPEG with structure and noise."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 200, (32, 32), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((side_px, side_px), Image.Resampling.BICUBIC), np.int16)
    noisy = (smooth + rng.normal(0, 8, smooth.shape)).clip(0, 255).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(noisy).save(written, "JPEG", quality=90)
    return written.getvalue()


def questions(count: int, folder: Path) -> Path:
    """Write a set in the columns of the view `questions`, four questions a picture."""
    blobs = [picture(number) for number in range(32)]
    rows = [
        {
            "id": f"{at:032x}",
            "image": {"bytes": blobs[at // 4 % len(blobs)], "path": None},
            "panel_id": f"{at // 4}",
            "task": f"task {at % 8}",
            "question": f"Which stain is this, of number {at}?",
            "options": _OPTIONS,
            "answer_index": at % 4,
            "answer": _OPTIONS[at % 4],
        }
        for at in range(count)
    ]
    (folder / "questions").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "questions" / "test-00000-of-00001.parquet", row_group_size=64)
    return folder


def asking(count: int, slots: int) -> dict[str, Any]:
    """Return how fast questions are asked, and what the second run takes, which finds all answers."""
    manner = Manner()
    with tempfile.TemporaryDirectory() as place, server(slots) as url:
        folder = questions(count, Path(place) / "set")
        out, took_s = Path(place) / "out", []
        for _ in range(2):
            began_s = time.perf_counter()
            judge = served_judge(Endpoints([url], "tiny"), manner, out / "answers.sqlite", {})
            results = evaluate(open_questions(str(folder)), judge, manner, out)
            took_s.append(time.perf_counter() - began_s)
        assert results.items == count
    rate = count / took_s[0]
    told = {"items": count, "s": took_s[0], "per_s": rate, "of_ideal": rate / (slots / _LATENCY_S)}
    return {**told, "again_s": took_s[1], "again_per_s": count / took_s[1]}


def statistics(count: int = 10_000, draws: int = 1000) -> list[dict[str, Any]]:
    """Return the seconds of intervals, with a picture a question and with four."""
    rng, rows = np.random.default_rng(17), []
    worths, tasks = (rng.random(count) < 0.6).astype(float).tolist(), [f"task {at % 8}" for at in range(count)]
    for each in (1, 4):
        began_s = time.perf_counter()
        estimates(worths, tasks, [str(at // each) for at in range(count)], seed=17, draws=draws)
        rows.append({"questions_a_picture": each, "items": count, "draws": draws, "s": time.perf_counter() - began_s})
    return rows


def mixing(pieces: int = 100) -> float:
    """Return how many megabytes a second of each model are mixed in bfloat16, without the disk."""
    weights = np.random.default_rng(17).normal(0, 0.02, (2, 1 << 20)).astype(np.float32)
    one, other = ((model.view(np.uint32) >> 16).astype("<u2").tobytes() for model in weights)
    began_s = time.perf_counter()
    for _ in range(pieces):
        blended(one, other, ("BF16", "BF16"), 0.5)
    return pieces * len(one) / 1e6 / (time.perf_counter() - began_s)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2400)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    asking(4 * asked.slots, asked.slots)  # imports
    found, rows, mixed = asking(asked.items, asked.slots), statistics(), mixing()
    if asked.json:
        print(json.dumps({"asking": found, "statistics": rows, "mixed_mb_per_s": mixed}))
        return
    print(
        f"{found['items']} questions   {found['per_s']:6.1f}/s   {found['of_ideal']:.1%} of ideal, all steps included"
    )
    print(f"the same again  {found['again_per_s']:6.1f}/s   {found['again_s']:.2f} s, nothing asked")
    for one in rows:
        told = f"{one['items']} marks, {one['draws']} draws, {one['questions_a_picture']} a picture"
        print(f"{told:44} {one['s']:.2f} s")
    print(f"bfloat16 mixed {mixed:.0f} MB/s of each model")


if __name__ == "__main__":
    main()
