"""VQA layouts: from the rows of a set in bricks', Micro-Bench's or MicroVQA's columns to questions and pictures."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from captioning.asked import Picture
from captioning.vqa_index_base import IndexBase, Stated, place_of
from captioning.vqa_items import MOST_OPTIONS, Answering, Item
from captioning.vqa_pictures import pictures_in
from captioning.vqa_points_masks import is_mask
from captioning.vqa_sets import Row, Rows
from schemas.errors import PixelError, UsageError

Layout = Literal["bricks", "ubench", "microvqa"]
_NEEDS: Final[dict[Layout, tuple[str, ...]]] = {
    "bricks": ("question", "options", "answer_index"),
    "ubench": ("questions",),
    "microvqa": ("question", "choices", "correct_index"),
}
_PICTURES: Final = ("image", "images_list", "images", "img", "picture")
_HALF_A_CHARACTER: Final = re.compile("[\ud800-\udfff]")
_BREAKS: Final = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")
_ROWS_NAMED: Final = 8


@dataclass(frozen=True)
class QuestionSet:
    """The questions of a set; pictures are read when they are asked about."""

    name: str
    layout: Layout
    items: tuple[Item, ...]
    left_out: Mapping[str, int]
    """What is no question that can be judged, counted by reason."""
    left_out_rows: Mapping[str, tuple[int, ...]]
    """The first rows of each."""
    index_base: IndexBase
    rows: Rows

    @property
    def has_pictures(self) -> bool:
        """Return whether the set shows any."""
        return any(name in self.rows.columns for name in _PICTURES)

    def pictures(self, wanted: set[int]) -> Iterator[tuple[int, list[Picture] | PixelError]]:
        """Yield (row, its pictures, or why they can't be had) of these rows, in order."""
        columns = [name for name in _PICTURES if name in self.rows.columns][:1]
        if not columns:
            yield from ((number, []) for number in sorted(wanted))
            return
        for number, row in self.rows.read(columns, wanted):
            try:
                yield number, pictures_in(row.get(columns[0]), self.rows.folder)
            except PixelError as error:
                yield number, error


def questions_of(rows: Rows, *, index_base: int | None = None) -> QuestionSet:
    """Return the questions of a set, in the order of its rows.

    Raises:
        UsageError: its columns are none of the three layouts', a row contradicts itself, or nobody can tell from what
            number its answers are counted.
    """
    layout = _layout_of(rows)
    narrow = [name for name in rows.columns if name not in _PICTURES]
    read = [(number, one) for number, row in rows.read(narrow, None) for one in _read_row(layout, row, number)]
    there = [one for _, one in read if one and _left_out(one) is None]
    base = IndexBase.of([one.stated for one in there], layout, rows.name, index_base)
    items, gone = list[Item](), dict[str, list[int]]()
    for number, one in read:
        reason = _left_out(one) if one else "row_unreadable"
        place = place_of(one.stated, base) if one and reason is None else None
        if one is None or reason or isinstance(place, str):
            gone.setdefault(str(reason or place), []).append(number)
        else:
            items.append(replace(one.item, number=len(items), answer_index=place))
    left_out = {reason: len(some) for reason, some in sorted(gone.items())}
    first = {reason: tuple(some[:_ROWS_NAMED]) for reason, some in sorted(gone.items())}
    if not items:
        told = ", ".join(f"{reason} {count}" for reason, count in left_out.items())
        raise UsageError(f"has no question that can be judged ({told or 'no rows'}).", where=rows.name)
    return QuestionSet(rows.name, layout, tuple(items), left_out, first, base, rows)


@dataclass(frozen=True)
class _Read:
    """A question as its row has it: the answer as it is stated there."""

    item: Item
    stated: Stated


def _read_row(layout: Layout, row: Row, number: int) -> "list[_Read | None]":
    """Return the questions of a row; None for what isn't of its layout's form."""
    try:
        return list(_READERS[layout](row, number))
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return [None]


def _left_out(one: _Read) -> str | None:
    item, stated = one.item, one.stated
    words = (item.id, item.task, item.question, item.picture, *item.options)
    reasons = {
        "half_a_character": any(_HALF_A_CHARACTER.search(text) for text in words),
        "no_question": not item.question.strip(),
        "no_options_no_places": not item.options and not item.boxes and not item.masks,
        "one_option": len(item.options) == 1,
        "too_many_options": len(item.options) > MOST_OPTIONS,
        "blank_option": any(not option.strip() for option in item.options),
        "same_options": len(set(item.options)) < len(item.options),
        "no_answer": bool(item.options) and stated.index is None and not stated.text and not stated.letter,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _layout_of(rows: Rows) -> Layout:
    for layout, needed in _NEEDS.items():
        if set(needed) <= set(rows.columns):
            return layout
    told = "; ".join(f"{layout}: {', '.join(needed)}" for layout, needed in _NEEDS.items())
    raise UsageError(
        f"has none of the columns that are known ({told}), but {', '.join(rows.columns)}.", where=rows.name
    )


def _bricks(row: Row, number: int) -> Iterator[_Read]:
    options = _texts(row["options"])
    answer = row.get("answer") if options else None
    told = _stated(number, options, row["answer_index"], answer)
    panel = str(row.get("panel_id") or row.get("id") or number)
    read = _read(told, row, str(row.get("id") or number), str(row.get("task") or "question"), panel)
    boxes = tuple(_box(one) for one in _listed(row.get("boxes")))
    masks = () if options else tuple(one for one in _listed(row.get("answer")) if is_mask(one))
    yield replace(read, item=replace(read.item, boxes=boxes, masks=masks, answering=_answering(row, options, masks)))


def _answering(row: Row, options: Sequence[str], masks: Sequence[Any]) -> Answering:
    """Return how a question of bricks is answered: tags tell where it isn't boxes."""
    if options:
        return "letter"
    if masks:
        return "masks"
    return "points" if "centroid" in _listed(row.get("tags")) else "boxes"


def _ubench(row: Row, number: int) -> Iterator[_Read]:
    picture = str(row.get("image_id") or number)
    asked = _parsed(row["questions"]) or {}
    for task, one in sorted(asked.items()):
        if not one:
            continue
        told = _stated(number, _texts(one.get("options")), one.get("answer_idx"), one.get("answer"))
        yield _read(told, one, str(one.get("id") or f"{picture}:{task}"), task, picture)


def _microvqa(row: Row, number: int) -> Iterator[_Read]:
    answer = next((row[key] for key in ("correct_answer", "answer") if isinstance(row.get(key), str)), None)
    told = _stated(number, _texts(row["choices"]), row["correct_index"], answer)
    task = str(row.get("task_str") or row.get("task") or "question")
    name = str(row.get("key_question") or row.get("id") or number)
    picture = str(row.get("key_image") or row.get("image_name") or number)
    question = str(row["question"] or "").strip().removeprefix("Question:").lstrip()  # which ours says itself
    yield _read(told, {"question": question}, name, task, picture)


_READERS: Final[dict[Layout, Callable[[Row, int], Iterator[_Read]]]] = {
    "bricks": _bricks,
    "ubench": _ubench,
    "microvqa": _microvqa,
}


def _read(told: Stated, row: Row, name: str, task: str, picture: str) -> _Read:
    question = str(row.get("question") or "")
    return _Read(Item(0, told.row, name, task, question, told.options, None, picture=picture), told)


def _stated(number: int, options: tuple[str, ...], index: Any, answer: Any) -> Stated:  # noqa: ANN401  (any column)
    """Return the right answer; where an index belongs some sets have a letter."""
    said = None if answer is None else _on_a_line(str(answer))
    return Stated(number, options, _whole_number(index), said, index if isinstance(index, str) else None)


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return options, each on one line, as a list of letters and texts shows them."""
    return tuple(_on_a_line(str(one)) for one in _listed(value))


def _on_a_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


def _listed(value: Any) -> list[Any]:  # noqa: ANN401
    found = _parsed(value)
    return list(found) if isinstance(found, list | tuple) else []


def _parsed(value: Any) -> Any:  # noqa: ANN401
    """Return a value that a table of texts holds as JSON or as Python writes it."""
    if not isinstance(value, str):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _whole_number(value: Any) -> int | None:  # noqa: ANN401
    """Return an index, which some sets hold as a text or a broken number."""
    try:
        return None if value is None or value == "" or int(float(value)) != float(value) else int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _box(one: Any) -> tuple[float, float, float, float]:  # noqa: ANN401
    left, top, right, bottom = (float(edge) for edge in one)
    return left, top, right, bottom
