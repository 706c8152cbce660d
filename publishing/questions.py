"""Questions: the rows of the view `questions`, a picture with one question each."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from publishing.joins import Joined
from schemas.features import arrow_schema
from schemas.licence import permits
from schemas.published_rows import PublishedQuestion
from schemas.questions import Question

_ASKED = tuple(Question.model_fields)


def questions(run: Joined) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield (place in the run, row) for each question about a panel whose licence permits works made of it."""
    licenses = run.rows["license"].to_pylist()
    for at, asked in enumerate(run.questions.to_pylist()):
        panel = run.rows.slice(at, 1)
        for question in asked or () if permits(licenses[at]).recaption else ():
            yield at, _row(panel, question)


def _row(panel: pa.RecordBatch, question: Mapping[str, Any]) -> pa.RecordBatch:
    schema = arrow_schema(PublishedQuestion)
    columns = {name: panel["id" if name == "panel_id" else name] for name in schema.names if name not in _ASKED}
    columns |= {name: pa.array([question[name]], schema.field(name).type) for name in _ASKED}
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)
