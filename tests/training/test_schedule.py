"""Schedule and order: warm-up takes its stated share of optimiser steps; each picture comes once an epoch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.order import chance, in_order, picture_at, positions_of
from training.recipe import Align
from training.schedule import rate_at, steps_of


def stage(**more):
    return Align(kind="align", **{"steps": 100, "lr": 1.0, "warmup": 0.1, **more})


def test_the_rate_rises_over_the_stated_share_and_falls_along_a_cosine_to_its_end():
    rates = [rate_at(step, 100, stage()) for step in range(100)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0)
    assert rate_at(99, 100, stage(last_lr=0.1)) == pytest.approx(0.1)


@pytest.mark.parametrize("accumulate", [1, 8])
def test_passes_that_are_summed_do_not_stretch_the_warm_up(accumulate):
    asked = stage(steps=None, epochs=2.0, batch=1, accumulate=accumulate)
    total = steps_of(asked, 400)
    assert total == 800 // accumulate
    full = next(step for step in range(total) if rate_at(step, total, asked) == 1)
    assert full + 1 == total // 10


def test_devices_share_the_steps_of_an_epoch():
    assert steps_of(stage(steps=None, epochs=1.0, batch=2, accumulate=2), 80, devices=4) == 5


@given(st.integers(1, 50), st.integers(0, 5), st.integers(0, 1000))
def test_each_picture_comes_once_an_epoch(count, epoch, seed):
    drawn = [picture_at(epoch * count + at, count, (seed, 0)) for at in range(count)]
    assert sorted(drawn) == list(range(count))


def test_epochs_and_stages_have_orders_of_their_own():
    orders = {tuple(picture_at(first + at, 20, seed) for at in range(20)) for first in (0, 20) for seed in ((1,), (2,))}
    assert len(orders) == 4


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 9))
def test_devices_take_each_position_once(batch, devices, passes):
    taken = [at for rank in range(devices) for at in positions_of(passes, batch, rank, devices)]
    assert taken == list(range(passes * batch * devices, (passes + 1) * batch * devices))


def test_chance_belongs_to_a_position():
    assert chance((1, 0), 7).random() == chance((1, 0), 7).random()
    assert len({chance(seed, at).random() for seed in ((1, 0), (1, 1)) for at in (7, 8)}) == 4


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_what_is_made_ahead_comes_in_order(threads):
    assert list(in_order(lambda number: number**2, range(20), threads)) == [number**2 for number in range(20)]


def test_an_error_ahead_is_told_where_it_belongs():
    def make(number):
        if number == 5:
            raise ValueError(number)
        return number

    found = in_order(make, range(10), 2)
    assert [next(found) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="5"):
        next(found)
