"""VQA items: one question of an evaluation, the order its options are shown in, and the words it is asked in."""

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Answering = Literal["letter", "boxes", "points", "masks"]
"""How a question is answered: with the letter of an option, or with places as JSON."""

Frame = Literal["original", "sent", "thousand", "unit"]
"""What coordinates are counted in: px of the picture as filed or as sent, thousandths or fractions of its sides."""

MOST_OPTIONS: Final = 26

# "Answer with a single letter" and the form "A) ..." are those of Micro-Bench (arXiv 2407.01791, its public code).
_LETTER_WORDS: Final = "Answer with a single letter, no extra details.\nQuestion:{question}\n{options}"
_BLIND_WORDS: Final = (
    "There is no picture: guess. Answer with the single letter of your best guess, no extra details.\n"
    "Question:{question}\n{options}"
)
_PLACE_WORDS: Final = "{question}\nAnswer with {form} alone, no extra details.{frame}"
_FORMS: Final = {
    "boxes": "a JSON list of boxes, one for each object: [[left, top, right, bottom], ...],",
    "points": "a JSON list of points, one for each object: [[x, y], ...],",
    "masks": 'a JSON list of masks {"size": [height, width], "counts": COCO\'s compressed run lengths}',
}
_SAYS_FORM: Final = "JSON"
"""A question that has this word says itself how it is answered, in px of the picture as filed: bricks' own do."""
_FRAMES: Final = {
    "original": " Coordinates are in px of the picture, which is {width} x {height} px; (0, 0) is its top left corner.",
    "sent": " In the answer count px of the picture as you see it, {width} x {height} px, from its top left corner.",
    "thousand": " In the answer count from 0 to 1000 over the width and the height, from the top left corner.",
    "unit": " In the answer count from 0 to 1 over the width and the height, from the top left corner.",
}
_STAYS_LAST: Final = ("of the above", "of these")


@dataclass(frozen=True)
class Item:
    """A question with its true answer, and what tells its picture."""

    number: int
    """Its place among the questions that are asked, from 0."""
    row: int
    """The row of the set that it stands in, from 0."""
    id: str
    task: str
    question: str
    options: tuple[str, ...]
    """In the order of the file."""
    answer_index: int | None
    """Of the right option in the order of the file, from 0; None where the answer is places."""
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    """The true places: (left, top, right, bottom) in px of the picture as filed."""
    masks: tuple[Mapping[str, Any], ...] = ()
    """The true pixels, where pixels are asked for, in COCO's compressed run lengths."""
    answering: Answering = "letter"
    picture: str = ""
    """What questions about the same picture share; they are drawn together when intervals are estimated."""


def shown_order(item: Item, seed: int | None) -> list[int]:
    """Return the places in the file of the options in the order they are shown; None for a seed keeps that order.

    Chance depends on seed and id alone. "None of the above" stays last, or it would lie; options that name others by
    letter keep the file's order.
    """
    order = list(range(len(item.options)))
    if seed is None or _name_others(item.options):
        return order
    last = [place for place in order if item.options[place].strip().lower().rstrip(".").endswith(_STAYS_LAST)]
    first = [place for place in order if place not in last]
    digest = hashlib.sha256(f"{seed}:{item.id}".encode()).digest()
    random.Random(digest).shuffle(first)  # noqa: S311  (no secret)
    return first + last


def _name_others(options: Sequence[str]) -> bool:
    """Return whether an option speaks of others by their letters, as "both A and B" does."""
    one = f"\\(?[A-{letter(len(options) - 1)}]\\)?" if options else "x"
    return any(re.search(rf"(?<![\w-]){one}(?:,\s*|\s+(?:and|or|nor)\s+){one}(?![\w-])", option) for option in options)


def letter(place: int) -> str:
    """Return the letter of an option by its place, from 0."""
    return chr(ord("A") + place)


def letter_words(item: Item, order: Sequence[int], *, blind: bool = False) -> str:
    """Return what is asked where options are shown; `blind` says that there is no picture."""
    options = "\n".join(f"{letter(at)}) {item.options[place]}" for at, place in enumerate(order))
    return (_BLIND_WORDS if blind else _LETTER_WORDS).format(question=item.question, options=options)


def place_words(item: Item, frame: Frame, size_px: tuple[int, int]) -> str:
    """Return what is asked where places are wanted; `size_px` is (width, height) of what `frame` counts in."""
    says_itself = _SAYS_FORM in item.question
    form = "JSON" if says_itself else _FORMS[item.answering]
    told = "" if says_itself and (frame == "original" or item.answering == "masks") else _FRAMES[frame]
    frame_words = told.format(width=size_px[0], height=size_px[1])
    return _PLACE_WORDS.format(question=item.question, form=form, frame=frame_words)


def chosen(items: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    """Return `limit` of the items by chance, in their order; a larger limit adds to those of a smaller one."""
    if limit is None or limit >= len(items):
        return list(items)
    ranked = sorted(items, key=lambda item: hashlib.sha256(f"limit:{seed}:{item.row}:{item.id}".encode()).digest())
    return sorted(ranked[:limit], key=lambda item: item.number)
