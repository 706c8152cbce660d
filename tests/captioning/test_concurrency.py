"""Concurrency: the limit doubles, falls, comes back, and settles beside what a server takes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.concurrency import Manners, Throttle

MANNERS = Manners(at_first=4, at_ease=64, at_most=64, pause_s=1.0, longest_pause_s=30.0, timeout_s=80.0)


def filled(throttle, now_s=0.0):
    """Take all the room there is; return what is to be given back."""
    eras = []
    while throttle.has_room(now_s):
        eras.append(throttle.take())
    return eras


def round_of(throttle, slots, now_s=0.0):
    """Let a server of so many slots answer a round, and refuse the rest."""
    eras = filled(throttle, now_s)
    for _ in eras[:slots]:
        throttle.answered(0.2)
    for era in eras[slots:]:
        throttle.turned_away(era, now_s, None)
    return min(len(eras), slots)


def test_it_doubles_while_all_goes_well_up_to_the_most():
    throttle = Throttle(MANNERS)
    seen = []
    for _ in range(7):
        seen.append(len(filled(throttle)))
        for _ in range(throttle.in_flight):
            throttle.answered(0.2)
    assert seen[:4] == [4, 8, 16, 32]
    assert seen[-1] == 64


def test_it_does_not_grow_where_answers_take_long_or_room_is_left():
    throttle = Throttle(MANNERS)
    for _ in filled(throttle):
        throttle.answered(11.0)
    assert throttle.limit == 4
    throttle.take()
    throttle.answered(0.1)
    assert throttle.limit == 4


def test_a_round_of_refusals_takes_it_back_once():
    throttle = Throttle(MANNERS)
    throttle.limit = 20.0
    for era in filled(throttle):
        throttle.turned_away(era, 0.0, None)
    assert throttle.limit == pytest.approx(14.0)
    assert throttle.idle_until_s == 0.0


def test_refusals_that_go_on_reach_one_request_and_ever_longer_pauses():
    throttle, now_s, pauses = Throttle(MANNERS), 0.0, []
    for _ in range(12):
        for era in filled(throttle, now_s):
            throttle.turned_away(era, now_s, None)
        pauses.append(throttle.idle_until_s - now_s)
        now_s = max(now_s, throttle.idle_until_s)
    assert throttle.limit == 1
    assert pauses[1:8] == [1, 2, 4, 8, 16, 30, 30]


def test_retry_after_stops_all_but_not_for_ever():
    throttle = Throttle(MANNERS)
    throttle.turned_away(throttle.take(), 100.0, 7.0)
    assert not throttle.has_room(106.9)
    assert throttle.has_room(107.0)
    throttle.turned_away(throttle.take(), 107.0, 1e9)
    assert throttle.idle_until_s == 107.0 + MANNERS.longest_retry_after_s


def test_after_an_outage_it_is_soon_where_it_was():
    throttle = Throttle(MANNERS)
    throttle.limit = 40.0
    for era in filled(throttle):
        throttle.away(era, 0.0)
    now_s = throttle.idle_until_s
    for _ in range(5):
        throttle.away(throttle.take(), now_s)
        now_s = throttle.idle_until_s
    assert throttle.limit == 1
    assert not throttle.has_room(now_s - 0.01)
    for _ in range(8):
        round_of(throttle, 1000, now_s)
    assert throttle.limit > 28
    assert throttle.failing_since_s is None


@pytest.mark.parametrize("slots", [1, 2, 5, 16, 40])
def test_it_keeps_a_fixed_number_of_slots_full_and_seldom_asks_for_more(slots):
    throttle = Throttle(MANNERS)
    done, refused, now_s = 0, 0, 0.0
    for turn in range(400):
        now_s = max(now_s + 0.2, throttle.idle_until_s)
        asked = int(throttle.limit)
        answered = round_of(throttle, slots, now_s)
        if turn >= 20:
            done, refused = done + answered, refused + asked - answered
    assert done >= 0.95 * slots * 380
    assert refused < 0.02 * done


def test_it_finds_out_that_a_server_takes_more_than_it_did():
    throttle = Throttle(MANNERS)
    for _ in range(50):
        round_of(throttle, 6)
    assert throttle.limit < 8
    for _ in range(3000):
        round_of(throttle, 50)
    assert throttle.limit > 40


@given(st.integers(0, 10_000))
def test_whatever_happens_it_stays_within_its_bounds_and_counts_right(seed):
    chance, throttle, out, now_s = random.Random(seed), Throttle(MANNERS), [], 0.0
    for _ in range(300):
        now_s += chance.random()
        if throttle.has_room(now_s) and chance.random() < 0.7:
            out.append(throttle.take())
        elif out:
            era = out.pop(chance.randrange(len(out)))
            what = chance.randrange(4)
            if what == 0:
                throttle.turned_away(era, now_s, chance.choice([None, 0.5]))
            elif what == 1:
                throttle.away(era, now_s)
            else:
                throttle.answered(chance.random())
        assert 1 <= throttle.limit <= MANNERS.at_most
        assert throttle.in_flight == len(out)
        assert throttle.idle_until_s <= now_s + MANNERS.longest_retry_after_s


def test_what_went_to_a_server_that_is_gone_takes_no_room_and_counts_no_more():
    throttle = Throttle(MANNERS)
    eras = filled(throttle)
    throttle.gone(eras[0], 10.0)
    assert (throttle.in_flight, throttle.limit) == (0, 1)
    assert all(throttle.is_lost(era) for era in eras)
    assert throttle.failing_since_s == 10.0
    again = throttle.take()
    assert not throttle.is_lost(again)
    throttle.answered(0.2)
    assert (throttle.in_flight, throttle.failing_since_s) == (0, None)


def test_where_nobody_listens_it_is_knocked_at_often():
    throttle, now_s = Throttle(MANNERS), 0.0
    for _ in range(12):
        throttle.gone(throttle.take(), now_s)
        assert 0 < throttle.idle_until_s - now_s <= MANNERS.knock_s
        now_s = throttle.idle_until_s
