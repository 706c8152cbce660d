"""Learns how sure each sign makes it that a measured thing is a scale bar; prints the weights of `curation.scale_bars`.

    python -m scripts.learn_bars DIR [--pictures N]

DIR as in `benchmarks.scale_bars`. Right are the drawn bars of half A and, in half A of the real figures, what is found
in micrographs with a bar. Wrong is whatever else is found in half A: on bare and on misleading pictures, and in panels
without a bar. A bar that is missed costs as much as a false one in a micrograph and four in a chart, which the kind
of a panel keeps away later.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from benchmarks.drawn_bars import Pixels
from benchmarks.scale_bars import bare_cases, cases, half_of_name, matched, real_panels
from curation.bar_candidates import candidates
from curation.bar_measure import Measured, measured
from curation.scale_bars import Signs, may_be_bar, signs

_RIDGE = 0.001
_THRESHOLD_SHIFT = 1.5
"""Added to the bias: a confidence of 0.5 then stands where one in five is a bar, since a caption judges next."""


class Example(NamedTuple):
    """A measured thing, whether it is a bar, and what a wrong answer costs."""

    signs: Signs
    right: bool
    cost: float


def examples(folder: Path, count: int) -> Iterator[Example]:
    """Yield what is found in half A."""
    for case in cases(folder, count):
        if case.half == "A" and case.drawn.box:
            for found in _found(case.drawn.pixels):
                span = (found.left, found.right, (found.top + found.bottom) / 2)
                right = matched([span], case.drawn.box) is not None
                yield Example(signs(found), right, 1.0 if right else 3.0)
    for case in bare_cases(folder, count):
        if case.half == "A":
            yield from (Example(signs(found), right=False, cost=3.0) for found in _found(case.drawn.pixels))
    for name, panel, pixels in real_panels(folder):
        micrograph, has_bar = panel["kind"] == "microscopy", bool(panel["scale_bar"])
        if half_of_name(name.split()[0]) == "A" and (micrograph or not has_bar):
            cost = 1.5 if micrograph else 0.25
            yield from (Example(signs(found), has_bar, cost) for found in _found(pixels))


def _found(pixels: Pixels) -> list[Measured]:
    seen = (measured(pixels, run) for run in candidates(pixels))
    return [found for found in seen if found and may_be_bar(found)]


def learnt(shown: list[Example]) -> tuple[float, Signs]:
    """Return bias and weights of a logistic regression, the weights held back a little."""
    table = np.array([(1.0, *example.signs) for example in shown])
    right = np.array([example.right for example in shown], float)
    cost = np.array([example.cost for example in shown])

    def loss(weights: np.ndarray) -> float:
        total = table @ weights
        return float(
            (cost * (np.logaddexp(0, total) - right * total)).sum() + _RIDGE * cost.sum() * (weights[1:] ** 2).sum()
        )

    bias, *weights = minimize(loss, np.zeros(table.shape[1])).x
    return round(float(bias) + _THRESHOLD_SHIFT, 2), Signs(*(round(float(weight), 2) for weight in weights))


def main() -> None:
    """Print the weights."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--pictures", type=int, default=600)
    options = arguments.parse_args()
    shown = list(examples(options.folder, options.pictures))
    bias, weights = learnt(shown)
    print(f"{sum(example.right for example in shown)} bars, {sum(not example.right for example in shown)} other things")
    print(f"_WEIGHTS = {weights}\n_BIAS = {bias}")


if __name__ == "__main__":
    main()
