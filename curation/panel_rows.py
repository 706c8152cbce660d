"""Panel rows: a row of `1-figures` to the rows of its panels, as a reviewer decided; or why there is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from curation.decided_boxes import decided_spans, drawn_boxes, key_of_box, why_not_cut
from curation.decided_tags import About, with_decided_columns
from curation.detectors import detector
from curation.figure_panels import FoundPanel, panels_at, panels_in, text_of, with_spans
from curation.hashing import VERSION as HASH_VERSION
from curation.hashing import phash, phash_in
from curation.lexicons import Ontologies
from curation.local_features import Plane
from curation.panel_columns import columns_of
from curation.panel_views import grey_in, grey_of_panel
from curation.sketch_bytes import packed
from curation.sketches import sketch_of
from pipeline.masks import objects_on
from pipeline.pixels import Pixels, decode8, on_white, pixels_of
from pipeline.replay import Replay
from pipeline.stretch import Array8
from pipeline.workspace import PANELS
from schemas.errors import PixelError
from schemas.manifest_sections import Dedup
from schemas.panel_records import Conflict, Panel, ScaleBar
from schemas.records import Box, Dropped, Mask, Span, make_id

FIGURE_COLUMNS = (
    "id", "source", "source_id", "figure_label", "caption", "mentions", "article.title", "facts", "license",
    "third_party", "microns_per_pixel", "source_sha256",
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


def rows_of(figure: dict[str, Any], row: int, asked: Asked, replay: Replay) -> Iterator[Panel | Dropped]:
    """Yield the panels of a figure, its place in its part being `row`."""
    pixels = pixels_of(figure)
    try:
        if figure["mask"]:  # it speaks of the whole picture, so no such figure is cropped
            objects_on(Mask.model_validate(figure["mask"]), width_px=pixels.width_px, height_px=pixels.height_px)
        panels = list(_panels(figure, row, pixels, asked, replay))
    except PixelError as error:
        yield dropped(figure, error.reason, error.detail)
        return
    yield from panels


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


def _panels(figure: dict[str, Any], row: int, pixels: Pixels, asked: Asked, replay: Replay) -> Iterator[Panel]:
    told: dict[str, Any] = {"figure_row": row, "source_id": figure["source_id"], "phash_version": HASH_VERSION}
    if figure["source"] in _OF_MICROSCOPES or figure["mask"]:
        yield _micrograph(figure, told, pixels, asked, replay)
        return
    shown = seen(figure["blob"], pixels)
    found, doubt = _found(figure, shown, asked, replay)
    doubts = [Conflict(field=PANELS_FIELD, chosen="whole", other=doubt, reason="panels_disagree")] if doubt else []
    for key, one in found:
        panel = _spanned(
            figure, shown, one, decided_spans(figure, make_id(figure["id"], key), one.label, one.box, replay)
        )
        is_whole = panel.box == (0, 0, pixels.width_px, pixels.height_px)
        bits = phash(figure["blob"], pixels) if is_whole else phash_in(shown, panel.box)
        own = {"panel_key": key, "phash": bits, "sketch": _sketched(grey_in(shown, panel.box), asked)}
        yield _row(figure, asked, told | _seen_of(panel) | own, [*doubts, *_scale_doubt(panel)], replay)


def _micrograph(figure: dict[str, Any], told: dict[str, Any], pixels: Pixels, asked: Asked, replay: Replay) -> Panel:
    """Return the one panel of what is a micrograph as its source says, or of a picture with a mask."""
    whole, um_per_px, caption = (
        (0, 0, pixels.width_px, pixels.height_px),
        figure["microns_per_pixel"],
        figure["caption"],
    )
    drawn_boxes(figure, (pixels.width_px, pixels.height_px), replay, why_whole="it is one micrograph")
    spans = decided_spans(figure, make_id(figure["id"], key_of_box(whole)), None, whole, replay)
    own = {"kind": "microscopy", "kind_confidence": 1.0, "tiles": 1, "panel_label": None, "box": whole}
    own |= {"microns_per_pixel": um_per_px, "microns_per_pixel_source": "metadata" if um_per_px else None}
    own |= {"subcaption": caption, "subcaption_spans": _all_of(caption)}
    own |= {} if spans is None else {"subcaption": text_of(caption, spans), "subcaption_spans": list(spans)}
    own |= {"panel_key": key_of_box(whole), "phash": phash(figure["blob"], pixels)}
    own["sketch"] = _sketched(grey_of_panel(figure["blob"], pixels, whole), asked)
    return _row(figure, asked, told | own, [], replay)


def _found(
    figure: dict[str, Any], shown: Array8, asked: Asked, replay: Replay
) -> tuple[list[tuple[str, FoundPanel]], str]:
    """Return the panels of a figure with their keys, and why one that seems to have several was left whole."""
    caption, um_per_px = figure["caption"], figure["microns_per_pixel"]
    why_whole = "" if asked.splits else "the manifest leaves figures whole"
    drawn = drawn_boxes(figure, (shown.shape[1], shown.shape[0]), replay, why_whole=why_whole)
    if drawn is not None:
        places = [(one.label, one.box) for one in drawn]
        panels = panels_at(shown, caption, places, detect=detector(asked.detector), um_per_px=um_per_px)
        return list(zip([one.key for one in drawn], panels, strict=True)), ""
    detect = detector(asked.detector) if asked.splits and _may_be_split(figure) else None
    found = panels_in(shown, caption, detect=detect, um_per_px=um_per_px)
    return [(panel.label or key_of_box(panel.box), panel) for panel in found.panels], found.doubt


def _spanned(figure: dict[str, Any], shown: Array8, panel: FoundPanel, spans: Sequence[Span] | None) -> FoundPanel:
    if spans is None:
        return panel
    return with_spans(shown, figure["caption"], panel, spans, um_per_px=figure["microns_per_pixel"])


def _sketched(grey: Plane, asked: Asked) -> bytes:
    return packed(sketch_of(grey, asked.dedup.bits, features=asked.dedup.crops))


def _may_be_split(figure: dict[str, Any]) -> bool:
    """Return whether parts of a figure may be shared: what its licence forbids to crop stays whole."""
    return not why_not_cut(figure) and figure["source"] in _OF_ARTICLES


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


def _row(
    figure: dict[str, Any], asked: Asked, own: dict[str, Any], doubts: Sequence[Conflict], replay: Replay
) -> Panel:
    panel_id = make_id(figure["id"], own["panel_key"])
    about = About(panel_id, own["panel_label"], own["subcaption"])
    tagged = columns_of(figure, about, asked.ontologies, replay)
    tagged["conflicts"] = [*doubts, *tagged["conflicts"]]
    panel = Panel(id=panel_id, figure_id=figure["id"], **own, **tagged)
    return with_decided_columns(panel, replay, lambda: columns_of(figure, about, asked.ontologies)["conflicts"])
