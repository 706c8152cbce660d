"""Review items by hand: one item of each origin, as the stages would give it."""

from typing import Any

from schemas.review import PicturePlace, ReviewItem

CAPTION = "Cells 🔬 of a frog. (A) Nuclei, DAPI. (B) Actin, phalloidin."
PANEL = "p" * 32
TOLD = {
    "caption": CAPTION,
    "figure_label": "Figure 1",
    "panel_label": "A",
    "subcaption": "Nuclei, DAPI.",
    "source": "pmc",
}
QUESTION = {"question": "Which stain?", "options": ["DAPI", "GFP", "H&E"], "answer_index": 0}
BOXES = [{"key": "A", "label": "A", "box": [0, 0, 300, 217]}, {"key": "B", "label": None, "box": [301, 3, 641, 479]}]
SEEN = dict.fromkeys((f"2-panels/{PANEL}/{name}" for name in ("organism", "stain", "annotations")), "s")

CONFLICTS = [
    {"field": "organism", "chosen": "", "other": "Xenopus laevis", "reason": "two_values", "column": "organism"},
    {"field": "stain", "chosen": "DAPI", "other": "GFP", "reason": "two_values", "column": "stain"},
]
_COLUMNS = {"organism": None, "stain": "DAPI"}

_BY_ORIGIN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "duplicates": ("3-groups", f"same:{'q' * 32}", {"value": "copy"}),
    "panels": ("2-panels", "boxes", {"value": BOXES, "width_px": 641, "height_px": 479, "may_split": True}),
    "subcaptions": ("2-panels", "subcaption_spans", {"value": [[0, 18], [19, 36]]}),
    "kinds": ("4-curated", "kind", {"value": "plot"}),
    "licenses": ("4-curated", "license", {"value": None}),
    "tags": ("4-curated", "tags", {"value": "accept", "columns": _COLUMNS, "conflicts": CONFLICTS}),
    "captions": ("5-captioned", "text", {"value": {"text": "Nuclei of a frog."}, "text": "Nuclei of a frog."}),
    "questions": ("5-captioned", "question:1", {"value": QUESTION, **QUESTION}),
}


def item_of(origin: str) -> ReviewItem:
    """Return an item of an origin."""
    stage, field, shown = _BY_ORIGIN[origin]
    place = PicturePlace(part=0, figure_row=0)
    return ReviewItem(
        queue=f"q-{origin}",
        origin=origin,  # type: ignore[arg-type]
        stage=stage,
        id=PANEL,
        field=field,
        content_hash="c" * 32,
        part=0,
        figure_row=0,
        source_id="PMC1",
        question="Is it so?",
        shown={**TOLD, **shown},
        pictures=(place, place) if origin == "duplicates" else (place,),
        also={f"4-curated/{PANEL}/verdict": "l", **(SEEN if origin == "tags" else {})},
    )


ORIGINS = tuple(_BY_ORIGIN)
EDITS: dict[str, Any] = {
    "duplicates": "crop",
    "panels": [
        {"key": None, "label": "B", "box": [300, 0, 641, 479]},
        {"key": "A", "label": "A", "box": [1, 1, 299, 478]},
    ],
    "subcaptions": [[0, 18], [37, len(CAPTION)]],
    "kinds": "microscopy",
    "licenses": "CC-BY-4.0",
    "tags": {
        "columns": {"organism": "Xenopus laevis"},
        "annotations": {"added": [], "removed": [["T:1", "caption", 0, 3]]},
    },
    "captions": {"text": "Nuclei of a frog,\nstained with DAPI."},
    "questions": {"question": "Which dye?", "options": ["DAPI", "GFP", "eosin"], "answer_index": 2},
}
"""What a reviewer may put in each one's place."""
