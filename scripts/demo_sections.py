"""Demo sections: glands, organelles and vessels that no microscope has seen, drawn from a seed."""

from itertools import pairwise

import numpy as np

from scripts.demo_optics import (
    Plane,
    Point,
    Size,
    blur,
    clouds,
    disc,
    filled,
    merged,
    outline,
    scattered,
    shot,
    stroked,
)

_HEMATOXYLIN = np.array([0.65, 0.70, 0.29])
_EOSIN = np.array([0.12, 0.88, 0.42])
"""Relative optical densities of the two stains in red, green and blue."""


def tissue(rng: np.random.Generator, size: Size, glands: int, gland_px: float) -> Plane:
    """Return a section in the colours of haematoxylin and eosin: glands with a lumen, nuclei at their base, stroma."""
    width, height = size
    places = scattered(rng, size, glands, gland_px * 2.35)
    stroma = 0.22 + 0.30 * clouds(rng, size, 26) + 0.22 * _wavy(rng, size)
    tufts, lumens, cells = [], [], []
    for centre in places:
        wall = outline(rng, centre, (gland_px * rng.uniform(0.95, 1.15), gland_px * rng.uniform(0.8, 1.0)), 0.07)
        tufts.append((wall, 1.0))
        lumens.append((_shrunk(wall, centre, rng.uniform(0.34, 0.46)), 1.0))
        cells += _palisade(rng, wall, centre)
    for point in scattered(rng, size, width * height // 2300, 15):
        cells.append((outline(rng, point, (8.5, 2.9), 0.08), rng.uniform(0.45, 0.85)))
    epithelium, lumen = blur(filled(size, tufts), 1.5), blur(filled(size, lumens), 1.5)
    chromatin = blur(filled(size, cells), 0.8) * (0.65 + 0.5 * clouds(rng, size, 5))
    eosin = (stroma * (1 - epithelium) + epithelium * (0.34 + 0.18 * clouds(rng, size, 9))) * (1 - lumen)
    haematoxylin = (0.95 * chromatin + 0.13 * epithelium) * (1 - lumen)
    density = haematoxylin[..., None] * _HEMATOXYLIN * 1.35 + eosin[..., None] * _EOSIN * 0.85
    lit = 0.965 * np.exp(-density)
    return np.stack([shot(rng, lit[..., band], 2500) for band in range(3)], -1)


def _palisade(rng: np.random.Generator, wall: list[Point], centre: Point) -> list[tuple[list[Point], float]]:
    ring = []
    for x, y in [*wall[::2], *wall[1::2]]:
        depth = rng.uniform(0.76, 0.92)
        at = (centre[0] + (x - centre[0]) * depth, centre[1] + (y - centre[1]) * depth)
        ring.append((outline(rng, at, (rng.uniform(5.2, 6.8), rng.uniform(3.8, 5.0)), 0.06), rng.uniform(0.6, 0.95)))
    return ring


def _shrunk(points: list[Point], centre: Point, share: float) -> list[Point]:
    return [(centre[0] + (x - centre[0]) * share, centre[1] + (y - centre[1]) * share) for x, y in points]


def _wavy(rng: np.random.Generator, size: Size) -> Plane:
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    bend = 60 * clouds(rng, size, 150) + 22 * clouds(rng, size, 50)
    waves: Plane = 0.5 + 0.5 * np.sin((rows * 0.8 + columns * 0.35 + bend) / 4.6)
    return waves


def organelles(rng: np.random.Generator, size: Size, count: int) -> Plane:
    """Return mitochondria with cristae among ribosomes and vesicles, as in a thin section under electrons."""
    matrix, membranes, cristae = [], [], []
    places = scattered(rng, size, count, 190)
    for centre in places:
        radii = (rng.uniform(78, 112), rng.uniform(44, 58))
        state = rng.bit_generator.state
        wall = outline(rng, centre, radii, 0.05)
        rng.bit_generator.state = state
        turn = rng.random() * np.pi
        matrix.append((wall, 1.0))
        membranes += [([*wall, wall[0]], 1.0, 2.6), (_closed(_shrunk(wall, centre, 0.90)), 0.85, 2.2)]
        cristae += _cristae(rng, centre, radii, turn)
    inside = filled(size, matrix)
    vesicles = [
        (_closed(outline(rng, at, (rng.uniform(9, 17),) * 2, 0.04)), 0.8, 2.0) for at in scattered(rng, size, 24, 70)
    ]
    ribosomes = [(disc(at, 1.7), float(rng.uniform(0.4, 1))) for at in scattered(rng, size, 900, 9)]
    outside = 1 - blur(inside, 2)
    dark = blur(stroked(size, membranes), 0.9) * 0.50 + inside * 0.13
    dark += blur(stroked(size, cristae), 0.9) * inside * 0.40
    dark += (blur(stroked(size, vesicles), 0.9) * 0.42 + blur(filled(size, ribosomes), 0.7) * 0.42) * outside
    grain = 0.13 * clouds(rng, size, 4) + 0.10 * clouds(rng, size, 9) + 0.10 * clouds(rng, size, 60)
    return shot(rng, np.clip(0.60 + grain - dark, 0.02, 1), 320)


def _closed(points: list[Point]) -> list[Point]:
    return [*points, points[0]]


def _cristae(
    rng: np.random.Generator, centre: Point, radii: Point, turn: float
) -> list[tuple[list[Point], float, float]]:
    folds = []
    for place in np.arange(-0.78, 0.8, 0.135):
        u, reach = place * radii[0], radii[1] * np.sqrt(1 - place**2) * 0.86
        start, end = (-1, rng.uniform(0.1, 0.85)) if rng.random() < 0.5 else (rng.uniform(-0.85, -0.1), 1)
        wave = rng.normal(0, 2.4)
        for gap in (-2.1, 2.1):
            points = []
            for t in np.linspace(start, end, 9):
                x, y = u + gap + wave * np.sin(4 * t), t * reach
                points.append(
                    (centre[0] + x * np.cos(turn) - y * np.sin(turn), centre[1] + x * np.sin(turn) + y * np.cos(turn))
                )
            folds.append((points, 0.9, 1.7))
    return folds


def vessels(rng: np.random.Generator, size: Size) -> Plane:
    """Return a branching tree of vessels, coloured by depth from blue (near) over yellow to red (far)."""
    tips = [(np.array([-8.0, size[1] * y]), rng.normal(0, 0.2), 11.0, rng.random()) for y in (0.3, 0.7)]
    layers: list[tuple[list[Point], float, float]] = []
    while tips:
        at, heading, wide, depth = tips.pop()
        points = [at]
        for _ in range(int(rng.integers(9, 18))):
            heading += rng.normal(0, 0.16)
            points.append(points[-1] + 7 * np.array([np.cos(heading), np.sin(heading)]))
        for first, second in pairwise(points):
            depth = float(np.clip(depth + rng.normal(0, 0.025), 0, 1))
            layers.append(([tuple(first), tuple(second)], depth, wide))
        if wide > 1.9 and 0 < points[-1][0] < size[0] and 0 < points[-1][1] < size[1]:
            fork = rng.uniform(0.35, 0.75)
            tips += [(points[-1], heading + side * fork, wide * rng.uniform(0.68, 0.86), depth) for side in (-1, 1)]
    return _coloured_by_depth(rng, size, layers)


def _coloured_by_depth(rng: np.random.Generator, size: Size, layers: list[tuple[list[Point], float, float]]) -> Plane:
    bins, stops = 9, np.array([(0.15, 0.45, 1), (0.1, 0.9, 0.85), (1, 0.9, 0.25), (1, 0.25, 0.12)])
    channels = []
    for index in range(bins):
        chosen = [(points, 0.9, wide) for points, depth, wide in layers if int(depth * (bins - 1e-9)) == index]
        tube = blur(stroked(size, chosen), 1.1) if chosen else np.zeros((size[1], size[0]))
        where = index / (bins - 1) * (len(stops) - 1)
        colour = [float(np.interp(where, range(len(stops)), stops[:, band])) for band in range(3)]
        channels.append((0.85 * tube + 0.18 * blur(tube, 7), (colour[0], colour[1], colour[2])))
    lit = merged(channels) + 0.012
    return np.stack([shot(rng, lit[..., band], 900) for band in range(3)], -1)
