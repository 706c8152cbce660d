"""Changed pictures: what a publisher does to a figure, which stays the same, and what its authors do, who revise it."""

import io
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

_WHITE = 243
_SEEN = 8
"""Grey levels, on average, by which a replaced part must differ from what it was, or nothing was revised."""


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """Return the picture as a JPEG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def png(picture: Image.Image) -> bytes:
    """Return the picture as a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    size = tuple(max(8, round(side * scale)) for side in picture.size)
    return picture.resize(size, Image.Resampling.LANCZOS)  # type: ignore[arg-type]


def _with_margin(picture: Image.Image, part: float, chance: random.Random) -> Image.Image:
    """Return the picture with up to `part` of its side as margin on each side."""
    wide = [round(side * chance.uniform(0, part)) for side in picture.size * 2]
    return ImageOps.expand(picture, tuple(wide), fill="white")


def _without_margin(picture: Image.Image, part: float) -> Image.Image:
    """Return the picture without its white margin, but no more than `part` of its side cut on each side."""
    ink = ImageOps.invert(picture.convert("L")).point(lambda value: 255 * (value > 255 - _WHITE)).getbbox()
    width, height = picture.size
    most = (round(width * part), round(height * part))
    left, top, right, bottom = ink or (0, 0, width, height)
    box = (min(left, most[0]), min(top, most[1]), max(right, width - most[0]), max(bottom, height - most[1]))
    return picture.crop(box)


def _mixed(picture: Image.Image, chance: random.Random) -> bytes:
    """Return what a publisher may do, all at once."""
    margin = chance.choice(["none", "none", "added", "cut"])
    if margin == "added":
        picture = _with_margin(picture, 0.03, chance)
    elif margin == "cut":
        picture = _without_margin(picture, 0.03)
    picture = picture.convert("L") if chance.random() < 0.1 else picture
    picture = _scaled(picture, chance.uniform(0.3, 1))
    return png(picture) if chance.random() < 0.2 else jpeg(picture, chance.randint(60, 95))


Change = Callable[[Image.Image, random.Random], bytes]
CHANGES: dict[str, Change] = {
    "PNG": lambda picture, _: png(picture),
    "JPEG 60": lambda picture, _: jpeg(picture, 60),
    "JPEG 95": lambda picture, _: jpeg(picture, 95),
    "60 % size": lambda picture, _: jpeg(_scaled(picture, 0.6), 85),
    "30 % size": lambda picture, _: jpeg(_scaled(picture, 0.3), 85),
    "grey": lambda picture, _: jpeg(picture.convert("L"), 85),
    "margin cut": lambda picture, _: jpeg(_without_margin(picture, 0.03), 90),
    "margin +1 %": lambda picture, chance: jpeg(_with_margin(picture, 0.01, chance), 90),
    "margin +3 %": lambda picture, chance: jpeg(_with_margin(picture, 0.03, chance), 90),
    "mixed": _mixed,
}
"""What a publisher does to a picture."""


def _replaced(picture: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> Image.Image | None:
    """Return the picture with what another shows in `box`; None where that is no other thing."""
    revised = picture.convert("RGB")
    revised.paste(other.convert("RGB").resize(picture.size).crop(box), box[:2])
    apart = ImageChops.difference(revised.crop(box).convert("L"), picture.crop(box).convert("L"))
    return revised if ImageStat.Stat(apart).mean[0] >= _SEEN else None


def _with_bar(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Return the picture with a bar of 4 x 15 % of its sides drawn over it."""
    (width, height), revised = picture.size, picture.convert("RGB")
    left, top = chance.uniform(0.05, 0.9) * width, chance.uniform(0.1, 0.7) * height
    box = (int(left), int(top), int(left + 0.04 * width), int(top + 0.15 * height))
    is_light = ImageStat.Stat(revised.crop(box).convert("L")).mean[0] > 128
    ImageDraw.Draw(revised).rectangle(box, fill="#1e1e1e" if is_light else "#dcdcdc")
    return revised


def _part(picture: Image.Image, columns: int, rows: int, chance: random.Random) -> tuple[int, int, int, int]:
    """Return one of the parts of a picture that is cut evenly, either way round."""
    columns, rows = chance.choice([(columns, rows), (rows, columns)])
    column, row = chance.randrange(columns), chance.randrange(rows)
    across, down = picture.width / columns, picture.height / rows
    return int(column * across), int(row * down), int((column + 1) * across), int((row + 1) * down)


Revision = Callable[[Image.Image, Image.Image, random.Random], Image.Image | None]
REVISIONS: dict[str, Revision] = {
    "quarter": lambda picture, other, chance: _replaced(picture, other, _part(picture, 2, 2, chance)),
    "sixth": lambda picture, other, chance: _replaced(picture, other, _part(picture, 3, 2, chance)),
    "painted": lambda picture, _, chance: _replaced(picture, Image.new("L", (9, 9), 255), _part(picture, 4, 2, chance)),
    "bar": lambda picture, _, chance: _with_bar(picture, chance),
    "mirrored": lambda picture, *_: ImageOps.mirror(picture),
}
"""What authors do: a part shows another picture, an eighth is painted over, a bar is drawn."""
