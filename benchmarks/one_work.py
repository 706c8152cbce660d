"""One work: are the figures that a preprint and its article share found, and no others taken for the same?

    python -m benchmarks.one_work DIR... [--cut N] [--json]

DIR is a folder of articles and packages. Each article is the preprint; the publisher's version of it is made here:
other sizes, formats and JPEG qualities, a white margin cut or added, grey, other numbers, other words. A third of
the figures of each has no counterpart in the other. The figures of the same article are the hard negatives. Beside
ours stands the plain rule: two hashes at most 10 bits apart are one picture, whatever else is near. The last rows
count the revised figures (a part is another picture, number and words are the same) that are taken for the old ones.
`--cut N` cuts every figure into N x N parts first, which stand for panels.
"""

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from benchmarks.changed_pictures import CHANGES, REVISIONS, png
from curation.hashing import VERSION, phash
from curation.same_picture import Picture, label_key, same_pictures, word_bits
from curation.same_pixels import Grey, shrunk
from ingest.local import LocalConnector
from pipeline.pixels import decode8, inspect, on_white
from schemas.errors import PixelError
from schemas.records import Figure

_DRAWS = 5
_LEFT_OUT = 1 / 3
_PLAIN_DISTANCE = 10


class Shown(NamedTuple):
    """A figure, or a part of one."""

    picture: Image.Image
    label: str
    caption: str


class Looked(NamedTuple):
    """What is compared of a picture."""

    phash: int
    aspect: float
    grey: Grey


class Score(NamedTuple):
    """Pairs there are, pairs that were found, and how many of these are right."""

    true: int = 0
    found: int = 0
    right: int = 0

    def plus(self, other: "Score") -> "Score":
        """Return the sum of both."""
        return Score(*(mine + its for mine, its in zip(self, other, strict=True)))

    def told(self) -> dict[str, float]:
        """Return the score as it is printed."""
        precision = self.right / self.found if self.found else 1.0
        return {**self._asdict(), "precision": round(precision, 4), "recall": round(self.right / self.true, 4)}


def articles(folder: Path, cut: int) -> list[list[Shown]]:
    """Return the figures of each article under `folder`, each work once."""
    works: dict[str, list[Shown]] = {}
    connector = LocalConnector("articles", ["."], folder)
    for item in connector.find():
        of_item: dict[str, list[Shown]] = defaultdict(list)
        for figure in connector.fetch(item):
            if isinstance(figure, Figure):
                of_item[figure.family_key].extend(_parts(figure, cut))
        works = {**of_item, **works}
    return [shown for shown in works.values() if shown]


def _parts(figure: Figure, cut: int) -> Iterator[Shown]:
    try:
        whole = on_white(Image.fromarray(decode8(figure.blob, inspect(figure.blob))))
    except PixelError:
        return
    for row, column in product(range(cut), repeat=2):
        edges = (column * whole.width, row * whole.height, (column + 1) * whole.width, (row + 1) * whole.height)
        letter = "abcdefghijklmnopqrstuvwxyz"[row * cut + column] if cut > 1 else ""
        part = whole.crop(tuple(edge // cut for edge in edges))  # type: ignore[arg-type]
        yield Shown(part, label_key(figure.figure_label, letter), figure.caption)


WORDS = ("as in the preprint", "words edited", "renumbered", "renumbered, edited", "no numbers", "neither")
"""What a publisher does to a figure's number and words."""


def _looked(blob: bytes) -> Looked:
    pixels = inspect(blob)
    grey = shrunk(blob, pixels, (0, 0, pixels.width_px, pixels.height_px))
    return Looked(int(phash(blob, pixels), 16), pixels.width_px / pixels.height_px, grey)


def _edited(caption: str, chance: random.Random) -> str:
    """Return a caption of which three in ten words are others."""
    words = re.findall(r"\S+", caption)
    return " ".join(word if chance.random() > 0.3 else f"new{chance.randrange(10**6)}" for word in words)


def _worded(shown: Sequence[Shown], said: str, chance: random.Random) -> list[tuple[str, str]]:
    """Return the label and caption of each figure in the article."""
    labels = [one.label for one in shown]
    if "renumbered" in said:
        labels = [*labels[1:], "99"]
    elif said in ("no numbers", "neither"):
        labels = [""] * len(labels)
    captions = ["" if said == "neither" else one.caption for one in shown]
    return list(zip(labels, [_edited(one, chance) if "edited" in said else one for one in captions], strict=True))


def _work(name: str, looks: Sequence[Looked], words: Sequence[tuple[str, str]], kept: Sequence[int]) -> list[Picture]:
    at_first = 0 if name == "preprint" else 10_000
    return [
        Picture(
            at=at_first + at,
            id=f"{name}{at:05d}",
            work=(name, name, ""),
            cluster=at_first + at,
            kind=(True, VERSION),
            phash=looks[at].phash,
            aspect=looks[at].aspect,
            label=words[at][0],
            words=word_bits(words[at][1]),
        )
        for at in kept
    ]


def _seen(before: Sequence[Looked], after: Sequence[Looked]) -> Mapping[int, Grey]:
    return {first + at: one.grey for first, looks in ((0, before), (10_000, after)) for at, one in enumerate(looks)}


def _plain(before: Sequence[Picture], after: Sequence[Picture]) -> list[tuple[int, int]]:
    near = ((one, two) for one in before for two in after if (one.phash ^ two.phash).bit_count() <= _PLAIN_DISTANCE)
    return [(one.at, two.at) for one, two in near]


def _scored(pairs: Sequence[tuple[int, int]], true: int) -> Score:
    right = sum(abs(one - other) == 10_000 for one, other in pairs)
    return Score(true, len(pairs), right)


def _drawn(shown: Sequence[Shown], before: Sequence[Looked], after: Sequence[Looked], said: str) -> tuple[Score, Score]:
    """Return what we and what the plain rule find between a preprint and its article, over some draws."""
    ours, plain = Score(), Score()
    for draw in range(_DRAWS):
        chance = random.Random(f"{said} {draw} {len(shown)}")
        kept = [[at for at in range(len(shown)) if chance.random() > _LEFT_OUT] for _ in range(2)]
        true = len({*kept[0]} & {*kept[1]})
        words = [(one.label, one.caption) for one in shown]
        preprint = _work("preprint", before, words, kept[0])
        article = _work("article", after, _worded(shown, said, chance), kept[1])
        ours = ours.plus(_scored(same_pictures([*preprint, *article], _seen(before, after)), true))
        plain = plain.plus(_scored(_plain(preprint, article), true))
    return ours, plain


def measure(works: Sequence[Sequence[Shown]]) -> Iterator[tuple[str, str, Score, Score]]:
    """Yield (change, words, our score, the plain rule's) over all articles."""
    before = [[_looked(png(one.picture)) for one in shown] for shown in works]
    for change, make in CHANGES.items():
        chance = random.Random(change)
        after = [[_looked(make(one.picture, chance)) for one in shown] for shown in works]
        for said in WORDS if change == "mixed" else WORDS[:1]:
            ours, plain = Score(), Score()
            for shown, old, new in zip(works, before, after, strict=True):
                one, other = _drawn(shown, old, new, said)
                ours, plain = ours.plus(one), plain.plus(other)
            yield change, said, ours, plain


def revised(works: Sequence[Sequence[Shown]]) -> Iterator[tuple[str, int, int, int]]:
    """Yield (revision, revised figures, those that we and that the plain rule take for the old ones)."""
    figures = [one for shown in works for one in shown]
    for revision, revise in REVISIONS.items():
        chance = random.Random(revision)
        drawn = ((one, revise(one.picture, chance.choice(figures).picture, chance)) for one in figures * _DRAWS)
        taken = [_taken(one, CHANGES["mixed"](new, chance)) for one, new in drawn if new is not None]
        yield revision, len(taken), sum(ours for ours, _ in taken), sum(plain for _, plain in taken)


def _taken(shown: Shown, blob: bytes) -> tuple[bool, bool]:
    """Return whether we, and whether the plain rule, take the picture in `blob` for the one shown."""
    before, after, words = [_looked(png(shown.picture))], [_looked(blob)], [(shown.label, shown.caption)]
    preprint, article = _work("preprint", before, words, [0]), _work("article", after, words, [0])
    ours = same_pictures([*preprint, *article], _seen(before, after))
    return bool(ours), bool(_plain(preprint, article))


def main() -> int:
    """Print what is found, by kind of change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--cut", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    works = [shown for folder in asked.folders for shown in articles(folder, asked.cut)]
    if not asked.json:
        print(f"{sum(map(len, works))} pictures of {len(works)} articles, {_DRAWS} draws")
        print(f"{'change':12} {'number and words':20} {'pairs':>6} {'precision':>10} {'recall':>7}   plain rule")
    for change, said, ours, plain in measure(works):
        mine, its = ours.told(), plain.told()
        if asked.json:
            print(json.dumps({"change": change, "words": said, "ours": mine, "plain": its}))
        else:
            told = f"{mine['precision']:10.3f} {mine['recall']:7.3f} {its['precision']:8.3f} {its['recall']:6.3f}"
            print(f"{change:12} {said:20} {ours.true:6} {told}")
    for revision, tried, mine_too, plain_too in revised(works):
        if asked.json:
            print(json.dumps({"revised": revision, "figures": tried, "ours": mine_too, "plain": plain_too}))
        else:
            print(f"revised: {revision:24} {tried:6} {mine_too:6} taken for the old   {plain_too:6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
