"""Split lines: figures and captions on plain files to their panels, one JSON object each, and drawn to look at."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from curation.captions import split_caption
from curation.figure_panels import FoundPanel, panels_proposed, text_of
from curation.panel_drawing import drawn
from curation.panel_rows import seen
from pipeline.pixels import inspect
from pipeline.plain_lines import lines_of
from pipeline.workspace import write_whole
from schemas.errors import PixelError, UsageError


class Caption(BaseModel):
    """A line of the file of captions: of an image, whose path is relative to the file, or of nothing but an id."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str | int | None = None
    image: str | None = None
    caption: str


def split_lines(images: Sequence[Path], caption: str, captions: Path | None, draw: Path | None) -> Iterator[Any]:
    """Yield the panels of each image; of a file of captions those of the images that it names, or of its captions.

    Raises:
        UsageError: there is nothing to split.
    """
    if not images and captions is None:
        raise UsageError("nothing to split", where="split", mend="Name images, or --captions FILE.jsonl.")
    told = list(lines_of(captions, Caption)) if captions else []
    known = {line.image: line.caption for _, line in told if isinstance(line, Caption) and line.image}
    for path in images:
        words = known.get(str(path), known.get(path.name, caption))
        yield _split_image(path, str(path), words, draw, is_only=len(images) == 1)
    for number, line in () if images else told:
        if isinstance(line, str):
            yield {"line": number, "error": line}
        elif line.image and captions:
            yield _split_image(captions.parent / line.image, line.image, line.caption, draw, is_only=len(told) == 1)
        else:
            yield _split_caption(line)


def _split_caption(line: Caption) -> dict[str, Any]:
    read = split_caption(line.caption)
    return {
        "id": line.id,
        "lead_spans": read.lead,
        "panels": [
            {"label": one.label, "subcaption_spans": one.spans, "subcaption": text_of(line.caption, one.spans)}
            for one in read.panels
        ],
    }


def _split_image(path: Path, name: str, caption: str, draw: Path | None, *, is_only: bool) -> dict[str, Any]:
    try:
        blob = path.read_bytes()
        pixels = seen(blob, inspect(blob))
    except PixelError as error:
        return {"image": name, "error": f"{error.reason}: {error.detail}"}
    except OSError as error:
        return {"image": name, "error": f"can't be read: {error.strerror}"}
    found = panels_proposed(pixels, caption)
    if draw is not None:
        write_whole(_place(draw, path, is_only=is_only), drawn(pixels, found.panels))
    doubt = {"doubt": found.doubt} if found.doubt else {}
    return {"image": name, "panels": [_told(panel) for panel in found.panels], **doubt}


def _place(draw: Path, path: Path, *, is_only: bool) -> Path:
    if draw.suffix.lower() == ".png" and is_only:
        draw.parent.mkdir(parents=True, exist_ok=True)
        return draw
    draw.mkdir(parents=True, exist_ok=True)
    return draw / f"{path.stem}.png"


def _told(panel: FoundPanel) -> dict[str, Any]:
    return {
        "label": panel.label,
        "box": panel.box,
        "kind": panel.kind,
        "kind_confidence": panel.kind_confidence,
        "tiles": panel.tiles,
        "subcaption_spans": panel.spans,
        "subcaption": panel.subcaption,
        "microns_per_pixel": panel.scale.microns_per_pixel,
        "scale_bar": panel.scale_bar.model_dump() if panel.scale_bar else None,
        "insets": panel.insets,
        "confidence": panel.confidence,
    }
