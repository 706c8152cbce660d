"""Pictures as reviewers see them: in their own depth, by channels, in tiles that fit together, in bounded memory."""

import io

import numpy as np
import pytest
from PIL import Image
from tifffile import imwrite

from curation import review_decoded
from curation.review_decoded import decoded_of
from curation.review_pictures import Look, picture, sight_of, tile
from pipeline.bar_drawing import bars_that_fit
from pipeline.workspace import existing
from schemas.review import PicturePlace


def seen(blob):
    return np.asarray(Image.open(io.BytesIO(blob)).convert("RGB")).astype(int)


@pytest.fixture
def plates(bench):
    """Return a function that runs on pictures, and returns the workspace and a place for each by its name."""

    def made(**files):
        (bench.root / "plates").mkdir()
        for name, (array, options) in files.items():
            imwrite(bench.root / "plates" / f"{name}.tif", array, **options)
        bench.manifest(sources=[{"type": "images", "path": "plates", "license": "CC0-1.0"}])
        bench.made()
        rows = {row["source_id"].partition(".")[0]: at for at, row in enumerate(bench.rows("1-figures"))}
        return existing(bench.place), {name: PicturePlace(part=0, figure_row=at) for name, at in rows.items()}

    return made


def ramp(top, dtype=np.uint16, size=(300, 400)):
    return np.linspace(0, top, size[0] * size[1]).reshape(size).astype(dtype)


def test_twelve_bits_of_sixteen_are_seen_and_the_sliders_narrow_them(plates):
    workspace, places = plates(deep=(ramp(4095), {}))
    whole = seen(picture(workspace, places["deep"], Look()))[..., 0]
    assert (whole.min(), whole.max()) <= (3, 252)
    assert whole.max() >= 250
    narrow = seen(picture(workspace, places["deep"], Look(low=0.5, high=0.75)))[..., 0]
    assert narrow[: 300 // 2 - 5].max() <= 4
    assert narrow[300 * 3 // 4 + 5 :].min() >= 251
    bright = seen(picture(workspace, places["deep"], Look(gamma=2.0)))[..., 0]
    assert bright[150].mean() > whole[150].mean() + 30
    assert sight_of(workspace, places["deep"]).bit_depth == 16


def test_a_channel_keeps_its_colour_when_others_are_left_out(plates):
    planes = np.stack([ramp(3000), ramp(2000)[::-1], ramp(1000)])
    workspace, places = plates(three=(planes, {"photometric": "minisblack", "planarconfig": "separate"}))
    together = seen(picture(workspace, places["three"], Look()))
    for at in range(3):
        alone = seen(picture(workspace, places["three"], Look(channels=(at,))))
        others = [layer for layer in range(3) if layer != at]
        assert alone[..., others].max() <= 40  # JPEG keeps colour coarsely
        assert np.abs(alone[..., at] - together[..., at]).mean() < 12
    assert seen(picture(workspace, places["three"], Look(channels=(99,)))).max() <= 3


BLUE, GREEN, MAGENTA, CLEAR_RED = 0x0000FFFF, 0x00FF00FF, 0xFF00FFFF - (1 << 32), 0xFF000000 - (1 << 32)


def stained(*colours):
    """Return three bands, a channel each, with these colours of OME."""
    planes = np.zeros((3, 90, 120), np.uint16)
    for at in range(3):
        planes[at, 30 * at : 30 * at + 30] = 3000
    channels = {"Name": ["DAPI", "actin", "MitoTracker"], **({"Color": list(colours)} if colours else {})}
    return planes, {"ome": True, "photometric": "minisblack", "metadata": {"axes": "CYX", "Channel": channels}}


@pytest.mark.parametrize(
    ("colours", "hues"),
    [
        ((BLUE, GREEN, MAGENTA), ("#0000ff", "#00ff00", "#ff00ff")),
        ((CLEAR_RED, GREEN, 0x8000FFFF - (1 << 32)), ("#ff0000", "#00ff00", "#8000ff")),
        ((-1, -1, -1), ("#ff0000", "#00ff00", "#0000ff")),
        ((BLUE, BLUE, BLUE), ("#ff0000", "#00ff00", "#0000ff")),
        ((BLUE, GREEN, 255), ("#ff0000", "#00ff00", "#0000ff")),
        ((), ("#ff0000", "#00ff00", "#0000ff")),
    ],
)
def test_channels_are_drawn_in_the_colours_that_ome_gives_them_and_in_ours_where_nobody_chose(plates, colours, hues):
    workspace, places = plates(stained=stained(*colours))
    place = places["stained"]
    sight = sight_of(workspace, place)
    assert (sight.channels, sight.colours) == (("DAPI", "actin", "MitoTracker"), hues)
    shown = seen(picture(workspace, place, Look()))
    for at, hue in enumerate(hues):
        alone = seen(picture(workspace, place, Look(channels=(at,))))
        for each in (shown, alone):
            assert np.abs(each[30 * at + 15, 60] - list(bytes.fromhex(hue[1:]))).max() <= 6


def test_tiles_fit_together_and_are_the_picture(plates):
    workspace, places = plates(deep=(ramp(4095, size=(700, 600)), {}))
    rows = [
        np.concatenate([seen(tile(workspace, places["deep"], Look(), (0, x, y))) for x in range(3)], 1)
        for y in range(3)
    ]
    whole = seen(picture(workspace, places["deep"], Look()))
    tiled = np.concatenate(rows)
    assert tiled.shape == whole.shape
    assert np.abs(tiled - whole).max() <= 8
    assert seen(tile(workspace, places["deep"], Look(), (1, 0, 0))).shape[:2] == (256, 256)
    assert seen(tile(workspace, places["deep"], Look(), (2, 0, 0))).shape[:2] == (175, 150)
    assert tile(workspace, places["deep"], Look(), (0, 3, 0)) is None


def test_decoded_pictures_are_kept_within_a_bound(plates, monkeypatch):
    files = {f"p{at}": (ramp(4000 + at, size=(500, 500)), {}) for at in range(4)}
    workspace, places = plates(**files)
    monkeypatch.setattr(review_decoded, "MOST_BYTES", 2 * 500 * 500 * 2)
    review_decoded._kept.clear()
    first = decoded_of(workspace, places["p0"])
    assert decoded_of(workspace, places["p0"]) is first
    for name in ("p1", "p2", "p3"):
        decoded_of(workspace, places[name])
        assert sum(each.array.nbytes for each in review_decoded._kept.values()) <= review_decoded.MOST_BYTES
    assert decoded_of(workspace, places["p0"]) is not first


def test_a_small_picture_is_asked_for_small(plates):
    workspace, places = plates(deep=(ramp(4095, size=(1200, 1600)), {}))
    assert seen(picture(workspace, places["deep"], Look(), 400)).shape[:2] == (300, 400)
    assert seen(picture(workspace, places["deep"], Look(), 10**6)).shape[:2] == (1200, 1600)
    assert seen(picture(workspace, places["deep"], Look(), 0)).shape[:2] == (48, 64)


def test_a_bar_that_a_question_asks_about_is_drawn_as_it_is_published(plates):
    workspace, places = plates(deep=(ramp(4095, size=(400, 500)), {}))
    bar = next(bars_that_fit((500, 400), 120, 20.0))
    place = places["deep"].model_copy(update={"bar": bar})
    left, top, right, bottom = (int(side) for side in bar.box)
    shown, plain = (seen(picture(workspace, each, Look())) for each in (place, places["deep"]))
    assert shown[(top + bottom) // 2, left + 4 : right - 4].min() > 230
    assert shown[top - 3, left:right].max() < 60
    assert np.abs(shown[:100] - plain[:100]).max() <= 4
    assert np.abs(seen(tile(workspace, place, Look(), (0, 0, 1))) - shown[256:, :256]).max() <= 60
