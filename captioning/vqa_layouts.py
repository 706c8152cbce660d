"""VQA layouts: from the rows of a set in bricks', Micro-Bench's or MicroVQA's columns to questions and pictures."""

import ast
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from captioning.asked import Picture
from captioning.vqa_index_base import IndexBase, Stated, place_of
from captioning.vqa_items import MOST_OPTIONS, Answering, Item
from captioning.vqa_points_masks import is_mask
from captioning.vqa_sets import Row, Rows
from schemas.errors import UsageError

Layout = Literal["bricks", "ubench", "microvqa"]
_NEEDS: Final[dict[Layout, tuple[str, ...]]] = {
    "bricks": ("question", "options", "answer_index"),
    "ubench": ("questions",),
    "microvqa": ("question", "choices", "correct_index"),
}
_PICTURES: Final = ("image", "images_list", "images", "img", "picture")
_BETWEEN_PX: Final = 16
"""White between pictures that are shown as one."""


@dataclass(frozen=True)
class QuestionSet:
    """The questions of a set; pictures are read when they are asked about."""

    name: str
    layout: Layout
    items: tuple[Item, ...]
    left_out: Mapping[str, int]
    """What is no question that can be judged, counted by reason."""
    index_base: IndexBase
    rows: Rows

    @property
    def has_pictures(self) -> bool:
        """Return whether the set shows any."""
        return any(name in self.rows.columns for name in _PICTURES)

    def pictures(self, wanted: set[int]) -> Iterator[tuple[int, list[Picture]]]:
        """Yield (row, its pictures) of these rows, in order."""
        columns = [name for name in _PICTURES if name in self.rows.columns][:1]
        if not columns:
            yield from ((number, []) for number in sorted(wanted))
            return
        for number, row in self.rows.read(columns, wanted):
            yield number, [Picture(blob) for blob in _blobs(row[columns[0]], self.rows.folder)]


def questions_of(rows: Rows, *, index_base: int | None = None) -> QuestionSet:
    """Return the questions of a set, in the order of its rows.

    Raises:
        UsageError: its columns are none of the three layouts', a row contradicts itself, or nobody can tell from what
            number its answers are counted.
    """
    layout = _layout_of(rows)
    narrow = [name for name in rows.columns if name not in _PICTURES]
    stated, kept, left_out = [], list[Item](), Counter[str]()
    for number, row in rows.read(narrow, None):
        for one in _read_row(layout, row, number):
            reason = _left_out(one) if one else "row_unreadable"
            if one is None or reason:
                left_out[str(reason)] += 1
                continue
            stated.append(one.stated)
            kept.append(one.item)
    base = IndexBase.of(stated, layout, rows.name, index_base)
    items = tuple(
        replace(item, number=at, answer_index=place_of(told, base, rows.name))
        for at, (item, told) in enumerate(zip(kept, stated, strict=True))
    )
    if not items:
        told = ", ".join(f"{reason} {count}" for reason, count in sorted(left_out.items()))
        raise UsageError(f"has no question that can be judged ({told or 'no rows'}).", where=rows.name)
    return QuestionSet(rows.name, layout, items, dict(sorted(left_out.items())), base, rows)


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
    item = one.item
    if not item.question.strip():
        return "no_question"
    if not item.options and not item.boxes and not item.masks:
        return "no_options_no_places"
    if len(item.options) == 1 or len(item.options) > MOST_OPTIONS:
        return "one_option" if len(item.options) == 1 else "too_many_options"
    if item.options and one.stated.index is None and one.stated.text is None:
        return "no_answer"
    return None


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
    told = Stated(number, options, _whole_number(row["answer_index"]), None if answer is None else str(answer))
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
        answer = one.get("answer")
        text = None if answer is None else str(answer)
        told = Stated(number, _texts(one.get("options")), _whole_number(one.get("answer_idx")), text)
        yield _read(told, one, str(one.get("id") or f"{picture}:{task}"), task, picture)


def _microvqa(row: Row, number: int) -> Iterator[_Read]:
    answer = next((row[key] for key in ("correct_answer", "answer") if isinstance(row.get(key), str)), None)
    told = Stated(number, _texts(row["choices"]), _whole_number(row["correct_index"]), answer)
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


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401  (a column of any set)
    return tuple(str(one) for one in _listed(value))


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


def _blobs(value: Any, folder: Path | None) -> list[bytes]:  # noqa: ANN401
    """Return the files of a cell of pictures: bytes, a struct of `datasets`, a path, or a list of these."""
    if isinstance(value, list | tuple):
        return [blob for one in value for blob in _blobs(one, folder)]
    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return [value]
    return [_file(value, folder)] if isinstance(value, str) and value else []


def _file(path: str, folder: Path | None) -> bytes:
    """Return a file's bytes; nothing where it isn't there, which costs the question that shows it."""
    try:
        return ((folder or Path()) / path).read_bytes()
    except OSError:
        return b""


def as_one(pictures: list[Picture]) -> Picture | None:
    """Return what is sent of a question's pictures: several are laid side by side, since servers take one a prompt.

    Raises:
        PixelError: one can't be read.
    """
    if len(pictures) <= 1:
        return pictures[0] if pictures else None
    from PIL import Image

    from pipeline.pixels import decode8, inspect, on_white

    shown = [on_white(Image.fromarray(decode8(one.blob, inspect(one.blob)))).convert("RGB") for one in pictures]
    width = sum(one.width for one in shown) + _BETWEEN_PX * (len(shown) - 1)
    sheet, left = Image.new("RGB", (width, max(one.height for one in shown)), "white"), 0
    for one in shown:
        sheet.paste(one, (left, 0))
        left += one.width + _BETWEEN_PX
    written = io.BytesIO()
    sheet.save(written, "PNG", compress_level=1)
    return Picture(written.getvalue())
