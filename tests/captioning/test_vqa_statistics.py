"""VQA statistics: means by hand, and intervals against a plain loop and against what is known of them."""

import random
import statistics
from itertools import chain

import pytest

from captioning.vqa_statistics import estimates


def test_means_by_hand():
    found = estimates([1, 0, 1, 1, 0.5], ["a", "a", "b", "b", "b"], ["1", "2", "1", "2", "3"], seed=1)
    assert found.tasks["a"].value == 0.5
    assert found.tasks["b"].value == pytest.approx(2.5 / 3)
    assert found.macro.value == pytest.approx((0.5 + 2.5 / 3) / 2)
    assert found.micro.value == pytest.approx(0.7)


def test_the_same_seed_gives_the_same_interval_and_another_a_near_one():
    worths = [float(at % 3 == 0) for at in range(300)]
    names = [str(at) for at in range(300)]
    one, again, other = (estimates(worths, ["a"] * 300, names, seed=seed).macro for seed in (1, 1, 2))
    assert one == again
    assert one != other
    assert abs(one.low - other.low) < 0.02


def test_an_interval_is_that_of_a_plain_loop():
    rng = random.Random(3)
    worths, pictures = [float(rng.random() < 0.6) for _ in range(200)], [str(at // 4) for at in range(200)]
    found = estimates(worths, ["a"] * 200, pictures, seed=5, draws=4000).macro
    groups = [[worths[at] for at in range(200) if pictures[at] == name] for name in map(str, range(50))]
    means = sorted(statistics.fmean(chain.from_iterable(rng.choices(groups, k=50))) for _ in range(4000))
    assert found.low == pytest.approx(means[100], abs=0.012)
    assert found.high == pytest.approx(means[3900], abs=0.012)


def test_questions_about_one_picture_are_drawn_together():
    worths = [float(at % 20 < 10) for at in range(200)]
    alone = estimates(worths, ["a"] * 200, [str(at) for at in range(200)], seed=1).macro
    together = estimates(worths, ["a"] * 200, [str(at // 10) for at in range(200)], seed=1).macro
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_nothing_left_to_chance_has_no_width():
    found = estimates([1.0] * 50, ["a", "b"] * 25, [str(at) for at in range(50)], seed=1)
    assert (found.macro.low, found.macro.high) == (1.0, 1.0)
    assert found.tasks["b"].low == 1.0


def test_a_task_of_one_question_is_there_though_draws_miss_it():
    found = estimates([1.0, 0.0, 1.0], ["a", "a", "b"], ["1", "2", "3"], seed=1)
    assert found.tasks["b"].value == 1.0
    assert found.tasks["b"].low == 1.0
    assert 0 <= found.macro.low <= found.macro.value <= found.macro.high <= 1
