"""Made micrographs: scenes of many modalities that no microscope has seen, drawn from a seed."""

import numpy as np
from PIL import Image

from scripts.demo_cells import actin, mitochondrial_network, nuclei, rods, yeast
from scripts.demo_optics import Plane, Size, clouds, filled, fire, merged, outline, scattered, shot, stroked
from scripts.demo_sections import organelles, tissue
from scripts.made_bodies import blur, rough

_CHANNELS = ((0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0), (0.2, 0.4, 1), (1, 1, 1), (1, 0.5, 0))


def scene(rng: np.random.Generator) -> list[Image.Image]:
    """Return one field of view: its channels and their merge, or one picture."""
    size = (int(rng.integers(110, 300)), int(rng.integers(110, 300)))
    if rng.random() < 0.5:
        return _fluorescence(rng, size)
    draw = (_phase, _rods, _yeast, _tissue, _sparse_tissue, _sections, _membranes, _particles, _organism, _relief)
    plane = draw[rng.integers(len(draw))](rng, size)
    return [_image(plane * rng.uniform(0.8, 1.1))]


def _image(plane: Plane) -> Image.Image:
    wide = np.repeat(plane[..., None], 3, -1) if plane.ndim == 2 else plane
    return Image.fromarray((np.clip(wide, 0, 1) * 255).astype(np.uint8))


def _fluorescence(rng: np.random.Generator, size: Size) -> list[Image.Image]:
    radius = rng.uniform(7, 40)
    count = int(np.clip(size[0] * size[1] / radius**2 * rng.uniform(0.02, 0.13), 1, 70))
    places = scattered(rng, size, count, radius * 2.1)
    makers = (
        lambda: nuclei(rng, size, places, radius),
        lambda: actin(rng, size, places, radius * 1.8),
        lambda: mitochondrial_network(rng, size, places[:8], radius),
        lambda: _puncta(rng, size),
        lambda: _branches(rng, size),
        lambda: _haze(rng, size),
        lambda: _rings(rng, size, places, radius),
    )
    count = int(rng.choice([1, 1, 2, 3]))
    chosen = [makers[n]() for n in rng.permutation(len(makers))[:count]]
    gain, photons = rng.uniform(0.5, 1.3), float(10 ** rng.uniform(1.2, 3.5))
    ground = rng.uniform(0, 0.12)
    planes = [shot(rng, np.clip(plane * gain + ground * rng.random(), 0, 1), photons) for plane in chosen]
    inks = [_CHANNELS[n] for n in rng.permutation(len(_CHANNELS))[:count]]
    if count == 1 and rng.random() < 0.2:
        return [Image.fromarray(fire(planes[0]))]
    is_grey = rng.random() < 0.5
    singles = [_image(p if is_grey else merged([(p, ink)])) for p, ink in zip(planes, inks, strict=True)]
    if count == 1:
        return [_image(1 - planes[0])] if is_grey and rng.random() < 0.1 else singles
    return [*singles, _image(merged(list(zip(planes, inks, strict=True))))]


def _puncta(rng: np.random.Generator, size: Size) -> Plane:
    plane = np.zeros((size[1], size[0]))
    for _ in range(int(10 ** rng.uniform(0.7, 2.8))):
        plane[rng.integers(size[1]), rng.integers(size[0])] = rng.uniform(2, 14)
    return blur(plane, rng.uniform(0.8, 2.4)) + 0.1 * clouds(rng, size, 60)


def _branches(rng: np.random.Generator, size: Size) -> Plane:
    lines = []
    for _ in range(int(rng.integers(3, 30))):
        at, turn = rng.uniform((0, 0), size), rng.uniform(0, 6.3)
        points = [tuple(at)]
        for _ in range(int(rng.integers(6, 40))):
            turn += rng.normal(0, 0.3)
            at = at + 6 * np.array([np.cos(turn), np.sin(turn)])
            points.append(tuple(at))
        lines.append((points, float(rng.uniform(0.3, 1)), float(rng.uniform(0.8, 4))))
    tubes = stroked(size, lines)
    return blur(tubes, 0.9) * 0.8 + 0.4 * blur(tubes, 8)


def _haze(rng: np.random.Generator, size: Size) -> Plane:
    shape = (
        outline(
            rng, (size[0] / 2, size[1] / 2), (size[0] * rng.uniform(0.2, 0.7), size[1] * rng.uniform(0.2, 0.6)), 0.1
        ),
        1.0,
    )
    return blur(filled(size, [shape]), 5) * (0.15 + rough(rng, size) ** 2)


def _rings(rng: np.random.Generator, size: Size, places: list[tuple[float, float]], radius: float) -> Plane:
    walls = []
    for at in places:
        wall = outline(rng, at, (radius * 1.3, radius * 1.1), 0.08)
        walls.append(([*wall, wall[0]], float(rng.uniform(0.4, 1)), float(rng.uniform(1, 3))))
    return blur(stroked(size, walls), 0.9) + 0.08 * clouds(rng, size, radius)


def _phase(rng: np.random.Generator, size: Size) -> Plane:
    cells = [
        (outline(rng, p, tuple(rng.uniform(6, 26, 2)), 0.2), rng.uniform(0.4, 1))
        for p in scattered(rng, size, int(rng.integers(2, 40)), 34)
    ]
    body = blur(filled(size, cells), 1.2)
    halo = np.clip(blur(body, 4) - body, 0, 1)
    ground = rng.uniform(0.4, 0.75) + 0.15 * (clouds(rng, size, 150) - 0.5)
    texture = body * (clouds(rng, size, 5) - 0.5) * rng.uniform(0.1, 0.5)
    return shot(rng, np.clip(ground - rng.uniform(0.1, 0.4) * body + rng.uniform(0.1, 0.9) * halo + texture, 0, 1), 800)


def _rods(rng: np.random.Generator, size: Size) -> Plane:
    return rods(rng, size, int(rng.integers(2, 20)))


def _yeast(rng: np.random.Generator, size: Size) -> Plane:
    return yeast(rng, size, int(rng.integers(1, 8)))


def _tissue(rng: np.random.Generator, size: Size) -> Plane:
    return tissue(rng, size, int(rng.integers(1, 5)), rng.uniform(18, 45))


def _sparse_tissue(rng: np.random.Generator, size: Size) -> Plane:
    """Return stained cells, brown or blue or violet, in tissue that ends within the field or in a smear."""
    stain, counter = rng.uniform((0.2, 0.1, 0.1), (0.6, 0.4, 0.6)), rng.uniform((0.75, 0.6, 0.65), (0.97, 0.95, 0.97))
    where = (
        np.ones((size[1], size[0])) if rng.random() < 0.5 else blur((clouds(rng, size, 150) > 0.45).astype(float), 1)
    )
    ground = rng.uniform(0.85, 0.98) * (1 - where[..., None]) + where[..., None] * counter * (
        0.75 + 0.25 * rough(rng, size)[..., None]
    )
    radius = rng.uniform(2, 11)
    spots = [
        (outline(rng, p, (radius, radius * rng.uniform(0.5, 1)), 0.12), rng.uniform(0.4, 1))
        for p in scattered(rng, size, int(rng.integers(20, 200)), radius * 2.2)
    ]
    cells = (blur(filled(size, spots), 0.8) * where * (0.6 + 0.4 * clouds(rng, size, 4)))[..., None]
    mixed = ground * (1 - cells) + stain * cells
    return np.stack([shot(rng, mixed[..., band], 2000) for band in range(3)], -1)


def _sections(rng: np.random.Generator, size: Size) -> Plane:
    return organelles(rng, (size[0] + 260, size[1] + 260), int(rng.integers(2, 7)))


def _membranes(rng: np.random.Generator, size: Size) -> Plane:
    """Return profiles as a transmission electron microscope shows them: dark membranes, grey cytoplasm, vesicles."""
    field = clouds(rng, size, rng.uniform(14, 60))
    walls = sum(np.exp(-(((field - level) / rng.uniform(0.01, 0.03)) ** 2)) for level in rng.uniform(0.2, 0.8, 3))
    plane = rng.uniform(0.55, 0.85) - 0.45 * np.clip(walls, 0, 1) + 0.12 * (rough(rng, size) - 0.5)
    spots = [
        (outline(rng, tuple(rng.uniform((0, 0), size)), tuple(rng.uniform(2, 12, 2)), 0.1), 1.0)
        for _ in range(int(rng.integers(0, 40)))
    ]
    plane -= rng.uniform(0, 0.4) * blur(filled(size, spots), 0.8) if spots else 0
    soft = blur(plane, rng.uniform(0.3, 1))
    return np.asarray(np.clip(soft + rng.normal(0, rng.uniform(0.02, 0.13), plane.shape), 0, 1))


def _particles(rng: np.random.Generator, size: Size) -> Plane:
    """Return particles on a noisy film: negative stain, cryo-EM or nanoparticles."""
    dots = [
        (outline(rng, p, tuple(rng.uniform(2, 14, 2)), 0.03), rng.uniform(0.5, 1))
        for p in scattered(rng, size, int(rng.integers(5, 80)), 16)
    ]
    body = blur(filled(size, dots), rng.uniform(0.6, 1.4))
    plane = rng.uniform(0.35, 0.8) + rng.choice([-1, 1]) * rng.uniform(0.15, 0.5) * body + 0.06 * clouds(rng, size, 90)
    return np.asarray(np.clip(plane + rng.normal(0, rng.uniform(0.01, 0.15), plane.shape), 0, 1))


def _relief(rng: np.random.Generator, size: Size) -> Plane:
    """Return a surface as a scanning electron microscope shows it: bright edges, deep shadows."""
    height = clouds(rng, size, rng.uniform(10, 60)) + 0.25 * rough(rng, size)
    bumps = [
        (outline(rng, p, tuple(rng.uniform(6, 30, 2)), 0.1), rng.uniform(0.3, 1))
        for p in scattered(rng, size, int(rng.integers(1, 25)), 30)
    ]
    height = height + blur(filled(size, bumps), 3) * rng.uniform(0, 1)
    slope = np.gradient(height, axis=1) + np.gradient(height, axis=0)
    lit = 0.4 + slope * rng.uniform(3, 9) + 0.5 * np.abs(slope) * 6
    return np.clip(blur(lit, 0.6) + rng.normal(0, rng.uniform(0.02, 0.08), lit.shape), 0, 1)


def _organism(rng: np.random.Generator, size: Size) -> Plane:
    """Return a whole embryo, larva or worm, in transmitted light or glowing on black."""
    centre, half = (size[0] / 2, size[1] / 2), rng.uniform(0.15, 0.42, 2) * size
    body = blur(filled(size, [(outline(rng, centre, tuple(half), 0.14), 1.0)]), 1.6)
    inner = 0.4 * rough(rng, size) + 0.6 * clouds(rng, size, min(size) / 6)
    if rng.random() < 0.4:
        glow = shot(rng, np.clip(body * inner**1.5 + 0.25 * body * blur(inner, 6), 0, 1), 300)
        return np.asarray(glow[..., None] * rng.choice(np.array(_CHANNELS)))
    light, flesh = rng.uniform(0.6, 0.95), rng.uniform((0.3, 0.25, 0.2), (0.7, 0.65, 0.6))
    rim = np.clip(blur(body, 1.5) * (1 - blur(body, 1.5)) * 4, 0, 1)
    tone = np.array([1.0, 1.0, 1.0]) * light if rng.random() < 0.5 else light * rng.uniform(0.9, 1.0, 3)
    field = tone * (1 - body[..., None]) + body[..., None] * flesh * (0.5 + inner[..., None])
    return np.asarray(np.clip(field - 0.35 * rim[..., None] + rng.normal(0, 0.01, field.shape), 0, 1))
