"""Made graphs of each kind by matplotlib: what `made_charts` dresses; drawn from a seed."""

from collections.abc import Callable
from typing import Any

import numpy as np

_WORDS = (
    "control", "treated", "time", "dose", "WT", "KO", "cells", "fold", "change", "log2", "FC", "day", "expression",
    "IL-6", "TNF", "age", "site", "depth", "ratio",
)  # fmt: skip
_MAPS = ("viridis", "jet", "RdBu_r", "hot", "Blues", "YlOrRd", "PiYG", "magma", "coolwarm", "gray", "turbo")
Pen = Any
"""matplotlib's axes."""
Graph = Callable[[np.random.Generator, Pen], None]


def said(rng: np.random.Generator, count: int) -> str:
    """Return words such as stand on a graph."""
    return " ".join(rng.choice(_WORDS, count).tolist())


def _inks(rng: np.random.Generator, count: int) -> list[Any]:
    from matplotlib import colormaps

    table = colormaps[str(rng.choice(["tab10", "Set1", "Set2", "Dark2", "Paired", "gray", "viridis"]))]
    return [table(float(t)) for t in rng.permutation(np.linspace(0, 0.9, count))]


def _lines(rng: np.random.Generator, pen: Pen) -> None:
    steps, count = int(rng.choice([5, 8, 50, 400])), int(rng.integers(1, 6))
    for ink in _inks(rng, count):
        y = (
            np.cumsum(rng.normal(0, 1, steps))
            if rng.random() < 0.6
            else rng.uniform(1, 5) / (1 + np.exp(-np.linspace(-5, 5, steps)))
        )
        if steps < 10 and rng.random() < 0.8:
            pen.errorbar(
                range(steps),
                y,
                yerr=rng.uniform(0.1, 0.8, steps),
                fmt=str(rng.choice(["-o", "-s", "--^"])),
                color=ink,
                capsize=2,
                label=said(rng, 1),
            )
        else:
            pen.plot(y, color=ink, label=said(rng, 1))
            if rng.random() < 0.3:
                pen.fill_between(range(steps), y - 1, y + 1, color=ink, alpha=0.25)


def _traces(rng: np.random.Generator, pen: Pen) -> None:
    """Draw stacked recordings: spikes, calcium, an electroencephalogram, a chromatogram."""
    for row, ink in enumerate(_inks(rng, int(rng.integers(1, 12)))):
        spikes = np.convolve(rng.random(800) > 0.99, np.exp(-np.arange(60) / rng.uniform(2, 25)))[:800]
        pen.plot(row * 1.5 + spikes + rng.normal(0, rng.uniform(0, 0.1), 800), color=ink, linewidth=0.7)


def _bars(rng: np.random.Generator, pen: Pen) -> None:
    groups, count = int(rng.integers(1, 4)), int(rng.integers(2, 9))
    inks, is_flat = _inks(rng, groups), rng.random() < 0.2
    for n, ink in enumerate(inks):
        at, tall = np.arange(count) + n * 0.8 / groups, rng.uniform(0.2, 5, count)
        how = {"color": ink if rng.random() < 0.8 else "white", "edgecolor": "black", "label": said(rng, 1)}
        if is_flat:
            pen.barh(at, tall, 0.75 / groups, **how)
        else:
            pen.bar(
                at,
                tall,
                0.75 / groups,
                yerr=rng.uniform(0.1, 0.6, count) if rng.random() < 0.7 else None,
                capsize=2,
                **how,
            )
            if rng.random() < 0.5:
                pen.plot(
                    np.repeat(at, 6) + rng.normal(0, 0.04, 6 * count),
                    np.repeat(tall, 6) + rng.normal(0, 0.5, 6 * count),
                    "o",
                    ms=2,
                    color="gray",
                )
    pen.set_xticks(np.arange(count), [said(rng, 1) for _ in range(count)], rotation=int(rng.choice([0, 45, 90])))


def _boxes(rng: np.random.Generator, pen: Pen) -> None:
    samples = [
        rng.normal(rng.uniform(0, 3), rng.uniform(0.3, 1), int(rng.integers(8, 60))) for _ in range(rng.integers(2, 8))
    ]
    style = rng.integers(3)
    if style == 0:
        pen.boxplot(samples, widths=0.6, patch_artist=bool(rng.random() < 0.5))
    elif style == 1:
        pen.violinplot(samples, showmedians=True)
    for n, sample in enumerate(samples):
        if style == 2 or rng.random() < 0.4:
            pen.plot(
                n + 1 + rng.normal(0, 0.07, len(sample)),
                sample,
                "o",
                ms=rng.uniform(1.5, 5),
                alpha=0.6,
                color=_inks(rng, 1)[0],
            )
            pen.plot([n + 0.7, n + 1.3], [sample.mean()] * 2, color="black")


def _dots(rng: np.random.Generator, pen: Pen) -> None:
    count, size = int(rng.choice([12, 60, 400, 4000])), rng.uniform(1, 30)
    for ink in _inks(rng, int(rng.integers(1, 4))):
        x, y = rng.normal(rng.normal(0, 1), 1, count), rng.normal(0, 1, count)
        y = y * 0.4 + x * rng.uniform(-1, 1)
        pen.scatter(x, y, s=size if count < 300 else 1.5, color=ink, alpha=rng.uniform(0.3, 1), label=said(rng, 1))
    if rng.random() < 0.4:
        pen.plot([-2, 2], [-1, 1], color="black", linestyle=str(rng.choice(["-", "--"])))


def _volcano(rng: np.random.Generator, pen: Pen) -> None:
    x = rng.normal(0, 1.2, 3000)
    y = np.abs(x) ** 1.6 * rng.exponential(1, 3000)
    strong = (np.abs(x) > 1) & (y > 1.5)
    for flags, ink in ((~strong, "lightgray"), (strong & (x > 0), "red"), (strong & (x < 0), "blue")):
        pen.scatter(x[flags], y[flags], s=rng.uniform(1, 8), color=ink)
    pen.axhline(1.5, color="black", linestyle="--", linewidth=0.7)


def _islands(rng: np.random.Generator, pen: Pen) -> None:
    """Draw cells as a reduction of dimensions lays them out."""
    for ink in _inks(rng, int(rng.integers(3, 15))):
        centre, spread = rng.normal(0, 5, 2), rng.uniform(0.3, 1.2, 2)
        xy = centre + rng.normal(0, 1, (int(rng.integers(60, 500)), 2)) * spread
        pen.scatter(*xy.T, s=rng.uniform(0.5, 4), color=ink, linewidths=0)


def _heat(rng: np.random.Generator, pen: Pen) -> None:
    shape = tuple(rng.choice([5, 10, 20, 50, 120], 2))
    values = rng.normal(0, 1, shape) + rng.normal(0, 1, (shape[0], 1)) * 1.5 + rng.normal(0, 1, (1, shape[1]))
    if rng.random() < 0.3:
        values = np.cumsum(values, int(rng.integers(2)))
    shown = pen.imshow(
        values,
        cmap=str(rng.choice(_MAPS)),
        aspect="auto",
        interpolation="nearest" if rng.random() < 0.7 else "bilinear",
    )
    if rng.random() < 0.7:
        pen.figure.colorbar(shown, ax=pen, shrink=rng.uniform(0.4, 1))


def _density(rng: np.random.Generator, pen: Pen) -> None:
    xy = np.concatenate(
        [rng.normal(rng.uniform(1, 4, 2), rng.uniform(0.2, 0.6), (3000, 2)) for _ in range(rng.integers(1, 4))]
    )
    if rng.random() < 0.5:
        pen.hist2d(
            *xy.T, bins=int(rng.integers(30, 120)), cmap=str(rng.choice(_MAPS)), cmin=1 if rng.random() < 0.7 else None
        )
    else:
        pen.hexbin(*xy.T, gridsize=int(rng.integers(15, 60)), mincnt=1, cmap=str(rng.choice(_MAPS)))
    pen.axvline(2.5, color="black")
    pen.axhline(2.5, color="black")


def _survival(rng: np.random.Generator, pen: Pen) -> None:
    for ink in _inks(rng, int(rng.integers(2, 5))):
        pen.step(
            np.cumsum(rng.exponential(1, 25)),
            np.cumprod(rng.uniform(0.88, 1, 25)),
            where="post",
            color=ink,
            label=said(rng, 1),
        )
    pen.set_ylim(0, 1.05)


def _hills(rng: np.random.Generator, pen: Pen) -> None:
    for n, ink in enumerate(_inks(rng, int(rng.integers(1, 5)))):
        sample = rng.normal(rng.uniform(0, 5), rng.uniform(0.4, 1.5), 600)
        pen.hist(
            sample,
            bins=int(rng.integers(10, 60)),
            color=ink,
            alpha=0.6,
            histtype=str(rng.choice(["bar", "stepfilled", "step"])),
            label=f"{n}",
        )


def radar(rng: np.random.Generator, pen: Pen) -> None:
    """Draw a round graph: bars or a line around a circle."""
    turns = np.linspace(0, 2 * np.pi, int(rng.integers(5, 40)))
    if rng.random() < 0.5:
        pen.bar(
            turns,
            rng.uniform(0.2, 1, len(turns)),
            width=2 * np.pi / len(turns),
            color=_inks(rng, 1)[0],
            edgecolor="black",
        )
    else:
        pen.plot(turns, rng.uniform(0.2, 1, len(turns)), color=_inks(rng, 1)[0])


def cloud(rng: np.random.Generator, pen: Pen) -> None:
    """Draw points in space."""
    for ink in _inks(rng, int(rng.integers(1, 4))):
        pen.scatter(*rng.normal(rng.normal(0, 2, 3), 1, (80, 3)).T, s=rng.uniform(2, 12), color=ink)


def _pie(rng: np.random.Generator, pen: Pen) -> None:
    count = int(rng.integers(2, 8))
    pen.pie(rng.uniform(0.2, 1, count), colors=_inks(rng, count), labels=[said(rng, 1) for _ in range(count)])


def _logo(rng: np.random.Generator, pen: Pen) -> None:
    """Draw a sequence logo: letters as tall as they are common."""
    inks = {"A": "green", "C": "blue", "G": "orange", "T": "red"}
    for at in range(int(rng.integers(6, 18))):
        floor = 0.0
        for letter in rng.permutation(list("ACGT"))[: rng.integers(1, 5)]:
            tall = rng.exponential(0.4)
            pen.text(at, floor, letter, color=inks[letter], fontsize=4 + 22 * min(tall, 1), weight="bold", ha="center")
            floor += tall
    pen.set_xlim(-1, 18)
    pen.set_ylim(0, 2)


def _tree(rng: np.random.Generator, pen: Pen) -> None:
    """Draw a dendrogram with coloured branches."""
    from scipy.cluster.hierarchy import dendrogram, linkage

    links = linkage(rng.normal(0, 1, (int(rng.integers(8, 60)), 3)), "average")
    dendrogram(links, ax=pen, no_labels=bool(rng.random() < 0.6), orientation=str(rng.choice(["top", "right"])))


GRAPHS: tuple[Graph, ...] = (
    _lines, _lines, _traces, _bars, _bars, _boxes, _boxes, _dots, _dots, _volcano, _islands, _heat, _heat, _density,
    _survival, _hills, radar, cloud, _pie, _logo, _tree,
)  # fmt: skip
