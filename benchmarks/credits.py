"""Credits: is a caption understood that says its picture is somebody else's, and is a clean one left alone?

    python -m benchmarks.credits LABELLED [--show {a,b,later}] [--captions DIR] [--json]

LABELLED is a folder with `third_party*.txt` and `clean*.txt`, a sentence a line (tests/data/credits). Each is asked
alone and amid a caption. They fall into two halves by a hash: rules are made looking at A alone (`--show a` prints its
errors), B says what to expect of sentences that nobody has looked at. `*_later.txt` was written to break the rules
once they stood. Beside ours stands the plain rule: a word of credit anywhere. `--captions` adds articles as XML:
figures that are a third party's, and captions read in a second.
"""

import argparse
import json
import re
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from ingest.jats import parse_articles
from ingest.jats_license import figure_statement
from ingest.jats_records import JatsFigure, Statement
from schemas.errors import BricksError

_PLAIN = re.compile(
    r"permission|courtesy|credit|\u00a9|copyright|(?:adapted|modified|reproduced|reprinted|taken|redrawn) from"
    r"|photo(?:graph)?s?:|provided by",
    re.IGNORECASE,
)
_AMID = "Cells in culture (DAPI, blue). {} Scale bar, 10 \u00b5m."
_ARTICLE = Statement(license="CC-BY-4.0", evidence="CC BY 4.0")
_ROUNDS = 5
HALVES = ("a", "b", "later")


class Case(NamedTuple):
    """A caption, and whether its picture is somebody else's."""

    caption: str
    third_party: bool
    half: str


class Score(NamedTuple):
    """Captions that are a third party's, those found, and how many of these are right."""

    true: int
    found: int
    right: int

    def told(self) -> dict[str, float]:
        """Return the score as it is printed."""
        precision = self.right / self.found if self.found else 1.0
        recall = self.right / self.true if self.true else 1.0
        return {**self._asdict(), "precision": round(precision, 4), "recall": round(recall, 4)}


def half_of(sentence: str) -> str:
    """Return the half a sentence falls into."""
    return "ab"[zlib.crc32(sentence.encode()) % 2]


def cases(folder: Path) -> Iterator[Case]:
    """Yield the captions of a labelled folder."""
    for path in sorted(folder.glob("*.txt")):
        for sentence in path.read_text(encoding="utf-8").splitlines():
            half = "later" if path.stem.endswith("_later") else half_of(sentence)
            for caption in (sentence, _AMID.format(sentence)):
                yield Case(caption, path.stem.startswith("third_party"), half)


def is_third_party(caption: str) -> bool:
    """Return whether a figure with this caption, in an article under CC BY, is somebody else's."""
    fig = etree.Element("fig")
    return figure_statement(fig, caption, of=_ARTICLE, owner="", year=2020).third_party


def scored(asked: Iterable[tuple[bool, bool]]) -> Score:
    """Return the score of (truth, answer)."""
    pairs = list(asked)
    return Score(sum(truth for truth, _ in pairs), sum(said for _, said in pairs), sum(map(all, pairs)))


def figures(folder: Path) -> Iterator[tuple[str, JatsFigure]]:
    """Yield (file, figure) of all articles under `folder`."""
    for path in sorted(path for kind in ("xml", "nxml") for path in folder.rglob(f"*.{kind}")):
        try:
            found = parse_articles(path.read_bytes(), where=path.name)
        except BricksError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        yield from ((path.name, figure) for article in found for figure in article.figures)


def per_second(captions: Iterable[str]) -> float:
    """Return how many captions are judged in a second, at best."""
    known = list(captions)
    took = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for caption in known:
            is_third_party(caption)
        took.append(time.perf_counter() - start)
    return len(known) / min(took)


def _measured(known: list[Case], *, as_json: bool) -> None:
    for half in HALVES:
        of_half = [case for case in known if case.half == half]
        ours = scored((case.third_party, is_third_party(case.caption)) for case in of_half)
        plain = scored((case.third_party, bool(_PLAIN.search(case.caption))) for case in of_half)
        row = {"half": half, "captions": len(of_half), "ours": ours.told(), "plain": plain.told()}
        if as_json:
            print(json.dumps(row))
            continue
        for name, score in (("ours", ours.told()), ("plain rule", plain.told())):
            print(f"{half:5}  {name:10}  {len(of_half):5} captions  {score}")


def _show(known: list[Case], half: str) -> None:
    for case in known:
        if case.half == half and is_third_party(case.caption) != case.third_party:
            print(f"{'missed' if case.third_party else 'wrong '}  {case.caption}")


def _read(folder: Path, *, as_json: bool) -> None:
    found = list(figures(folder))
    captions = [figure.caption for _, figure in found if figure.caption]
    if not captions:
        print(f"{folder}: no captions", file=sys.stderr)
        return
    for name, figure in found:
        if figure.third_party:
            told = {"file": name, "figure": figure.figure_key, "evidence": figure.license_evidence}
            print(json.dumps(told) if as_json else f"{name} {figure.figure_key}: {figure.license_evidence}")
    of_them = {"captions": len(captions), "third_party": sum(figure.third_party for _, figure in found)}
    print(json.dumps({**of_them, "captions_per_s": round(per_second(captions))}))


def main() -> int:
    """Print precision and recall of both halves, and what is asked for beside them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path, metavar="LABELLED")
    parser.add_argument("--show", choices=HALVES)
    parser.add_argument("--captions", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    known = list(cases(asked.labelled))
    _measured(known, as_json=asked.json)
    if asked.show:
        _show(known, asked.show)
    if asked.captions:
        _read(asked.captions, as_json=asked.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
