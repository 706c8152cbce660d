"""Panel rows: a row of `1-figures` to the rows of its panels, as a reviewer decided; or why there is none."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from curation.detectors import detector
from curation.figure_panels import FoundPanel, panels_in
from curation.hashing import VERSION as HASH_VERSION
from curation.hashing import phash, phash_in
from curation.lexicons import Ontologies, lexicon, names
from curation.local_features import Plane
from curation.panel_tags import PanelText, believed, tag_panel
from curation.panel_views import grey_in, grey_of_panel
from curation.sketch_bytes import packed
from curation.sketches import sketch_of
from curation.stated import COLUMNS, column_of, taxon_of
from pipeline.decisions import Decided, content_hash, decision_on
from pipeline.masks import objects_on
from pipeline.pixels import Pixels, decode8, on_white, pixels_of
from pipeline.stretch import Array8
from pipeline.workspace import PANELS
from schemas.errors import PixelError
from schemas.licence import permits
from schemas.manifest_sections import Dedup
from schemas.records import Box, Conflict, Dropped, Fact, Mask, Panel, ScaleBar, Span, make_id

FIGURE_COLUMNS = (
    "id", "source", "source_id", "figure_label", "caption", "mentions", "article.title", "facts", "license",
    "third_party", "microns_per_pixel",
)  # fmt: skip
"""What is read of a figure beside its pixels."""

_OF_ARTICLES = frozenset({"pmc", "biorxiv", "medrxiv"})
"""Sources whose figures may have several panels."""
_OF_MICROSCOPES = frozenset({"idr", "masks"})
"""Sources that hold nothing but microscopy."""

PANELS_FIELD, SCALE_FIELD = "panels", "microns_per_pixel"


@dataclass(frozen=True)
class Asked:
    """What is asked of the stage; it travels to workers."""

    ontologies: Ontologies
    splits: bool = True
    detector: str | None = None
    """`package.module:function` of a user's own detector of panels."""
    dedup: Dedup = field(default_factory=Dedup)
    """What sketches must tell."""


def rows_of(figure: dict[str, Any], row: int, asked: Asked, decided: Decided) -> Iterator[Panel | Dropped]:
    """Yield the panels of a figure, its place in its part being `row`."""
    pixels = pixels_of(figure)
    try:
        if figure["mask"]:  # it speaks of the whole picture, so no such figure is cropped
            objects_on(Mask.model_validate(figure["mask"]), width_px=pixels.width_px, height_px=pixels.height_px)
        panels = list(_panels(figure, row, pixels, asked))
    except PixelError as error:
        yield dropped(figure, error.reason, error.detail)
        return
    yield from (_as_decided(panel, decided) for panel in panels)


def dropped(figure: dict[str, Any], reason: str, detail: str) -> Dropped:
    """Return the row of a figure that has no panels."""
    return Dropped(
        id=figure["id"],
        stage=PANELS,
        reason=reason,
        detail=detail,
        label=figure["figure_label"],
        source_id=figure["source_id"],
    )


def _panels(figure: dict[str, Any], row: int, pixels: Pixels, asked: Asked) -> Iterator[Panel]:
    caption, whole = figure["caption"], (0, 0, pixels.width_px, pixels.height_px)
    told: dict[str, Any] = {"figure_row": row, "source_id": figure["source_id"], "phash_version": HASH_VERSION}
    if figure["source"] in _OF_MICROSCOPES or figure["mask"]:
        um_per_px = figure["microns_per_pixel"]
        told |= {"kind": "microscopy", "kind_confidence": 1.0, "tiles": 1}
        told |= {"microns_per_pixel": um_per_px, "microns_per_pixel_source": "metadata" if um_per_px else None}
        told |= {"subcaption": caption, "subcaption_spans": _all_of(caption), "phash": phash(figure["blob"], pixels)}
        told["sketch"] = _sketched(grey_of_panel(figure["blob"], pixels, whole), asked)
        yield _row(figure, asked, told | {"box": whole, "panel_label": None}, [])
        return
    shown = seen(figure["blob"], pixels)
    detect = detector(asked.detector) if asked.splits and _may_be_split(figure) else None
    found = panels_in(shown, caption, detect=detect, um_per_px=figure["microns_per_pixel"])
    doubts = [Conflict(field=PANELS_FIELD, chosen="whole", other=found.doubt, reason="panels_disagree")]
    for panel in found.panels:
        bits = phash(figure["blob"], pixels) if panel.box == whole else phash_in(shown, panel.box)
        doubted = [*(doubts if found.doubt else ()), *_scale_doubt(panel)]
        own = {"phash": bits, "sketch": _sketched(grey_in(shown, panel.box), asked)}
        yield _row(figure, asked, told | _seen_of(panel) | own, doubted)


def _sketched(grey: Plane, asked: Asked) -> bytes:
    return packed(sketch_of(grey, asked.dedup.bits, features=asked.dedup.crops))


def _may_be_split(figure: dict[str, Any]) -> bool:
    """Return whether parts of a figure may be shared: what its licence forbids to crop stays whole."""
    may = permits(figure["license"]).crop and not figure["third_party"]
    return may and figure["source"] in _OF_ARTICLES


def seen(blob: bytes, pixels: Pixels) -> Array8:
    """Return the picture as it looks on a white page, H x W or H x W x 3."""
    from PIL import Image

    array = decode8(blob, pixels)
    has_alpha = array.ndim == 3 and array.shape[2] == 4
    return np.asarray(on_white(Image.fromarray(array))) if has_alpha else array


def _seen_of(panel: FoundPanel) -> dict[str, Any]:
    return {
        "panel_label": panel.label,
        "box": panel.box,
        "kind": panel.kind,
        "kind_confidence": panel.kind_confidence,
        "tiles": panel.tiles,
        "subcaption": panel.subcaption,
        "subcaption_spans": list(panel.spans),
        "microns_per_pixel": panel.scale.microns_per_pixel,
        "microns_per_pixel_source": panel.scale.source,
        "scale_bar": _within(panel.scale_bar, panel.box),
    }


def _within(bar: ScaleBar | None, box: Box) -> ScaleBar | None:
    """Return a bar of the figure in px of the panel, whose picture is cut out."""
    if bar is None:
        return None
    left, top, *_ = box
    own = (bar.box[0] - left, bar.box[1] - top, bar.box[2] - left, bar.box[3] - top)
    return bar.model_copy(update={"box": own})


def _scale_doubt(panel: FoundPanel) -> Iterator[Conflict]:
    if panel.scale.disagrees:
        chosen = f"{panel.scale.microns_per_pixel} ({panel.scale.source})"
        yield Conflict(field=SCALE_FIELD, chosen=chosen, other="the bar's length", reason="scale_disagrees")


def _all_of(caption: str) -> list[Span]:
    return [(0, len(caption))] if caption else []


def _row(figure: dict[str, Any], asked: Asked, own: dict[str, Any], doubts: Sequence[Conflict]) -> Panel:
    label = own["panel_label"]
    key = label or ",".join(map(str, own["box"]))
    tagged = _tagged(figure, own["subcaption"], label, asked.ontologies)
    tagged["conflicts"] = [*doubts, *tagged["conflicts"]]
    return Panel(id=make_id(figure["id"], key), figure_id=figure["id"], panel_key=key, **own, **tagged)


def _tagged(figure: dict[str, Any], subcaption: str, label: str | None, ontologies: Ontologies) -> dict[str, Any]:
    """Return the columns of a panel that its words and facts fill."""
    stated = (Fact.model_validate(fact) for fact in figure["facts"])
    facts, doubted = believed(stated, partial(names, ontologies))
    found = tag_panel(list(_texts(figure, subcaption, label)), facts, lexicon(ontologies))
    closed = {column_of(conflict.field) for conflict in doubted}  # a caption made of facts says them again
    return {
        "annotations": found.annotations,
        "conflicts": [*doubted, *found.values.conflicts],
        "ncbitaxon_id": None if "organism" in closed else found.values.ncbitaxon_id,
        **{column: choice.value for column, choice in found.values.choices.items() if column not in closed},
    }


def _texts(figure: dict[str, Any], subcaption: str, label: str | None) -> Iterator[PanelText]:
    """Yield the words that speak of a panel: paragraphs that name other panels of the figure don't."""
    title = (figure["article"] or {}).get("title")
    yield PanelText("subcaption", subcaption)
    for mention in figure["mentions"]:
        if not (label and mention["panels"]) or label.upper() in map(str.upper, mention["panels"]):
            yield PanelText(f"mention:{mention['id']}", mention["text"])
    yield from [PanelText("title", title)] if title else []
    yield from (PanelText(f"fact:{fact['name']}", fact["value"]) for fact in figure["facts"])


def _as_decided(panel: Panel, decided: Decided) -> Panel:
    """Return a panel with the columns that a reviewer set; what contradicted them is settled."""
    if panel.id not in decided:
        return panel
    told = {column: [one for one in panel.conflicts if _column(one) == column] for column in COLUMNS}
    said = {column: decision_on(decided, panel.id, column, seen_of(told[column])) for column in COLUMNS}
    values = {column: one.after for column, one in said.items() if one is not None}
    if "organism" in values:
        values["ncbitaxon_id"] = taxon_of(values["organism"])
    open_still = [one for one in panel.conflicts if _column(one) not in values]
    return Panel.model_validate({**panel.model_dump(), **values, "conflicts": open_still})


def _column(conflict: Conflict) -> str:
    """Return the column that a conflict is about; one of a fact's words and id goes by the fact's name."""
    return column_of(conflict.field) or conflict.field


def seen_of(conflicts: Iterable[Conflict]) -> str:
    """Return the hash of what a reviewer of one column is shown."""
    return content_hash(*(conflict.model_dump() for conflict in conflicts))
