"""Review in Label Studio: items as its tasks with predictions and annotations, and its annotations as verdicts.

The layout is that of its guide (`guide/task_format`, `guide/export`, seen November 2026): boxes in percent of the
picture, spans in JavaScript's offsets, choices, text areas. Beside FILE lie `FILE.xml`, the labelling config, and a
folder with the pictures, which its local storage serves.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from curation.review_records import Read, ReviewRecord, SaidVerdict, read_each, when_of
from curation.stated import COLUMNS
from schemas.errors import UsageError
from schemas.review import ReviewItem

Result = dict[str, Any]
WHOLE = "the whole panel"
_CHOSEN = frozenset({"kinds", "duplicates", "licenses"})
"""Origins whose value is one name."""


def tasks(records: Iterable[ReviewRecord], pictures: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Yield a task for each item; `pictures` gives the addresses of those of each key."""
    for record in records:
        item = record.item
        images = pictures[item.key]
        data = {f"image{at or ''}": address for at, address in enumerate(images)}
        told = {"key": item.key, "queue": item.queue, "origin": item.origin, "source": item.source_id}
        shown = {"question": item.question, "caption": item.shown["caption"], "state": record.state}
        yield {
            "data": {**data, **told, **shown, "evidence": json.dumps(item.shown, ensure_ascii=False)},
            "predictions": [{"model_version": "bricks", "result": _value(item, item.shown["value"])}],
            "annotations": [_annotation(item, said) for said in record.verdicts],
        }


def _annotation(item: ReviewItem, said: SaidVerdict) -> dict[str, Any]:
    results = [_chosen("verdict", said.verdict), *([_chosen("whole", WHOLE)] if said.whole else [])]
    results += [_written("reason", said.reason)] if said.reason else []
    results += _value(item, said.value) if said.verdict == "edit" else []
    when = said.when.isoformat()
    named = {"completed_by": {"email": said.who}, "created_at": when, "updated_at": when}
    return {**named, "was_cancelled": False, "ground_truth": not said.second, "result": results}


def _chosen(name: str, choice: str) -> Result:
    return {"from_name": name, "to_name": "image", "type": "choices", "value": {"choices": [choice]}}


def _written(name: str, *texts: str) -> Result:
    return {"from_name": name, "to_name": "image", "type": "textarea", "value": {"text": list(texts)}}


def _value(item: ReviewItem, value: Any) -> list[Result]:  # noqa: ANN401
    """Return a value in the form of results."""
    if item.origin == "panels":
        return [_rectangle(item, at, box) for at, box in enumerate(value)]
    if item.origin == "subcaptions":
        return [_span(item.shown["caption"], span) for span in value]
    if item.origin in _CHOSEN:
        return [_chosen("value", value)] if value else []
    if item.origin == "captions":
        return [_written("text", value["text"])]
    if item.origin == "questions":
        right = [] if value["answer_index"] is None else [_written("answer", str(value["answer_index"]))]
        return [_written("question", value["question"]), _written("options", *value["options"]), *right]
    return _tag_results(value) if isinstance(value, dict) else []


def _tag_results(value: dict[str, Any]) -> list[Result]:
    told = [_written(column, text) for column, text in value.get("columns", {}).items()]
    changes = value.get("annotations")
    return [*told, *([_written("annotations", json.dumps(changes))] if changes else [])]


def _rectangle(item: ReviewItem, at: int, box: dict[str, Any]) -> Result:
    width, height = item.shown["width_px"], item.shown["height_px"]
    left, top, right, bottom = box["box"]
    place = {"x": 100 * left / width, "y": 100 * top / height}
    size = {"width": 100 * (right - left) / width, "height": 100 * (bottom - top) / height}
    meta = [word for word in (f"key={box['key']}" if box["key"] else "", f"label={box['label'] or ''}") if word]
    return {
        "id": f"box{at}", "from_name": "value", "to_name": "image", "type": "rectanglelabels",
        "original_width": width, "original_height": height, "image_rotation": 0, "meta": {"text": meta},
        "value": {**place, **size, "rotation": 0, "rectanglelabels": ["panel"]},
    }  # fmt: skip


def _span(caption: str, span: list[int]) -> Result:
    start, end = span
    place = {"start": _units(caption[:start]), "end": _units(caption[:end]), "text": caption[start:end]}
    return {"from_name": "value", "to_name": "caption", "type": "labels", "value": {**place, "labels": ["panel"]}}


def _units(text: str) -> int:
    """Return how long a text is to JavaScript: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def verdicts(tasks: Any, found: Callable[[str], ReviewItem | None]) -> Iterator[Read]:  # noqa: ANN401
    """Yield the verdicts that an export of Label Studio holds, each with its item's key.

    Raises:
        UsageError: it isn't such an export.
    """
    if not isinstance(tasks, list):
        raise UsageError("that is no list of tasks, as Label Studio exports them in JSON.")
    for task in tasks:
        data = task.get("data") if isinstance(task, dict) else None
        key = str(data.get("key", "")) if isinstance(data, dict) else ""
        made = task.get("annotations") or [] if key else []
        if isinstance(made, list):
            yield from read_each(key, (each for each in made if not _is_cancelled(each)), _reader(found(key)))
        else:
            yield key, "its annotations are no list"


def _is_cancelled(annotation: Any) -> bool:  # noqa: ANN401
    return isinstance(annotation, dict) and bool(annotation.get("was_cancelled"))


def _reader(item: ReviewItem | None) -> Callable[[dict[str, Any]], SaidVerdict]:
    return lambda annotation: _said(annotation, item)


def _said(annotation: dict[str, Any], item: ReviewItem | None) -> SaidVerdict:
    by_name: dict[str, list[Result]] = {}
    for result in annotation.get("result", ()):
        by_name.setdefault(result.get("from_name", ""), []).append(result)
    verdict = _first_choice(by_name, "verdict")
    value = _read(by_name, item) if item is not None and verdict != "reject" else None
    if value is None and verdict == "edit" and item is not None and item.origin == "subcaptions":
        value = []  # none of the words
    if not verdict and item is not None and value is None:
        raise UsageError("it says nothing: choose a verdict.")
    if not verdict:
        verdict = "accept" if item is None or value is None or value == item.shown["value"] else "edit"
    texts = [text for result in by_name.get("reason", ()) for text in result["value"]["text"]]
    return SaidVerdict(
        who=_who(annotation.get("completed_by")),
        when=when_of(annotation.get("created_at")),
        verdict=verdict,
        value=value if verdict == "edit" else None,
        reason=" ".join(texts),
        whole="whole" in by_name,
        second=not annotation.get("ground_truth", True) and item is not None,
    )


def _who(said: Any) -> str:  # noqa: ANN401
    """Return who made an annotation: an address, a name, or Label Studio's number of them."""
    if isinstance(said, dict):
        named = " ".join(str(said.get(part) or "") for part in ("first_name", "last_name")).strip()
        return str(said.get("email") or named or f"Label Studio user {said.get('id', '?')}")
    return f"Label Studio user {said if isinstance(said, int) else '?'}"


def _first_choice(by_name: dict[str, list[Result]], name: str) -> str:
    return next((each for result in by_name.get(name, ()) for each in result["value"]["choices"]), "")


def _texts(by_name: dict[str, list[Result]], name: str) -> list[str]:
    return [text for result in by_name.get(name, ()) for text in result["value"]["text"]]


def _read(by_name: dict[str, list[Result]], item: ReviewItem) -> Any:  # noqa: ANN401
    """Return the value that results hold; None where they hold none."""
    told = by_name.get("value", [])
    if item.origin == "panels":
        return [_box(result, item) for result in told] or None
    if item.origin == "subcaptions":
        return [_read_span(item.shown["caption"], result) for result in told] or None
    if item.origin in _CHOSEN:
        return _first_choice(by_name, "value") or None
    if item.origin == "captions":
        return {"text": text} if (text := "\n".join(_texts(by_name, "text"))) else None
    return _read_question(by_name, item) if item.origin == "questions" else _read_tags(by_name)


def _read_question(by_name: dict[str, list[Result]], item: ReviewItem) -> dict[str, Any] | None:
    before = item.shown["value"]
    question, options, answer = (_texts(by_name, name) for name in ("question", "options", "answer"))
    if not (question or options or answer):
        return None
    index = int(answer[0]) if answer and answer[0].isdecimal() else before["answer_index"]
    words = "\n".join(question) or before["question"]
    return {"question": words, "options": options or before["options"], "answer_index": index}


def _read_tags(by_name: dict[str, list[Result]]) -> dict[str, Any] | None:
    columns = {name: " ".join(_texts(by_name, name)) for name in COLUMNS if name in by_name}
    changes = _texts(by_name, "annotations")
    try:
        told = {"annotations": json.loads(changes[0])} if changes else {}
    except ValueError as error:
        raise UsageError("annotations aren't JSON.") from error
    return {"columns": columns, **told} if columns or told else None


def _box(result: Result, item: ReviewItem) -> dict[str, Any]:
    width, height, value = item.shown["width_px"], item.shown["height_px"], result["value"]
    if value.get("rotation"):
        raise UsageError("a panel's box can't be turned.")
    left, top = round(value["x"] * width / 100), round(value["y"] * height / 100)
    right = round((value["x"] + value["width"]) * width / 100)
    bottom = round((value["y"] + value["height"]) * height / 100)
    meta = dict(word.partition("=")[::2] for word in (result.get("meta") or {}).get("text", ()))
    box = [max(0, left), max(0, top), min(width, right), min(height, bottom)]
    return {"key": meta.get("key") or None, "label": meta.get("label") or None, "box": box}


def _read_span(caption: str, result: Result) -> list[int]:
    coded = caption.encode("utf-16-le")
    places = (2 * int(result["value"][name]) for name in ("start", "end"))
    return [len(coded[:place].decode("utf-16-le", "ignore")) for place in places]


def read_tasks(path: Path) -> Any:  # noqa: ANN401
    """Return the JSON of an export.

    Raises:
        UsageError: it is none.
    """
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UsageError("isn't JSON.", where=str(path)) from error
