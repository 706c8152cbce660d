"""Drawn plots: graphs by matplotlib, in another style than the made plots that kinds are learnt from."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

_KINDS = ("line", "bar", "box", "violin", "scatter", "heat", "steps", "hist", "density", "contour", "stack", "pie")
_STYLES = ("default", "ggplot", "seaborn-v0_8-whitegrid", "classic", "bmh", "grayscale")


def drawn_plots(count: int) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    """Return `count` graphs and what they are; none where matplotlib isn't installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        return
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    for n in range(count):
        rng = np.random.default_rng([n, 41])
        kind, style = _KINDS[n % len(_KINDS)], _STYLES[(n // len(_KINDS)) % len(_STYLES)]
        with plt.style.context(style):
            figure, axes = plt.subplots(figsize=rng.uniform(2, 5, 2), dpi=int(rng.integers(60, 160)))
            _draw(kind, rng, axes)
            axes.set(xlabel="time after treatment (h)", ylabel="signal", title="ABC"[n % 3])
            held = io.BytesIO()
            figure.savefig(held, bbox_inches="tight")
            plt.close(figure)
        yield f"{kind}, {style}", np.asarray(Image.open(held).convert("RGB"))


def _draw(kind: str, rng: np.random.Generator, axes: Any) -> None:  # noqa: ANN401 - matplotlib has no stubs here
    groups = [rng.normal(rng.uniform(0, 5), 1, 30) for _ in range(int(rng.integers(2, 6)))]
    xy = rng.normal(0, 1, (2, int(rng.choice([30, 400, 4000]))))
    field = np.cumsum(np.cumsum(rng.normal(0, 1, (24, 30)), 0), 1)
    draws = {
        "line": lambda: axes.plot(np.cumsum(rng.normal(0, 1, (60, 3)), 0)),
        "bar": lambda: axes.bar(range(len(groups)), [abs(g.mean()) for g in groups], yerr=[g.std() for g in groups]),
        "box": lambda: axes.boxplot(groups),
        "violin": lambda: axes.violinplot(groups),
        "scatter": lambda: axes.scatter(*xy, s=6),
        "heat": lambda: axes.imshow(
            rng.normal(0, 1, (12, 20)), aspect="auto", cmap=str(rng.choice(["viridis", "RdBu", "hot"]))
        ),
        "steps": lambda: axes.step(np.sort(rng.exponential(1, 20)), np.linspace(1, 0, 20)),
        "hist": lambda: axes.hist(xy[0], bins=30),
        "density": lambda: axes.hexbin(*xy, gridsize=30, cmap="viridis"),
        "contour": lambda: axes.contourf(field),
        "stack": lambda: axes.stackplot(range(30), np.abs(rng.normal(0, 1, (4, 30)))),
        "pie": lambda: axes.pie(rng.uniform(0.2, 1, 5), labels=list("abcde")),
    }
    draws[kind]()
