"""Mask questions: speed, what a blind model gains, answers told anew: python -m benchmarks.mask_questions DIR [N].

DIR holds sets as `<set>/masks/*.png`, label maps. Panels are the whole images and, until there are N questions
(10,000), parts of them; a pixel counts as 0.25 µm, which leaves sizes in pixels as they are. Told are the rate of
making them from the files' bytes on one processor; the chi-square of the right option's place and its p; how often
the longest, the shortest, or always the same option is right beside plain chance, and for numbers the lowest, a middle
or the highest; and how many answers disagree with the pixels (`benchmarks.question_truth`).
"""

import argparse
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.mask_truth import Truth, pieces_of_labels
from benchmarks.question_truth import disagreement
from captioning.mask_questions import Wanted, mask_questions
from captioning.panel_objects import panel_objects
from captioning.question_options import Offering
from schemas.questions import NONE, Question
from schemas.records import Box, make_id

_UM_PER_PX, _HOW = 0.25, Offering(seed=17, none_rate=0.15)
_LEAST_SIDE_PX = 64
_NUMBERS = ("counting", "size", "area_fraction", "field_of_view")


class Panel(NamedTuple):
    """A mask's file and the part of it that is asked about."""

    path: Path
    box: Box


def panels(folder: Path) -> Iterator[Panel]:
    """Yield the whole images, then parts of them without an end."""
    paths = sorted(folder.glob("*/masks/*.png"))
    sizes = {path: Image.open(path).size for path in paths}
    yield from (Panel(path, (0, 0, *sizes[path])) for path in paths)
    rng = np.random.default_rng(1)
    while paths:
        for path in paths:
            width, height = (int(rng.integers(min(side, _LEAST_SIDE_PX), side + 1)) for side in sizes[path])
            left, top = int(rng.integers(sizes[path][0] - width + 1)), int(rng.integers(sizes[path][1] - height + 1))
            yield Panel(path, (left, top, left + width, top + height))


def asked(panel: Panel, size: tuple[int, int], blob: bytes) -> list[Question]:
    """Return the questions about a panel, from the bytes of its mask."""
    mask = {"blob": blob, "format": "png", "object_class": _name(panel)}
    figure = {"mask": mask, "facts": [], "width_px": size[0], "height_px": size[1]}
    key = make_id(str(panel.path.relative_to(panel.path.parents[2])), str(panel.box))
    scale = {"microns_per_pixel": _UM_PER_PX, "microns_per_pixel_source": "metadata", "scale_bar": None}
    return list(mask_questions(panel_objects(figure, {"id": key, "box": panel.box, **scale}), Wanted(_HOW)))


def _name(panel: Panel) -> str:
    return panel.path.parents[1].name.split("_")[0]


def wrong_answers(panel: Panel, questions: Sequence[Question]) -> list[str]:
    """Return what disagrees with the pixels of the mask."""
    labels = np.asarray(Image.open(panel.path))
    left, top, right, bottom = panel.box
    part = labels[top:bottom, left:right]
    numbers, seen_px = np.unique(part[part > 0], return_counts=True)
    all_px = _areas(labels)
    hidden = frozenset(at for at, number in enumerate(numbers.tolist()) if seen_px[at] < all_px[number])
    pieces = pieces_of_labels(part) if len(numbers) else []
    truth = Truth(pieces, [_name(panel)] * len(pieces), (right - left, bottom - top), _UM_PER_PX, hidden=hidden)
    return [said for each in questions if (said := disagreement(each, truth))]


def _areas(labels: npt.NDArray[Any]) -> dict[int, int]:
    numbers, counts = np.unique(labels, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


Pick = Callable[[Question], int]


def _share(questions: Sequence[Question], pick: Pick) -> float:
    return sum(pick(each) == each.answer_index for each in questions) / max(1, len(questions))


def _longest(question: Question) -> int:
    return _by_hash(question, max(map(len, question.options)))


def _shortest(question: Question) -> int:
    return _by_hash(question, min(map(len, question.options)))


def _by_hash(question: Question, length: int) -> int:
    """Return one of the options of a length, whichever their hash says."""
    places = [at for at, option in enumerate(question.options) if len(option) == length]
    return min(places, key=lambda at: hashlib.blake2b(f"{question.id}{at}".encode()).digest())


def chi_square(questions: Sequence[Question]) -> tuple[float, float]:
    """Return the chi-square of the right option's place, added over numbers of options, and its p."""
    from scipy.stats import chi2

    total, freedom = 0.0, 0
    for count in sorted({len(each.options) for each in questions}):
        places = Counter(each.answer_index for each in questions if len(each.options) == count)
        even = sum(places.values()) / count
        total += sum((places[at] - even) ** 2 / even for at in range(count))
        freedom += count - 1
    return total, float(chi2.sf(total, max(1, freedom)))


def ranks(questions: Sequence[Question]) -> Counter[str]:
    """Return how often the right one of five numbers is the lowest, the second lowest, and so on."""
    names, found = ("lowest", "second", "middle", "fourth", "highest"), Counter[str]()
    for each in questions:
        if NONE not in each.options and each.task in _NUMBERS:
            values = sorted(float(option.split(maxsplit=1)[0]) for option in each.options)
            found[names[values.index(float(each.answer.split(maxsplit=1)[0]))]] += 1
    return found


def _told(closed: Sequence[Question]) -> Iterator[str]:
    total, p = chi_square(closed)
    chance = sum(1 / len(each.options) for each in closed) / len(closed)
    constant = [_share(closed, lambda each, at=at: at % len(each.options)) for at in range(5)]  # type: ignore[misc]
    last = _share(closed, lambda each: len(each.options) - 1)
    yield f"place of the right option: chi-square {total:.1f}, p {p:.3f}"
    yield f"plain chance {chance:.3f}; the best constant option {max(*constant, last):.3f}"
    yield f"the longest option {_share(closed, _longest):.3f}; the shortest {_share(closed, _shortest):.3f}"
    offered = [each for each in closed if NONE in each.options]
    right = sum(each.answer == NONE for each in closed)
    yield f"none of the above: offered in {len(offered) / len(closed):.3f}, right in {right / len(closed):.3f}"
    found = ranks(closed)
    yield f"the right one of five numbers: {', '.join(f'{name} {found[name]}' for name in found)}"
    for task in sorted({each.task for each in closed}):
        own = [each for each in closed if each.task == task]
        (answer, times), *_ = Counter(each.answer for each in own).most_common(1)
        one_place = max(Counter(each.answer_index for each in own).values()) / len(own)
        lengths = f"longest {_share(own, _longest):.3f}, shortest {_share(own, _shortest):.3f}"
        common = f"most common answer {answer!r} {times / len(own):.3f}"
        yield f"  {task:18}{len(own):6}  {common}, place {one_place:.3f}, {lengths}"


def main() -> None:
    """Make the questions, tell the rate, and tell what a blind model gains and what disagrees with the pixels."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    wanted = parser.parse_args()
    made: list[tuple[Panel, list[Question]]] = []
    total, began = 0, time.perf_counter()
    for panel in panels(wanted.folder):
        with Image.open(panel.path) as opened:
            size = opened.size
        made.append((panel, asked(panel, size, panel.path.read_bytes())))
        total += len(made[-1][1])
        if total >= wanted.count:
            break
    took_s = time.perf_counter() - began
    print(f"{total} questions about {len(made)} panels in {took_s:.1f} s: {total / took_s:.0f} a second")
    every = [each for _, questions in made for each in questions]
    print(", ".join(f"{task} {times}" for task, times in Counter(each.task for each in every).most_common()))
    for line in _told([each for each in every if each.options]):
        print(line)
    wrong = [said for panel, questions in made for said in wrong_answers(panel, questions)]
    print(f"{len(wrong)} answers disagree with the pixels")
    for said in wrong[:10]:
        print(f"  {said}")


if __name__ == "__main__":
    main()
