"""Review in FiftyOne: items as the samples of a folder that it imports as `FiftyOneDataset`, and back.

`samples.json` holds the samples, `data/` the pictures; there is no version in `metadata.json`, so FiftyOne reads it by
the layout that it keeps for older datasets (`fiftyone.utils.data.importers`, seen November 2026). The field `verdicts`
is what was said, as JSON; who reviews in FiftyOne fills `answer`, `answer_value`, `answer_reason` and `answer_by`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from curation.review_records import Read, ReviewRecord, SaidVerdict, read_each, when_of
from schemas.errors import UsageError
from schemas.review import ReviewItem

METADATA: dict[str, Any] = {"media_type": "image", "info": {"made_by": "bricks review"}}


def samples(records: Iterable[ReviewRecord], pictures: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Yield a sample for each picture of each item; verdicts stand with the first."""
    for record in records:
        for at, path in enumerate(pictures[record.item.key]):
            yield {
                "filepath": path,
                "tags": [record.state],
                "metadata": None,
                "_media_type": "image",
                **_fields(record, at),
            }


def _fields(record: ReviewRecord, at: int) -> dict[str, Any]:
    item = record.item
    told = {"key": item.key, "queue": item.queue, "origin": item.origin, "source_id": item.source_id, "picture": at}
    said = [verdict.model_dump(mode="json") for verdict in record.verdicts] if at == 0 else []
    return {
        **told,
        "question": item.question,
        "stratum": item.stratum,
        "shown": json.dumps(item.shown, ensure_ascii=False),
        "value": _label(item),
        "verdicts": json.dumps(said, ensure_ascii=False),
        **dict.fromkeys(("answer", "answer_value", "answer_reason", "answer_by", "answer_at")),
    }


def _label(item: ReviewItem) -> dict[str, Any]:
    """Return what stands there now as FiftyOne draws it."""
    if item.origin == "panels":
        return {"_cls": "Detections", "detections": [_detection(item, box) for box in item.shown["value"]]}
    value = item.shown["value"]
    return {"_cls": "Classification", "tags": [], "label": value if isinstance(value, str) else json.dumps(value)}


def _detection(item: ReviewItem, box: dict[str, Any]) -> dict[str, Any]:
    width, height = item.shown["width_px"], item.shown["height_px"]
    left, top, right, bottom = box["box"]
    place = [left / width, top / height, (right - left) / width, (bottom - top) / height]
    return {"_cls": "Detection", "tags": [], "attributes": {}, "label": box["label"] or "panel", "bounding_box": place}


def read_samples(folder: Path) -> list[dict[str, Any]]:
    """Return the samples of a folder that FiftyOne, or `samples`, wrote.

    Raises:
        UsageError: it holds none.
    """
    path = folder / "samples.json"
    try:
        told = json.loads(path.read_bytes())["samples"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError("holds no samples.", where=str(path)) from error
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def verdicts(told: Iterable[dict[str, Any]]) -> Iterator[Read]:
    """Yield the verdicts that samples hold, each with its item's key."""
    for sample in told:
        key = str(sample.get("key") or "")
        if key and sample.get("picture", 0) == 0:
            yield from read_each(key, _said(sample), SaidVerdict.model_validate)
            yield from read_each(key, [sample] if sample.get("answer") else [], _answer)


def _said(sample: dict[str, Any]) -> list[Any]:
    """Return the verdicts of a sample as they stand there; what is no list of them comes as one, to be refused."""
    told = sample.get("verdicts") or "[]"
    try:
        said = json.loads(told)
    except (TypeError, ValueError, RecursionError):
        return ["no JSON"]
    return said if isinstance(said, list) else [said]


def _answer(sample: dict[str, Any]) -> SaidVerdict:
    """Return what somebody answered in FiftyOne, which writes a time as `{"$date": milliseconds}`."""
    at = sample.get("answer_at")
    told = {
        "who": sample.get("answer_by") or "FiftyOne",
        "when": when_of(at.get("$date") if isinstance(at, dict) else at),
        "verdict": sample["answer"],
        "value": json.loads(sample["answer_value"]) if sample.get("answer_value") else None,
        "reason": sample.get("answer_reason") or "",
    }
    return SaidVerdict.model_validate(told)
