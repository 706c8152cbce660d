"""Pictures: what stages learn from, one at a time: in their frame, with objects or with what is said of them.

Shapes: H, W = rows and columns of a picture; S = side of the frame.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.saying import log
from schemas.errors import PixelError, UsageError
from training.chat import OddTalkError, Turn, with_place
from training.described import conversation_about
from training.frame import RadiiIn, framed, framed_labels, radii_side_px
from training.sample_entries import Entry
from training.sample_tables import columns_in, names_in, originals_in, row_of, tables_in
from training.samples import image_in, sample_of
from training.segment_step import Framed, framed_sample

VIEWS: Final = ("conversations", "conversations-noncommercial")
_MOST_KEPT_BYTES: Final = 1 << 30
_MOST_TEXTS: Final = 20_000
"""Of which a tokenizer is trained."""
_COLUMNS: Final = ("id", "image", "conversation")
_ORIGINALS: Final = ("panels", "panels-noncommercial", "segmentation", "segmentation-noncommercial")
"""Views that say of a picture which file it was rendered from; `conversations` doesn't."""


class Seen(NamedTuple):
    """A picture with its objects in the frame."""

    framed: Framed
    dataset: str
    sha256: str


class Talk(NamedTuple):
    """A picture with a conversation about it."""

    pixels: npt.NDArray[np.uint8]
    """(S, S, 3)"""
    turns: tuple[Turn, ...]
    sha256: str


class TalkRow(NamedTuple):
    """Where a conversation lies."""

    file: Path
    row: int


_Item = TypeVar("_Item", Seen, Talk)


_told: set[tuple[Entry | TalkRow, str]] = set()
"""Which pictures this process has said it leaves out, and why: each stage meets them again."""


class Shelf(Generic[_Item]):
    """Pictures by number; one that can't be used is replaced by the next that can, and told once."""

    def __init__(self, read: Callable[[int], _Item | None], places: Sequence[Entry | TalkRow], mark: str) -> None:
        self._read: Callable[[int], _Item | None] = read
        self._places, self.mark = places, mark
        self._datasets = [place.dataset if isinstance(place, Entry) else "" for place in places]
        self._bad: set[int] = set()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def datasets(self) -> Sequence[str]:
        """Return the set of each picture."""
        return self._datasets

    def __getitem__(self, at: int) -> _Item:
        for number in range(at, at + len(self)):
            found = self._tried(number % len(self))
            if found is not None:
                return found
        raise UsageError("none of the pictures can be used.", where="--data", mend="See the lines above.")

    def _tried(self, at: int) -> _Item | None:
        if at in self._bad:
            return None
        found: _Item | None = None
        try:
            found, why = self._read(at), "shows no object"
        except (PixelError, OddTalkError, OSError) as error:
            why = str(error)
        if found is None:
            self._bad.add(at)
            _leave_out(self._places[at], why)
        return found


def _leave_out(place: Entry | TalkRow, why: str) -> None:
    if (place, why) not in _told:
        _told.add((place, why))
        log(f"{_named(place)} is left out: {why}")


def _named(place: Entry | TalkRow) -> str:
    """Return how a picture is called; rows are counted from 0, as `datasets` does."""
    if isinstance(place, Entry):
        return f"{place.dataset}/{place.name}"
    return f"row {place.row} of {place.file.parent.name}/{place.file.name}"


def seen_shelf(entries: Sequence[Entry], side_px: int, radii: RadiiIn = "frame") -> Shelf[Seen]:
    """Return pictures with masks in frames of a side; small collections stay in memory."""

    def read(at: int) -> Seen | None:
        sample = sample_of(entries[at])
        square, frame = framed(sample.image, side_px)
        labels = framed_labels(sample.labels, frame)
        if not labels.any():
            return None
        return Seen(framed_sample(square, labels, radii_side_px(frame, radii)), sample.dataset, sample.sha256)

    kept: Callable[[int], Seen | None] = lru_cache(maxsize=max(1, _MOST_KEPT_BYTES // (7 * side_px**2)))(read)
    return Shelf(kept, entries, _mark(f"{entry.dataset}/{entry.name}" for entry in entries))


def described_shelf(entries: Sequence[Entry], purpose: str, side_px: int) -> Shelf[Talk]:
    """Return pictures with sentences made from their masks."""

    def read(at: int) -> Talk | None:
        sample = sample_of(entries[at])
        turns = conversation_about(sample.labels, sample.dataset, purpose, side_px)
        return Talk(framed(sample.image, side_px)[0], turns, sample.sha256)

    kept: Callable[[int], Talk | None] = lru_cache(maxsize=max(1, _MOST_KEPT_BYTES // (3 * side_px**2)))(read)
    return Shelf(kept, entries, _mark([purpose, *(f"{entry.dataset}/{entry.name}" for entry in entries)]))


def talk_shelf(rows: Sequence[TalkRow], side_px: int) -> Shelf[Talk]:
    """Return pictures with the conversations that were published with them."""

    def read(at: int) -> Talk | None:
        held = row_of(rows[at].file, rows[at].row, _COLUMNS if "id" in columns_in(rows[at].file) else _COLUMNS[1:])
        blob = (held["image"] or {}).get("bytes") or b""
        turns = turns_of(held["conversation"])
        digest = _originals(rows[at].file).get(str(held.get("id"))) or hashlib.sha256(blob).hexdigest()
        return Talk(framed(image_in(blob), side_px)[0], turns, digest)

    return Shelf(read, rows, _mark(f"{row.file.name}:{row.row}" for row in rows))


def turns_of(conversation: Any) -> tuple[Turn, ...]:  # noqa: ANN401
    """Return the turns of a row of the view `conversations`, with a place for the picture.

    Raises:
        OddTalkError: nobody asks or answers, or the picture has several places.
    """
    turns = with_place([(turn["role"], turn["content"] or "") for turn in conversation or ()])
    if not any(role == "assistant" and content.strip() for role, content in turns):
        raise OddTalkError("nobody answers in its conversation")
    return tuple(turns)


def talk_rows(data: Path, purpose: str) -> list[TalkRow]:
    """Return the rows of a dataset's training part that are for `align` or `sft`; all where none is for this one."""
    files = [file for place in (data / "dataset", data) for view in VIEWS for file in _tables(place / view)]
    found = [(said, TalkRow(file, at)) for file in files for at, (said,) in enumerate(names_in(file, ("purpose",)))]
    meant = [row for said, row in found if said == purpose]
    return meant or [row for _, row in found]


def talk_texts(rows: Sequence[TalkRow]) -> Iterator[str]:
    """Yield what is said in conversations, at most so much as a tokenizer is trained of."""
    wanted = {(row.file, row.row) for row in rows[:_MOST_TEXTS]}
    for file in dict.fromkeys(row.file for row in rows[:_MOST_TEXTS]):
        for at, (conversation,) in enumerate(names_in(file, ("conversation",))):
            if (file, at) in wanted:
                yield from (turn["content"] or "" for turn in conversation or ())


def described_texts(shelf: Shelf[Talk]) -> Iterator[str]:
    """Yield what is said of pictures with masks."""
    for at in range(min(len(shelf), _MOST_TEXTS)):
        yield from (content for _, content in shelf[at].turns)


def _tables(folder: Path) -> list[Path]:
    parquet = sorted(folder.glob("train-*.parquet")) or sorted(folder.glob("*.parquet"))
    return parquet or sorted(folder.glob("train/data-*.arrow"))


@lru_cache(maxsize=64)
def _originals(file: Path) -> dict[str, str]:
    """Return what `originals_in` says of the dataset that a table of conversations is of.

    So a picture has one digest, whether it was met with a conversation or, as evaluation meets it, with its mask.
    """
    place = file.parent.parent if file.suffix == ".parquet" else file.parent.parent.parent
    tables = [table for view in _ORIGINALS for table in tables_in(place / view)]
    return {key: digest for table in tables for key, digest in originals_in(table).items()}


def _mark(names: Any) -> str:  # noqa: ANN401  (any strings)
    """Return a digest of which pictures they are, and in which order."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
