"""ELN people: are the fields of a notebook that hold a person told from those that look alike?

    python -m benchmarks.eln_people tests/data/eln_people [--show {a,b,later,third,fourth}]

The folder has `fields*.tsv`: label, language, name, value. Those of `fields.tsv` fall into two halves by a hash: rules
were made looking at A. The other files were written to break the rules as they then stood, which were mended after:
what to expect of fields that nobody has looked at are the figures at first sight in SOURCES.md. `--show` prints errors.
"""

import argparse
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ingest.eln_people import People

AUTHORS = ("Max", "Green")
"""Authors of one word, as some crates have them: they must take no "Projection: Max" with them."""


class Case(NamedTuple):
    """A field, and whether it holds a person."""

    half: str
    is_person: bool
    language: str
    name: str
    value: str


class Score(NamedTuple):
    """Fields that hold a person, fields that are left out, and how many of these are right."""

    persons: int
    left_out: int
    right: int

    @property
    def recall(self) -> float:
        """Return the share of persons that are left out."""
        return self.right / self.persons if self.persons else 1.0

    @property
    def precision(self) -> float:
        """Return the share of what is left out that holds a person."""
        return self.right / self.left_out if self.left_out else 1.0


def cases(folder: Path) -> Iterator[Case]:
    """Yield the labelled fields of a folder."""
    for path in sorted(folder.glob("fields*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            label, language, name, value = line.split("\t")
            half = "ab"[zlib.crc32(f"{name}\t{value}".encode()) % 2]
            later = path.stem.partition("_")[2]
            yield Case(later or half, label == "person", language, name, value)


def score_of(asked: list[Case]) -> Score:
    """Return how the filter does."""
    left = [case for case in asked if is_left_out(case)]
    return Score(sum(case.is_person for case in asked), len(left), sum(case.is_person for case in left))


def is_left_out(case: Case) -> bool:
    """Return whether the filter leaves a field out."""
    return People(AUTHORS).hold(case.name, case.value)


def main() -> None:
    """Print recall and precision of each half, and the errors of one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", choices=("a", "b", "later", "third", "fourth"))
    said = parser.parse_args()
    every = list(cases(said.folder))
    for half in dict.fromkeys(case.half for case in sorted(every)):
        asked = [case for case in every if case.half == half]
        score = score_of(asked)
        told = f"{half:6} {len(asked):3} fields  recall {score.recall:.2f}  precision {score.precision:.2f}"
        sys.stdout.write(f"{told}  ({score.right} of {score.persons} persons, {score.left_out} left out)\n")
        for case in asked if half == said.show else ():
            if is_left_out(case) != case.is_person:
                sys.stdout.write(f"    {'kept' if case.is_person else 'lost'}: {case.name}: {case.value}\n")


if __name__ == "__main__":
    main()
