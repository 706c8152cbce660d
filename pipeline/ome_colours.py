"""OME colours: in which colours an OME-TIFF says that the channels of an image are shown."""

from collections.abc import Iterator, Sequence
from typing import Any

_WHITE = "#ffffff"
_BLACK = "#000000"


def chosen_colours(
    tiff: Any,  # noqa: ANN401  (tifffile has no types)
    series: int,
    channels: Sequence[int] = (),
) -> tuple[str, ...]:
    """Return the colours of an image's channels (all if none are named) as #rrggbb; none where nobody chose any.

    OME's Color is a number of 32 bits, RGBA, and white where a channel has none (schema 2016-06, Channel). Colours that
    tell no two channels apart were not chosen, and in black a channel couldn't be seen: then there are none as well.
    """
    if not tiff.is_ome:
        return ()
    told = _of_series(tiff, series)
    kept = [told[at] for at in channels or range(len(told)) if at < len(told)]
    is_chosen = len(set(kept)) > 1 and _BLACK not in kept and len(kept) == len(channels or told)
    return tuple(kept) if is_chosen else ()


def _of_series(tiff: Any, series: int) -> list[str]:  # noqa: ANN401
    """Return the colours of a series: descriptions come in the order of the series, and some have no pixels."""
    described = _described(tiff.ome_metadata or "")
    for at, each in enumerate(tiff.series):
        sizes = dict(zip(each.axes, each.shape, strict=True))
        wanted = (sizes.get("X"), sizes.get("Y"))
        found: list[str] = next((colours for size_px, colours in described if size_px == wanted), [])
        if at == series:
            return found if len(found) == sizes.get("S", 1) * sizes.get("C", 1) else []
    return []


def _described(xml: str) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """Yield each image's width and height, and its channels' colours; nothing where the XML can't be read."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml.strip("\0 \t\r\n").encode(), parser)
        for pixels in root.iterfind("{*}Image/{*}Pixels"):
            colours = [_colour(one.get("Color")) for one in pixels.iterfind("{*}Channel")]
            yield (int(pixels.get("SizeX", "0")), int(pixels.get("SizeY", "0"))), colours
    except (etree.XMLSyntaxError, ValueError):
        return


def _colour(told: str | None) -> str:
    try:
        number = int(told or "-1")
    except ValueError:
        return _WHITE
    return f"#{(number & 0xFFFFFFFF) >> 8:06x}"
