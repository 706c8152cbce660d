"""Scale words: are the lengths that captions state for their scale bars found, each with its panels?

    python -m benchmarks.scale_words DIR [--labels TSV] [--show]

DIR is a folder of articles and packages. The truth was read by a person: `scale_words.tsv` beside this file names
every caption there that mentions a bar or a scale, with the lengths it states ("50@A,B; 10@inset"; none for error
bars and charts). The captions fall in two halves by a hash of their key: A was looked at while the rules were made,
B was kept for the report. A length is found when its value is right, and wholly found when its labels are too.
Beside ours stands one regular expression: "scale bar", then the first number with a unit.
"""

import argparse
import csv
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.extraction import xml_members
from curation.length_words import measures
from curation.scale_words import lengths_in
from ingest.jats import parse_articles
from schemas.errors import ArticleError

_LABELS = Path(__file__).with_name("scale_words.tsv")
_PACKAGES = (".xml", ".nxml", ".zip", ".meca", ".tar.gz", ".tgz")
_PLAIN = re.compile(r"scale bars?\W+(?:represents?\W+|is\W+|are\W+)?(?=\d)", re.IGNORECASE)


class Stated(NamedTuple):
    """A length with the labels it holds for, inset among them."""

    length_um: float
    labels: frozenset[str]


class Score(NamedTuple):
    """Lengths that are stated, that were found, and how many of these are right, without and with their labels."""

    stated: int = 0
    found: int = 0
    right: int = 0
    wholly_right: int = 0

    def plus(self, truth: Counter[Stated], answer: Counter[Stated]) -> "Score":
        values, answered = (Counter(each.length_um for each in side.elements()) for side in (truth, answer))
        return Score(
            self.stated + truth.total(),
            self.found + answer.total(),
            self.right + (values & answered).total(),
            self.wholly_right + (truth & answer).total(),
        )

    def line(self) -> str:
        def share(part: int, whole: int) -> str:
            return f"{part / whole:.3f}" if whole else "  -  "

        return (
            f"stated {self.stated:4}  recall {share(self.right, self.stated)} precision {share(self.right, self.found)}"
            f"   with labels: recall {share(self.wholly_right, self.stated)}"
            f" precision {share(self.wholly_right, self.found)}"
        )


def captions(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (key, caption) of each figure under `folder`; the key is DOI, PMCID or file name, and the figure's id."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(_PACKAGES)):
        try:
            files = list(xml_members(path))
        except (OSError, EOFError, ValueError, RuntimeError) as error:
            print(f"{path}: not read ({error})", file=sys.stderr)
            continue
        for name, xml in files:
            yield from _captions_of(name, xml)


def _captions_of(name: str, xml: bytes) -> Iterator[tuple[str, str]]:
    try:
        articles = parse_articles(xml, where=name)
    except ArticleError:
        return  # a manifest or a broken file; `benchmarks.extraction` judges those
    for parsed in articles:
        article = parsed.article.doi or parsed.article.pmcid or Path(name).name
        yield from ((f"{article} {figure.figure_key}", figure.caption) for figure in parsed.figures if figure.caption)


def truth_of(path: Path) -> dict[str, Counter[Stated]]:
    """Return what a person read, by key."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t")
        return {f"{row['article']} {row['figure']}": _stated(row["lengths_um"]) for row in rows}


def _stated(cell: str) -> Counter[Stated]:
    parts = [part.strip().split("@") for part in cell.split(";") if part.strip()]
    return Counter(Stated(float(part[0]), frozenset("".join(part[1:]).split(",")) - {""}) for part in parts)


def ours(caption: str) -> Counter[Stated]:
    """Return what `curation.scale_words` finds."""
    return Counter(
        Stated(found.length_um, frozenset(found.labels) | ({"inset"} if found.inset else set()))
        for found in lengths_in(caption)
    )


def plain(caption: str) -> Counter[Stated]:
    """Return what one regular expression finds."""
    near = (next(measures(caption, match.end(), match.end() + 20), None) for match in _PLAIN.finditer(caption))
    return Counter(Stated(measure.length_um, frozenset()) for measure in near if measure)


def half_of(key: str) -> str:
    """Return the half to look at, A, or the half to report, B."""
    return "AB"[hashlib.sha256(key.encode()).digest()[0] % 2]


def score(
    found: Mapping[str, str], truth: Mapping[str, Counter[Stated]], parser: Callable[[str], Counter[Stated]]
) -> dict[str, Score]:
    """Return the score of each half."""
    halves = {"A": Score(), "B": Score()}
    for key in truth.keys() & found.keys():
        halves[half_of(key)] = halves[half_of(key)].plus(truth[key], parser(found[key]))
    return halves


def main() -> None:
    """Print recall and precision of both halves, and on demand each caption that is read wrongly."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--labels", type=Path, default=_LABELS)
    arguments.add_argument("--show", action="store_true", help="print what is read wrongly")
    options = arguments.parse_args()
    found = dict(captions(options.folder))
    truth = truth_of(options.labels)
    here = truth.keys() & found.keys()
    states = sum(1 for key in here if truth[key])
    print(f"{len(here)} of {len(truth)} labelled captions are here; {states} state a length")
    for name, parser in (("ours", ours), ("one regex", plain)):
        for half, result in score(found, truth, parser).items():
            print(f"{name:10} half {half}  {result.line()}")
    unlabelled = [key for key in found.keys() - truth.keys() if lengths_in(found[key])]
    print(f"captions without a label in which ours finds a length: {len(unlabelled)} {sorted(unlabelled)[:5]}")
    if options.show:
        for key in sorted(key for key in here if ours(found[key]) != truth[key]):
            print(f"{half_of(key)} {key}\n    truth {dict(truth[key])}\n    ours  {dict(ours(found[key]))}")


if __name__ == "__main__":
    main()
