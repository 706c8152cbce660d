"""Demo cells: nuclei, fibres, bacteria and yeast that no microscope has seen, drawn from a seed."""

import numpy as np

from scripts.demo_optics import Plane, Point, Size, blur, clouds, disc, filled, outline, scattered, shot, stroked


def nuclei(rng: np.random.Generator, size: Size, places: list[Point], radius_px: float) -> Plane:
    """Return nuclei with mottled chromatin and dark nucleoli at `places`, out-of-focus haze below them."""
    shapes, nucleoli = [], []
    for x, y in places:
        wide, tall = radius_px * rng.uniform(0.95, 1.25), radius_px * rng.uniform(0.7, 0.92)
        shapes.append((outline(rng, (x, y), (wide, tall), 0.05), rng.uniform(0.5, 0.95)))
        for _ in range(int(rng.integers(1, 4))):
            spot = (x + rng.normal(0, radius_px / 3), y + rng.normal(0, radius_px / 3.6))
            nucleoli.append((outline(rng, spot, (radius_px / 7, radius_px / 8), 0.1), 0.55))
    body = blur(filled(size, shapes), 1.4)
    mottle = 0.55 + 0.55 * clouds(rng, size, radius_px / 3.2) + 0.25 * clouds(rng, size, radius_px / 8)
    inside = body * mottle * (1 - blur(filled(size, nucleoli), 1.5))
    return np.clip(inside * 0.92 + 0.10 * blur(body, radius_px * 0.8) + 0.015, 0, 1)


def anaphase(rng: np.random.Generator, size: Size, centre: Point, radius_px: float) -> Plane:
    """Return two bright parallel plates of parting chromosomes around `centre`."""
    turn = rng.uniform(0, np.pi)
    across = (np.cos(turn), np.sin(turn))
    plates = []
    for side in (-1, 1):
        points = []
        for t in np.linspace(-1, 1, 14):
            bend = side * (0.55 - 0.22 * t * t) * radius_px
            along = t * radius_px * 0.85
            points.append(
                (centre[0] + bend * across[0] - along * across[1], centre[1] + bend * across[1] + along * across[0])
            )
        plates.append((points, 1.0, radius_px * 0.34))
    return blur(stroked(size, plates), 1.8)


def actin(rng: np.random.Generator, size: Size, places: list[Point], radius_px: float) -> Plane:
    """Return spread cells with parallel stress fibres and bright cortices around `places`."""
    total = np.zeros((size[1], size[0]))
    for x, y in places:
        cell = outline(rng, (x, y), (radius_px * rng.uniform(1.0, 1.3), radius_px * rng.uniform(0.75, 1.0)), 0.13)
        area = filled(size, [(cell, 1.0)])
        cortex = stroked(size, [([*cell, cell[0]], 0.9, 2.4)])
        total = np.maximum(total, area * (0.10 + _fibres(rng, size, (x, y), radius_px)) + 0.55 * cortex)
    return np.clip(blur(total, 1.0) * 0.85 + 0.12 * blur(total, 9) + 0.01, 0, 1)


def _fibres(rng: np.random.Generator, size: Size, centre: Point, radius_px: float) -> Plane:
    turn = rng.uniform(0, np.pi)
    lines = []
    for offset in np.arange(-1.3, 1.3, 0.085):
        jitter, curve = rng.normal(0, 0.03), rng.normal(0, 0.10)
        points = []
        for t in np.linspace(-1.4, 1.4, 16):
            u, v = t * radius_px, (offset + jitter + curve * (t * t - 0.6)) * radius_px
            points.append(
                (centre[0] + u * np.cos(turn) - v * np.sin(turn), centre[1] + u * np.sin(turn) + v * np.cos(turn))
            )
        lines.append((points, float(rng.uniform(0.25, 0.95)), float(rng.uniform(0.9, 2.0))))
    return stroked(size, lines)


def mitochondrial_network(rng: np.random.Generator, size: Size, places: list[Point], radius_px: float) -> Plane:
    """Return short winding tubes around each of `places`, none inside a nucleus."""
    lines = []
    for x, y in places:
        for _ in range(74):
            turn, far = rng.uniform(0, 2 * np.pi), radius_px * rng.uniform(1.15, 2.3)
            at, heading = np.array([x + far * np.cos(turn), y + far * np.sin(turn)]), turn + rng.normal(0, 0.7)
            points = [tuple(at)]
            for _ in range(int(rng.integers(5, 15))):
                heading += rng.normal(0, 0.45)
                at = at + 3.2 * np.array([np.cos(heading), np.sin(heading)])
                points.append(tuple(at))
            lines.append((points, float(rng.uniform(0.45, 1.0)), 1.9))
    tubes = stroked(size, lines)
    return np.clip(0.9 * blur(tubes, 0.9) + 0.25 * blur(tubes, 6) + 0.01, 0, 1)


def rods(rng: np.random.Generator, size: Size, count: int) -> Plane:
    """Return rod-shaped bacteria as phase contrast shows them: dark, with a bright halo, some about to divide."""
    bodies, septa = [], []
    for x, y in scattered(rng, size, count, 44):
        turn, long, thick = rng.uniform(0, np.pi), rng.uniform(9, 22), rng.uniform(9.5, 11.5)
        axis = np.array([np.cos(turn), np.sin(turn)])
        bend = np.array([-axis[1], axis[0]]) * rng.normal(0, 1.5)
        spine = [tuple(np.array([x, y]) + axis * t * long + bend * (1 - t * t)) for t in np.linspace(-1, 1, 9)]
        bodies.append((spine, 1.0, thick))
        bodies += [(disc(end, thick / 2), 1.0, 0.0) for end in (spine[0], spine[-1])]
        if long > 17:
            cut = [tuple(np.array([x, y]) + side * np.array([-axis[1], axis[0]]) * 6) for side in (-1, 1)]
            septa.append((cut, 1.0, 1.8))
    cell = blur(stroked(size, bodies), 1.1) * (1 - 0.55 * blur(stroked(size, septa), 1.0))
    halo = np.clip(blur(cell, 6.0) - 0.55 * cell, 0, 1)
    field = 0.56 + 0.05 * clouds(rng, size, 300) - 0.40 * cell + 0.60 * halo - 0.12 * blur(cell, 16)
    return shot(rng, np.clip(field, 0, 1), 1800, 0.008)


def yeast(rng: np.random.Generator, size: Size, count: int) -> Plane:
    """Return budding yeast as differential interference contrast shows it: lit from the upper left."""
    cells = []
    for x, y in scattered(rng, size, count, 74):
        radius, turn = rng.uniform(23, 30), rng.uniform(0, 2 * np.pi)
        cells.append(((x, y), radius))
        if rng.random() < 0.55:
            bud = radius * rng.uniform(0.35, 0.62)
            cells.append(((x + (radius + bud * 0.75) * np.cos(turn), y + (radius + bud * 0.75) * np.sin(turn)), bud))
    thickness = blur(_domes(size, cells), 1.6)
    vacuoles = [((x + rng.normal(0, 5), y + rng.normal(0, 5)), r * 0.42) for (x, y), r in cells if r > 20]
    thickness -= 0.35 * blur(_domes(size, vacuoles), 1.2)
    slope = np.gradient(thickness, axis=1) + np.gradient(thickness, axis=0)
    field = 0.52 + 3.4 * slope + 0.05 * thickness + 0.05 * (clouds(rng, size, 260) - 0.5)
    return shot(rng, np.clip(field, 0, 1), 2200, 0.006)


def _domes(size: Size, cells: list[tuple[Point, float]]) -> Plane:
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float64)
    height = np.zeros((size[1], size[0]))
    for (x, y), radius in cells:
        inside = np.clip(1 - ((columns - x) ** 2 + (rows - y) ** 2) / radius**2, 0, 1)
        height = np.maximum(height, np.sqrt(inside) * radius / 30)
    return height
