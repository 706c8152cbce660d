"""Views: the tables of a dataset, each with its model and the rows that a run of joined panels gives it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from publishing.conversations import conversations
from publishing.joins import Joined
from publishing.questions import questions
from publishing.segmentation import segmented
from schemas.published_rows import PublishedConversation, PublishedPanel, PublishedQuestion, PublishedSegmentation
from schemas.records import Record

RowsOf = Callable[[Joined], Iterator[tuple[int, pa.RecordBatch]]]
"""Yields (the panel's place in the run, a row made of it), in the run's order."""


@dataclass(frozen=True)
class View:
    """A table of the dataset."""

    name: str
    model: type[Record]
    rows: RowsOf

    @property
    def names(self) -> dict[str, bool]:
        """Return the two folders it is written to, and whether what lies there may be sold."""
        return {self.name: True, f"{self.name}-noncommercial": False}


def _panels(run: Joined) -> Iterator[tuple[int, pa.RecordBatch]]:
    return ((at, run.rows.slice(at, 1)) for at in range(run.rows.num_rows))


PANELS_VIEW: Final = View("panels", PublishedPanel, _panels)
"""The master: every row of another view is made of one of its rows, and goes to the same split."""

SEGMENTATION_VIEW: Final = View("segmentation", PublishedSegmentation, segmented)

CONVERSATIONS_VIEW: Final = View("conversations", PublishedConversation, conversations)

QUESTIONS_VIEW: Final = View("questions", PublishedQuestion, questions)

VIEWS: Final = (PANELS_VIEW, SEGMENTATION_VIEW, CONVERSATIONS_VIEW, QUESTIONS_VIEW)
