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
from training.chat import Turn, with_place
from training.described import conversation_about
from training.frame import RadiiIn, framed, framed_labels, radii_side_px
from training.sample_entries import Entry
from training.sample_tables import names_in, row_of
from training.samples import image_in, sample_of
from training.segment_step import Framed, framed_sample

VIEWS: Final = ("conversations", "conversations-noncommercial")
_MOST_KEPT_BYTES: Final = 1 << 30
_MOST_TEXTS: Final = 20_000
"""Of which a tokenizer is trained."""
_COLUMNS: Final = ("image", "conversation")


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


class Shelf(Generic[_Item]):
    """Pictures by number; one that can't be used is replaced by the next that can, and told once."""

    def __init__(self, read: Callable[[int], _Item | None], count: int, datasets: Sequence[str], mark: str) -> None:
        self._read: Callable[[int], _Item | None] = read
        self._datasets, self.mark, self._count = datasets, mark, count
        self._bad: set[int] = set()

    def __len__(self) -> int:
        return self._count

    @property
    def datasets(self) -> Sequence[str]:
        """Return the set of each picture."""
        return self._datasets

    def __getitem__(self, at: int) -> _Item:
        for number in range(at, at + self._count):
            found = self._tried(number % self._count)
            if found is not None:
                return found
        raise UsageError("none of the pictures can be used.", where="--data", mend="See the lines above.")

    def _tried(self, at: int) -> _Item | None:
        if at in self._bad:
            return None
        found: _Item | None = None
        try:
            found, why = self._read(at), "shows no object"
        except (PixelError, OSError) as error:
            why = str(error)
        if found is None:
            self._bad.add(at)
            log(f"picture {at + 1} of {self._count} is left out: {why}")
        return found


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
    names = [entry.dataset for entry in entries]
    return Shelf(kept, len(entries), names, _mark(f"{entry.dataset}/{entry.name}" for entry in entries))


def described_shelf(entries: Sequence[Entry], purpose: str, side_px: int) -> Shelf[Talk]:
    """Return pictures with sentences made from their masks."""

    def read(at: int) -> Talk | None:
        sample = sample_of(entries[at])
        turns = conversation_about(sample.labels, sample.dataset, purpose, side_px)
        return Talk(framed(sample.image, side_px)[0], turns, sample.sha256)

    kept: Callable[[int], Talk | None] = lru_cache(maxsize=max(1, _MOST_KEPT_BYTES // (3 * side_px**2)))(read)
    names = [entry.dataset for entry in entries]
    return Shelf(kept, len(entries), names, _mark([purpose, *(f"{entry.dataset}/{entry.name}" for entry in entries)]))


def talk_shelf(rows: Sequence[TalkRow], side_px: int) -> Shelf[Talk]:
    """Return pictures with the conversations that were published with them."""

    def read(at: int) -> Talk | None:
        held = row_of(rows[at].file, rows[at].row, _COLUMNS)
        blob = held["image"]["bytes"]
        return Talk(
            framed(image_in(blob), side_px)[0], turns_of(held["conversation"]), hashlib.sha256(blob).hexdigest()
        )

    return Shelf(read, len(rows), [""] * len(rows), _mark(f"{row.file.name}:{row.row}" for row in rows))


def turns_of(conversation: Any) -> tuple[Turn, ...]:  # noqa: ANN401
    """Return the turns of a row of the view `conversations`, with a place for the picture."""
    return tuple(with_place([(turn["role"], turn["content"]) for turn in conversation]))


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
                yield from (turn["content"] for turn in conversation)


def described_texts(shelf: Shelf[Talk]) -> Iterator[str]:
    """Yield what is said of pictures with masks."""
    for at in range(min(len(shelf), _MOST_TEXTS)):
        yield from (content for _, content in shelf[at].turns)


def _tables(folder: Path) -> list[Path]:
    parquet = sorted(folder.glob("train-*.parquet")) or sorted(folder.glob("*.parquet"))
    return parquet or sorted(folder.glob("train/data-*.arrow"))


def _mark(names: Any) -> str:  # noqa: ANN401  (any strings)
    """Return a digest of which pictures they are, and in which order."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
