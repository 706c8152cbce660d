"""Subcaptions: do the words that are given to each panel agree with those that people gave it?

    python -m benchmarks.subcaptions DIR [--json]

DIR/panels holds hand-split captions: subcaptions_zou_eval.jsonl and subcaptions_prostate.jsonl. Of each set: precision,
recall and F1 of the labels of a figure, in capitals; the share of figures whose labels are exactly right; and the token
F1 of subcaptions: of the words in small letters of each hand-split subcaption and of ours as bags, the mean over
the hand-split panels, 0 where the label wasn't found. A second token F1 puts the whole caption there.
Beside ours stand a plain regular expression and the whole caption for every panel. Figures are split by a hash of their
name: half A was looked at while the reader was written, half B never.
"""

# ruff: noqa: RUF001  (dashes are what is read)

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from curation.captions import split_caption

SETS = {"zou": "subcaptions_zou_eval.jsonl", "prostate": "subcaptions_prostate.jsonl"}
_PLAIN = re.compile(
    r"\(([A-Za-z](?:\s*(?:,|-|–|and|&)\s*[A-Za-z])*)\)|(?<![\w(])([A-Za-z])\)|(?:(?<=[.;:] )|^)([A-Z])[.:,] "
)
Splitter = Callable[[str], dict[str, str]]
"""A caption to its labels in capitals, each with its words."""


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def token_f1(ours: str, theirs: str) -> float:
    """Return the F1 of two texts as bags of words.

    >>> token_f1("red cells", "two red cells")
    0.8
    """
    mine, given = _words(ours), _words(theirs)
    both = mine.total() + given.total()
    return 2 * (mine & given).total() / both if both else 1.0


def ours(caption: str) -> dict[str, str]:
    """Return the subcaptions of bricks."""
    panels = split_caption(caption).panels
    return {panel.label.upper(): " ".join(caption[start:end] for start, end in panel.spans) for panel in panels}


def _letters(text: str) -> Iterator[str]:
    for part in re.split(r"\s*(?:,|and|&)\s*", text):
        ends = re.split(r"\s*[-–]\s*", part.upper())
        if part:
            yield from map(chr, range(ord(ends[0]), ord(ends[-1]) + 1))


def plain(caption: str) -> dict[str, str]:
    """Return what a regular expression makes of a caption: what stands before the first marker, and up to the next."""
    marks = list(_PLAIN.finditer(caption))
    ends = [*(more.start() for more in marks[1:]), len(caption)] if marks else []
    found: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        for label in _letters(mark[1] or mark[2] or mark[3]):
            found[label] = found.get(label, caption[: marks[0].start()]) + caption[mark.end() : end]
    return found


def _halves(figures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    yield "all", list(figures)
    for half in range(2):
        yield "AB"[half], [each for each in figures if sha256(each["figure"].encode()).digest()[0] % 2 == half]


def score(figures: Iterable[Mapping[str, Any]], split: Splitter) -> dict[str, float]:
    """Return all figures of one splitter on one set."""
    labels, exact, tokens, lenient = Counter[str](), [], [], []
    for figure in figures:
        found, panels = split(figure["caption"]), figure["panels"]
        given = {str(panel["label"]).upper() for panel in panels if panel["label"]}
        labels += Counter(right=len(given & found.keys()), found=len(found), given=len(given))
        exact.append(given == found.keys())
        for panel in panels:
            label = str(panel["label"]).upper()
            tokens.append(token_f1(found[label], panel["caption"]) if label in found else 0.0)
            lenient.append(token_f1(found.get(label, figure["caption"]), panel["caption"]))
    return {
        "figures": len(exact),
        "panels": len(tokens),
        "precision": labels["right"] / max(1, labels["found"]),
        "recall": labels["right"] / max(1, labels["given"]),
        "f1": 2 * labels["right"] / max(1, labels["found"] + labels["given"]),
        "exact": sum(exact) / max(1, len(exact)),
        "token_f1": sum(tokens) / max(1, len(tokens)),
        "token_f1_whole_if_missed": sum(lenient) / max(1, len(lenient)),
    }


def _whole(figures: Sequence[Mapping[str, Any]]) -> float:
    each = [token_f1(figure["caption"], panel["caption"]) for figure in figures for panel in figure["panels"]]
    return sum(each) / max(1, len(each))


def _per_second(captions: Sequence[str], split: Splitter) -> float:
    started = time.process_time()
    for caption in captions:
        split(caption)
    return len(captions) / max(1e-9, time.process_time() - started)


def measure(folder: Path) -> dict[str, Any]:
    """Return the scores by set, half and splitter, and captions per second of one core."""
    answer: dict[str, Any] = {}
    captions: list[str] = []
    for name, file in SETS.items():
        with (folder / "panels" / file).open(encoding="utf-8") as lines:
            figures = [json.loads(line) for line in lines]
        captions += [figure["caption"] for figure in figures]
        answer[name] = {
            half: {"ours": score(some, ours), "plain": score(some, plain), "whole_caption": _whole(some)}
            for half, some in _halves(figures)
        }
    answer["captions_per_s"] = {"ours": _per_second(captions, ours), "plain": _per_second(captions, plain)}
    return answer


def _told(answer: Mapping[str, Any]) -> Iterator[str]:
    for name in SETS:
        for half, told in answer[name].items():
            yield f"{name} {half}: {told['ours']['figures']} figures, {told['ours']['panels']} panels"
            for way in ("ours", "plain"):
                yield f"  {way:6}" + "".join(f"  {what} {told[way][what]:.3f}" for what in list(told[way])[2:])
            yield f"  the whole caption for every panel: token_f1 {told['whole_caption']:.3f}"
    yield "captions a second of one core: " + ", ".join(f"{way} {n:.0f}" for way, n in answer["captions_per_s"].items())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    answer = measure(asked.folder)
    if asked.json:
        json.dump(answer, sys.stdout)
        print()
    else:
        print("\n".join(_told(answer)))


if __name__ == "__main__":
    main()
