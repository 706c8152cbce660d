"""VQA index base: from what number a set counts its right answers: its texts tell, else the range, else its columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.errors import UsageError

Wrong = Literal["answer_is_no_option", "index_and_text_differ"]
"""What may be wrong with a row by itself."""
How = Literal["answer texts", "range", "layout", "given"]


@dataclass(frozen=True)
class Stated:
    """The right answer as a row states it: an index, a text, or both."""

    row: int
    options: tuple[str, ...]
    index: int | None
    text: str | None
    letter: str | None = None
    """What stands in an index's place and may be a letter."""

    @property
    def place(self) -> int | None:
        """Return the place of the option that text or letter name; None where they name none, or two."""
        wanted = (self.text or "").strip()
        named = {at for at, option in enumerate(self.options) if wanted and option.strip() == wanted}
        named |= {at for said in (wanted, self.letter or "") for at in _lettered(said, len(self.options))}
        return named.pop() if len(named) == 1 else None


def _lettered(said: str, count: int) -> list[int]:
    """Return the place that a letter alone names: "B", "(b)", "B."."""
    found = re.fullmatch(r"\s*\(?([A-Za-z])[).]?\s*", said)
    place = ord(found[1].upper()) - ord("A") if found else count
    return [place] if place < count else []


@dataclass(frozen=True)
class IndexBase:
    """0 or 1, and how that is known."""

    base: int
    known_by: How

    @classmethod
    def of(cls, stated: Sequence[Stated], layout: str, name: str, given: int | None) -> "IndexBase":
        """Return what all rows of a set count from.

        Raises:
            UsageError: rows contradict each other, or nothing tells.
        """
        if given is not None:
            return cls(given, "given")
        told = [one for one in stated if one.options and one.index is not None]
        apart = {one.index - one.place for one in told if one.index is not None and one.place is not None}
        by_text = apart & {0, 1}  # a row that is further apart is wrong by itself
        if len(by_text) == 1:
            return cls(by_text.pop(), "answer texts")
        if apart:
            raise UsageError("its indices and its answers' texts contradict each other.", where=name, mend=_mend(told))
        by_range = {_base_by_range(one) for one in told} - {None}
        if len(by_range) > 1:
            raise UsageError("some of its indices count from 0, some from 1.", where=name, mend=_mend(told))
        if by_range:
            return cls(int(by_range.pop() or 0), "range")
        if layout in {"bricks", "ubench"} or not told:
            return cls(0, "layout")
        raise UsageError(
            "its right answers may count from 0 or from 1: no answer is given as text, and no index tells.",
            where=name,
            mend="Give --index-base 0 (MicroVQA's) or 1 (MicroVQA++'s).",
        )


def _mend(stated: Sequence[Stated]) -> str:
    """Return where to look: a row for each difference of index and text."""
    rows = {one.index - one.place: one.row for one in stated if one.index is not None and one.place is not None}
    rows = rows or {_base_by_range(one) or 0: one.row for one in stated}
    shown = ", ".join(f"row {row} from {base}" for base, row in sorted(rows.items())[:4])
    return f"Look at {shown}; or give --index-base 0 or 1, and answers are taken as indices."


def _base_by_range(one: Stated) -> int | None:
    """Return what an index alone proves: 0 counts from 0, and as many as there are options from 1."""
    if one.index == 0:
        return 0
    return 1 if one.index == len(one.options) else None


def place_of(stated: Stated, base: IndexBase) -> int | Wrong | None:
    """Return the place of the right option, from 0; None where there are no options; or what is wrong with the row."""
    if not stated.options:
        return None
    by_index = None if stated.index is None else stated.index - base.base
    by_text = None if base.known_by == "given" and by_index is not None else stated.place
    place = by_index if by_text is None else by_text
    if place is None or not 0 <= place < len(stated.options):
        return "answer_is_no_option"
    return place if by_index in {None, place} else "index_and_text_differ"
