"""Small sets of questions in the three layouts, with pictures, in the forms in which sets lie about."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

STAINS = ["DAPI", "H&E", "PAS", "none of the above"]


def png(number: int, size_px: tuple[int, int] = (60, 40)) -> bytes:
    """Return a small picture, another one for each number; (width, height)."""
    noise = np.random.default_rng(number).integers(0, 255, (size_px[1], size_px[0]), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).save(written, "PNG")
    return written.getvalue()


def cell(number: int, size_px: tuple[int, int] = (60, 40)) -> dict[str, Any]:
    """Return a picture as `datasets` keeps one."""
    return {"bytes": png(number, size_px), "path": None}


def ours(number: int, right: int = 0, **more: Any) -> dict[str, Any]:
    """Return a row of the view `questions`."""
    return {
        "id": f"{number:032x}",
        "image": cell(number),
        "panel_id": f"panel-{number}",
        "task": "stain",
        "question": f"Which stain is this, of number {number}?",
        "options": STAINS,
        "captions": [f"A micrograph stained with {one}." for one in STAINS],
        "answer_index": right,
        "answer": STAINS[right],
        "origin": "metadata",
        "boxes": [],
        "tags": [],
        "split": "test",
        **more,
    }


def places(number: int, boxes: list[list[int]], size_px: tuple[int, int] = (60, 40), **more: Any) -> dict[str, Any]:
    """Return a row of it that is answered with places."""
    asked = {"options": [], "captions": [], "answer_index": None, "answer": str(boxes), "origin": "mask"}
    words = {"task": "localization", "question": f"Where are the nuclei of number {number}?"}
    return ours(number, **{"image": cell(number, size_px), "boxes": boxes, **asked, **words, **more})


def ubench(number: int, answers: dict[str, int]) -> dict[str, Any]:
    """Return a row of Micro-Bench, of its 22 fields; tasks that aren't named have no question."""
    tasks = ("classification", "domain", "modality", "stain", "subdomain", "submodality")
    asked = {
        task: {
            "answer": STAINS[answers[task]],
            "answer_idx": answers[task],
            "id": f"{task}-{number}",
            "name": task,
            "options": STAINS,
            "question": f"What is its {task}, of number {number}?",
            "tags": ["perception"],
        }
        if task in answers
        else None
        for task in tasks
    }
    plain = (
        "dataset",
        "domain",
        "institution",
        "license",
        "modality",
        "ncbitaxon_name",
        "stain",
        "subdomain",
        "submodality",
    )
    return {
        "image_id": f"image-{number}",
        "image": cell(number),
        "label": 1,
        "label_name": "x",
        "microns_per_pixel": 2.0,
        "ncbitaxon_id": "NCBITaxon_9606",
        "pmid": None,
        "split": "test",
        "synthetic": False,
        "captions": {
            "modality_0": {"id": "c", "name": "m", "question": "A {class}.", "answer_idx": "0", "options": STAINS}
        },
        "questions": asked,
        "bbox": None,
        "polygon": None,
        **dict.fromkeys(plain, "x"),
    }


def microvqa(number: int, index: int, *, text: str | None = None, images: int = 1, **more: Any) -> dict[str, Any]:
    """Return a row of MicroVQA."""
    return {
        "key_question": number,
        "key_image": number // 2,
        "images_list": [cell(number * 10 + at) for at in range(images)],
        "question": f"What would a biologist ask about number {number}?",
        "choices": ["one", "two", "three", "a much longer choice than all"],
        "correct_index": index,
        **({} if text is None else {"correct_answer": text}),
        "task": number % 2 + 1,
        "task_str": ["perception", "hypothesis_gen"][number % 2],
        **more,
    }


def write(folder: Path, rows: list[dict[str, Any]], view: str = "questions", split: str = "test") -> Path:
    """Write a dataset's folder as bricks publishes it, and return it."""
    place = folder / view if view else folder
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), place / f"{split}-00000-of-00001.parquet")
    return folder
