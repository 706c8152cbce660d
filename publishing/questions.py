"""Questions: the rows of the view `questions`, a picture with one question each; some have a bar drawn on it."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.bar_drawing import with_bar
from pipeline.pixels import decode8, inspect, on_white, png
from publishing.joins import Joined
from schemas.features import arrow_schema
from schemas.licence import permits
from schemas.panel_records import ScaleBar
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
    own = {name: question[name] for name in _ASKED} | _drawn(panel, question)
    columns |= {name: pa.array([value], schema.field(name).type) for name, value in own.items()}
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _drawn(panel: pa.RecordBatch, question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the picture's columns where a bar is drawn on it."""
    if question["drawn_bar"] is None:
        return {}
    shown = panel["image"][0].as_py()["bytes"]
    blob = barred(shown, ScaleBar.model_validate(question["drawn_bar"]))
    return {"image": {"bytes": blob, "path": None}, "image_sha256": hashlib.sha256(blob).hexdigest()}


def barred_sums(run: Joined) -> Iterator[tuple[int, str, str]]:
    """Yield (place in the run, the question's id, its picture's sha256) for each question with a bar drawn."""
    for at, asked in enumerate(run.questions.to_pylist()):
        for question in asked or ():
            if drawn := _drawn(run.rows.slice(at, 1), question):
                yield at, question["id"], drawn["image_sha256"]


def barred(blob: bytes, bar: ScaleBar) -> bytes:
    """Return a picture as a PNG with a bar drawn on it."""
    from PIL import Image

    array = decode8(blob, inspect(blob))
    has_alpha = array.ndim == 3 and array.shape[2] == 4
    return png(with_bar(np.asarray(on_white(Image.fromarray(array))) if has_alpha else array, bar))
