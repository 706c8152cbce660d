"""Split lines: figures and captions on plain files to their panels, one JSON object each, and drawn to look at."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from curation.captions import split_caption
from curation.drawing_places import drawing_places, write_drawing
from curation.figure_panels import FoundPanel, panels_proposed, text_of
from curation.panel_drawing import drawn
from curation.panel_rows import seen
from pipeline.pixels import inspect
from pipeline.plain_lines import lines_of
from pipeline.stretch import Array8
from schemas.errors import PixelError, UsageError


class Caption(BaseModel):
    """A line of the file of captions: of an image, whose path is relative to the file, or of nothing but an id."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str | int | None = None
    image: str | None = None
    caption: str


class _Image(NamedTuple):
    """A picture to split: its file, its name as it was given, and its caption."""

    path: Path
    name: str
    caption: str


def split_lines(images: Sequence[str], caption: str | None, captions: Path | None, draw: Path | None) -> Iterator[Any]:
    """Yield the panels of each image; of a file of captions those of the images that it names, or of its captions.

    Raises:
        UsageError: there is nothing to split, its captions are given twice, or there is no place for the drawings.
    """
    if not images and captions is None:
        raise UsageError("nothing to split", where="split", mend="Name images, or --captions FILE.jsonl.")
    if caption is not None and captions is not None:
        raise UsageError("a caption is given beside a file of captions", where="--caption", mend="Leave one out.")
    told = list(lines_of(captions, Caption)) if captions else []
    asked = list(_images(images, caption or "", told) if images else _asked(told, captions))
    places = _places(draw, [one.path for one in asked if isinstance(one, _Image)], captions)
    for one in asked:
        if isinstance(one, _Image):
            yield _split_image(one, next(places))
        else:
            yield _split_caption(one) if isinstance(one, Caption) else one


def _images(images: Sequence[str], caption: str, told: Sequence[tuple[int, Caption | str]]) -> Iterator[_Image]:
    known = {Path(line.image): line.caption for _, line in told if isinstance(line, Caption) and line.image}
    for name in images:
        path = Path(name)
        yield _Image(path, name, known.get(path, known.get(Path(path.name), caption)))


def _asked(
    told: Sequence[tuple[int, Caption | str]], captions: Path | None
) -> Iterator[_Image | Caption | dict[str, Any]]:
    for number, line in told:
        if isinstance(line, str):
            yield {"line": number, "error": line}
        elif line.image and captions:
            yield _Image(captions.parent / line.image, line.image, line.caption)
        else:
            yield line


def _places(draw: Path | None, images: Sequence[Path], captions: Path | None) -> Iterator[Path | None]:
    """Return where each image is drawn, if it is."""
    if draw is None:
        return repeat(None)
    return iter(drawing_places(draw, images, [*images, captions] if captions else images))


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


def _split_image(image: _Image, place: Path | None) -> dict[str, Any]:
    pixels = _pixels(image.path)
    if isinstance(pixels, str):
        return {"image": image.name, "error": pixels}
    found = panels_proposed(pixels, image.caption)
    if place is not None:
        write_drawing(place, drawn(pixels, found.panels))
    doubt = {"doubt": found.doubt} if found.doubt else {}
    return {"image": image.name, "panels": [_told(panel) for panel in found.panels], **doubt}


def _pixels(path: Path) -> Array8 | str:
    """Return what a picture shows, or why it can't be read."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # it may never end
            return "can't be read: a pipe or a device"
        blob = path.read_bytes()
    except OSError as error:
        return f"can't be read: {error.strerror}"
    except ValueError:  # it has a NUL or half a character
        return "can't be read: no file can have this name"
    try:
        return seen(blob, inspect(blob))
    except PixelError as error:
        return f"{error.reason}: {error.detail}"


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
