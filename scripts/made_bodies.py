"""Made bodies: photographs and medical pictures in outline, drawn from a seed; no camera has seen them."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from scripts.demo_optics import Plane, Size, clouds, filled, outline, scattered, stroked


def blur(plane: Plane, sigma_px: float) -> Plane:
    """Return what `demo_optics.blur` does, by scipy and so ten times as fast, but not to the last bit everywhere."""
    return np.asarray(ndimage.gaussian_filter(plane, sigma_px, mode="mirror", truncate=3))


def _size(rng: np.random.Generator) -> Size:
    width, height = (int(n) for n in rng.integers(160, 420, 2))
    return width, height


def _image(plane: Plane) -> Image.Image:
    wide = np.repeat(plane[..., None], 3, -1) if plane.ndim == 2 else plane
    return Image.fromarray((np.clip(wide, 0, 1) * 255).astype(np.uint8))


def rough(rng: np.random.Generator, size: Size) -> Plane:
    """Return noise with as much at every scale as natural scenes have, from 0 to 1."""
    layers = [(scale, clouds(rng, size, scale)) for scale in (3, 7, 16, 40, 110)]
    total: Plane = np.asarray(
        sum(plane * scale**0.5 for scale, plane in layers) / sum(scale**0.5 for scale, _ in layers)
    )
    return np.asarray((total - total.min()) / np.ptp(total))


def photo(rng: np.random.Generator) -> Image.Image:
    """Return a landscape, plants, a dish, an animal on a bench, an endoscope's view or a clutter of things."""
    scene = (_landscape, _plants, _dish, _animal, _scope, _clutter, _clutter, _clutter)[rng.integers(8)]
    size = _size(rng)
    plane = scene(rng, size) * rng.uniform(0.75, 1.1)
    plane += rng.normal(0, rng.uniform(0, 0.02), plane.shape)
    return _image(plane)


def _painted(field: Plane, dark: object, light: object) -> Plane:
    a, b = np.asarray(dark, float), np.asarray(light, float)
    return np.asarray(a + field[..., None] * (b - a))


def _laid(below: Plane, above: Plane, where: Plane) -> Plane:
    return below * (1 - where[..., None]) + above * where[..., None]


def _landscape(rng: np.random.Generator, size: Size) -> Plane:
    rows = np.linspace(0, 1, size[1])[:, None]
    sky = _painted(
        np.clip(0.4 * rough(rng, size) + rows * 0.6, 0, 1),
        rng.uniform((0.1, 0.2, 0.4), (0.4, 0.6, 0.9)),
        (0.9, 0.93, 0.97),
    )
    brown = rng.uniform((0.1, 0.1, 0.05), (0.3, 0.3, 0.2))
    ground = _painted(rough(rng, size), brown, brown + rng.uniform(0.2, 0.5, 3))
    edge = rng.uniform(0.2, 0.8) + 0.15 * (clouds(rng, size, size[0] / 3) - 0.5)
    return _laid(sky, ground, blur((rows > edge).astype(float), 1))


def _plants(rng: np.random.Generator, size: Size) -> Plane:
    soil = rng.uniform((0.05, 0.04, 0.02), (0.9, 0.9, 0.9)) * rng.choice([0.4, 1])
    plane = _painted(rough(rng, size), soil * 0.5, soil)
    grain = rough(rng, size)
    for _ in range(int(rng.integers(4, 30))):
        centre, radii = rng.uniform((0, 0), size), rng.uniform(0.03, 0.16, 2) * min(size)
        leaf = blur(filled(size, [(outline(rng, tuple(centre), tuple(radii), 0.12), 1.0)]), 0.8)
        green = rng.uniform((0.1, 0.3, 0.05), (0.5, 0.7, 0.25))
        shade = np.clip(0.5 * _rolled(rng, grain) + 0.5 * clouds(rng, size, min(size) / 3), 0, 1)
        plane = _laid(plane * (1 - 0.4 * blur(leaf, 5)[..., None]), _painted(shade, green * 0.5, green * 1.15), leaf)
    return plane


def _rolled(rng: np.random.Generator, plane: Plane) -> Plane:
    rolled: Plane = np.roll(plane, rng.integers(0, plane.shape), (0, 1))
    return rolled


def _clutter(rng: np.random.Generator, size: Size) -> Plane:
    """Return things that cover each other, of all sizes as in natural scenes, each with its own colour and light."""
    plane = _painted(rough(rng, size), rng.uniform(0, 0.5, 3), rng.uniform(0.3, 1, 3))
    grain, mood = rough(rng, size), rng.uniform((0.25, 0.2, 0.1), (0.9, 0.8, 0.8))
    slope = np.add.outer(np.linspace(-1, 1, size[1]), np.linspace(-1, 1, size[0]) * rng.uniform(-1, 1))
    for share in np.sort(1 / rng.uniform(1.5, 16, int(rng.integers(15, 45))))[::-1]:
        centre, radii = rng.uniform((0, 0), size), share * min(size) * rng.uniform(0.4, 1.6, 2)
        turns = np.sort(rng.uniform(0, 2 * np.pi, 5))
        corners = [tuple(centre + radii * (np.cos(t), np.sin(t))) for t in turns]
        shape = corners if rng.random() < 0.4 else outline(rng, tuple(centre), tuple(radii), 0.1)
        ink = np.clip(mood + rng.normal(0, 0.22, 3), 0.03, 1)
        light = 0.55 + rng.uniform(-0.35, 0.35) * slope + rng.uniform(0, 0.6) * (_rolled(rng, grain) - 0.5)
        plane = _laid(plane, np.clip(light, 0, 1)[..., None] * ink, filled(size, [(shape, 1.0)]))
    return plane * (0.7 + 0.5 * clouds(rng, size, max(size) / 2))[..., None]


def _disc(size: Size, centre: np.ndarray, radius: float) -> Plane:
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(float)
    return np.asarray(1 / (1 + np.exp(np.hypot(columns - centre[0], rows - centre[1]) - radius)))


def _dish(rng: np.random.Generator, size: Size) -> Plane:
    bench = rng.uniform(0.02, 0.35) if rng.random() < 0.6 else rng.uniform(0.7, 0.95)
    centre, radius = np.array(size) / 2 + rng.normal(0, 5, 2), min(size) * rng.uniform(0.36, 0.52)
    agar = rng.uniform((0.4, 0.3, 0.15), (0.9, 0.85, 0.7))
    plane = np.full((size[1], size[0], 3), bench) + 0.05 * rough(rng, size)[..., None]
    plane = _laid(plane, _painted(clouds(rng, size, min(size)), agar * 0.85, agar), _disc(size, centre, radius))
    rim = _disc(size, centre, radius) - _disc(size, centre, radius * 0.95)
    plane = plane + 0.3 * rim[..., None] * clouds(rng, size, 60)[..., None]
    ink = rng.uniform(0.1, 1, 3)
    for _ in range(int(rng.integers(5, 90))):
        at = centre + rng.normal(0, 0.35, 2).clip(-0.6, 0.6) * radius
        plane = _laid(plane, np.broadcast_to(ink, plane.shape), _disc(size, at, rng.uniform(1.5, radius / 12)))
    return plane


def _animal(rng: np.random.Generator, size: Size) -> Plane:
    bench, fur = rng.uniform(0.1, 0.95, 3), rng.uniform((0.05, 0.05, 0.05), (0.95, 0.85, 0.75))
    plane = _painted(np.clip(0.25 * rough(rng, size) + 0.75 * clouds(rng, size, max(size)), 0, 1), bench * 0.7, bench)
    centre, radius = np.array(size) * rng.uniform(0.35, 0.65, 2), min(size) * rng.uniform(0.2, 0.34)
    body = filled(size, [(outline(rng, tuple(centre), (radius * 1.5, radius * 0.8), 0.08), 1.0)])
    tail = [tuple(centre + radius * np.array([1.3 + t * 1.4, np.sin(t * 3) * 0.5])) for t in np.linspace(0, 1, 12)]
    body = blur(np.maximum(body, stroked(size, [(tail, 1.0, radius * 0.16)])), 1)
    light = np.clip(blur(body, radius * 0.35) * 0.75 + 0.35 * rough(rng, size), 0, 1)
    return _laid(plane * (1 - 0.5 * blur(body, 8)[..., None]), _painted(light, fur * 0.3, fur), body)


def _scope(rng: np.random.Generator, size: Size) -> Plane:
    wall = rng.uniform((0.65, 0.25, 0.15), (0.95, 0.5, 0.4))
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]] / np.array([size[1], size[0]])[:, None, None]
    centre = rng.uniform(0.3, 0.7, 2)
    far = np.hypot(rows - centre[0], columns - centre[1])
    folds = 0.5 + 0.5 * np.sin(far * rng.uniform(15, 35) + 4 * clouds(rng, size, 80))
    light = np.clip(0.25 + far * 1.3 + 0.25 * folds + 0.2 * (rough(rng, size) - 0.5), 0, 1)
    plane = _painted(light, wall * 0.15, wall)
    shine = blur((clouds(rng, size, 9) > 0.93).astype(float), 1)
    return (plane + 0.7 * shine[..., None]) * _disc(size, np.array(size) / 2, min(size) * rng.uniform(0.46, 0.7))[
        ..., None
    ]


def medical(rng: np.random.Generator) -> Image.Image:
    """Return a slice through a head or a trunk, a radiograph or an ultrasound sector, or two to six of one."""
    scene, count = (_head, _trunk, _radiograph, _sector)[rng.integers(4)], int(rng.choice([1, 1, 1, 2, 4, 6]))
    width = _size(rng)[0]
    size = (width, int(width * rng.uniform(0.8, 1.2)))
    tiles = [
        _image(scene(rng, size) + rng.normal(0, rng.uniform(0.005, 0.03), (size[1], size[0]))) for _ in range(count)
    ]
    for tile in tiles:
        if rng.random() < 0.3:
            ImageDraw.Draw(tile).text((5, 5), str(rng.choice(["R", "L", "T1", "CT 120 kV"])), fill="white")
    across = 1 if count == 1 else 2 + (count == 6)
    sheet = Image.new(
        "RGB",
        (size[0] * across + 3 * (across - 1), (size[1] + 3) * (count // across) - 3),
        "white" if rng.random() < 0.5 else "black",
    )
    for n, tile in enumerate(tiles):
        sheet.paste(tile, (n % across * (size[0] + 3), n // across * (size[1] + 3)))
    return sheet


def _egg(rng: np.random.Generator, size: Size, share: float, value: float = 1.0) -> Plane:
    centre = (size[0] / 2, size[1] / 2)
    return filled(
        size,
        [
            (
                outline(
                    np.random.default_rng(5), centre, (size[0] * share, size[1] * share), 0.02 + rng.uniform(0, 0.01)
                ),
                value,
            )
        ],
    )


def _head(rng: np.random.Generator, size: Size) -> Plane:
    skull, inner, is_ct = _egg(rng, size, 0.44), _egg(rng, size, 0.40), rng.random() < 0.5
    folds = clouds(rng, size, min(size) / 12)
    brain = (
        0.45 + 0.12 * clouds(rng, size, 40) if is_ct else 0.3 + 0.5 * (np.abs(folds - 0.5) < rng.uniform(0.12, 0.25))
    )
    half = np.abs(np.linspace(-1, 1, size[0]))[None, :]
    brain = brain * (1 - 0.7 * np.exp(-((half / 0.02) ** 2)))
    gap = min(size) * 0.13
    horns = [
        (outline(rng, (size[0] / 2 + side * gap * 0.5, size[1] / 2), (gap * 0.35, gap), 0.1), 1.0) for side in (-1, 1)
    ]
    brain = brain - 0.3 * filled(size, horns)
    plane: Plane = blur(np.clip(inner * brain + (skull - inner).clip(0) * (1.0 if is_ct else 0.55), 0, 1), 1.2)
    return plane


def _trunk(rng: np.random.Generator, size: Size) -> Plane:
    body = _egg(rng, size, 0.45, 0.35)
    organs = [
        (outline(rng, (x, y), tuple(rng.uniform(0.05, 0.17, 2) * min(size)), 0.1), rng.uniform(0.05, 0.6))
        for x, y in scattered(rng, size, 9, min(size) * 0.2)
    ]
    spine = [(outline(rng, (size[0] / 2, size[1] * 0.7), (size[0] * 0.06, size[1] * 0.06), 0.1), 1.0)]
    inside, shapes = _egg(rng, size, 0.41), filled(size, organs + spine)
    return blur(np.where((inside > 0) & (shapes > 0), shapes, body), 1.3) + 0.04 * clouds(rng, size, 6) * (body > 0)


def _radiograph(rng: np.random.Generator, size: Size) -> Plane:
    plane = 0.35 + 0.45 * blur(clouds(rng, size, min(size) / 2), 8)
    bones = []
    for _ in range(int(rng.integers(3, 13))):
        start, end = rng.uniform((0, 0), size), rng.uniform((0, 0), size)
        bend = (start + end) / 2 + rng.normal(0, min(size) * 0.15, 2)
        curve = [tuple((1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t * t * end) for t in np.linspace(0, 1, 16)]
        bones.append((curve, rng.uniform(0.4, 1), min(size) * rng.uniform(0.03, 0.09)))
    return np.clip(plane + 0.3 * blur(stroked(size, bones), 2.5), 0, 1) * blur(
        _egg(rng, size, rng.uniform(0.4, 0.7)), 8
    )


def _sector(rng: np.random.Generator, size: Size) -> Plane:
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(float)
    x, y = columns - size[0] / 2, rows + size[1] * 0.15
    is_seen = (
        (np.abs(np.arctan2(x, y)) < rng.uniform(0.5, 0.9))
        & (np.hypot(x, y) < size[1] * 1.1)
        & (np.hypot(x, y) > size[1] * 0.22)
    )
    speckle = blur(rng.exponential(0.4, (size[1], size[0])), 1.1)
    lit = np.clip(speckle * (0.2 + 1.1 * clouds(rng, size, min(size) / 3) ** 2), 0, 1)
    return np.asarray(is_seen * lit)
