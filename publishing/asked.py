"""Asked: the questions of a dataset in narrow columns, read from its files or from what they are made of."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ("id", "panel_id", "task", "question", "options", "answer_index", "answer", "held_back", "image_sha256")


class Asked(NamedTuple):
    """A question without its picture."""

    id: str
    panel_id: str
    task: str
    question: str
    options: tuple[str, ...]
    answer_index: int | None
    answer: str
    held_back: str | None
    image_sha256: str

    @property
    def truth(self) -> str:
        """Return what is true of the picture, also where "none of the above" is right."""
        return self.held_back or self.answer

    @property
    def stem(self) -> tuple[str, str]:
        """Return what is the same where the same is asked of the same picture, whatever its case and blanks."""
        return self.image_sha256, " ".join(self.question.split()).casefold()


def asked_in_files(files: Iterable[Path]) -> Iterator[Asked]:
    """Yield the questions of files of the view `questions`, a batch at a time."""
    for path in files:
        with pq.ParquetFile(path) as parquet:
            for batch in parquet.iter_batches(4096, columns=list(COLUMNS), use_threads=False):
                yield from _rows(batch)


def asked_in_spill(path: Path) -> Iterator[Asked]:
    """Yield the questions of a part's rows, before they are written to files; a part without any has no file."""
    if path.exists():
        with pa.memory_map(str(path)) as source:
            reader = pa.ipc.open_file(source)
            for at in range(reader.num_record_batches):
                yield from _rows(reader.get_batch(at).select(COLUMNS))


def _rows(batch: pa.RecordBatch) -> Iterator[Asked]:
    for row in batch.select(COLUMNS).to_pylist():
        yield Asked(**{**row, "options": tuple(row["options"])})
