"""The join of hashes finds what comparing all with all finds, each pair once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.hamming import Hashes, Near, Plan, near_between, near_pairs, planned


def _brute(queries: Hashes, hashes: Hashes, distance: int) -> set[tuple[int, int, int]]:
    queries, hashes = (each.reshape(len(each), 1) if each.ndim == 1 else each for each in (queries, hashes))
    apart = np.bitwise_count(queries[:, None] ^ hashes[None, :]).sum(axis=-1)
    return {
        (int(one), int(other), int(apart[one, other]))
        for one, other in zip(*np.nonzero(apart <= distance), strict=True)
    }


def _told(found: list[Near]) -> list[tuple[int, int, int]]:
    return [pair for near in found for pair in zip(*(column.tolist() for column in near), strict=True)]


@st.composite
def _hashes(draw: st.DrawFn) -> Hashes:
    """Hashes in a few families, whose members differ in few bits, so that many pairs are near."""
    words = draw(st.sampled_from([1, 4]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    families = rng.integers(0, 2**64, (draw(st.integers(1, 6)), words), dtype=np.uint64)
    hashes = families[rng.integers(0, len(families), draw(st.integers(0, 60)))]
    for _ in range(draw(st.integers(0, 10))):
        flipped = np.uint64(1) << rng.integers(0, 64, hashes.shape).astype(np.uint64)
        hashes = hashes ^ np.where(rng.random(hashes.shape) < 0.5, flipped, np.uint64(0))
    return hashes[:, 0] if words == 1 and draw(st.booleans()) else hashes


@st.composite
def _plans(draw: st.DrawFn, distance: int) -> Plan | None:
    flips = draw(st.sampled_from([None, 0, 1, 2]))
    if flips is None:
        return None
    bands = distance // (flips + 1) + 1
    return Plan(bands, flips, draw(st.integers(1, min(16, 64 // bands))))


@given(_hashes(), st.integers(0, 24), st.data())
def test_banding_finds_what_comparing_all_with_all_finds(hashes: Hashes, distance: int, data: st.DataObject) -> None:
    found = _told(list(near_pairs(hashes, distance, data.draw(_plans(distance)))))
    assert len(found) == len(set(found))
    assert set(found) == {pair for pair in _brute(hashes, hashes, distance) if pair[0] < pair[1]}


@given(_hashes(), st.integers(0, 24), st.data())
def test_queries_find_what_comparing_all_with_all_finds(hashes: Hashes, distance: int, data: st.DataObject) -> None:
    queries = hashes[::2] ^ np.uint64(5)
    found = _told(list(near_between(queries, hashes, distance, data.draw(_plans(distance)))))
    assert len(found) == len(set(found))
    assert set(found) == _brute(queries, hashes, distance)


def test_large_buckets_are_compared_in_rounds() -> None:
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 2**64, 700, dtype=np.uint64) & ~np.uint64(0xFFFF)
    hashes[:350] = hashes[350:] ^ np.uint64(1 << 40)
    found = _told(list(near_pairs(hashes, 6, Plan(7, 0, 9))))
    assert set(found) == {pair for pair in _brute(hashes, hashes, 6) if pair[0] < pair[1]}
    assert len(found) >= 350


def test_more_hashes_than_an_index_holds_are_joined_in_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curation.hamming._MOST_HASHES", 7)
    hashes = np.random.default_rng(4).integers(0, 2**64, 60, dtype=np.uint64) & np.uint64(0xFFFF)
    found = _told(list(near_pairs(hashes, 5)))
    assert len(found) == len(set(found))
    assert set(found) == {pair for pair in _brute(hashes, hashes, 5) if pair[0] < pair[1]}
    assert set(_told(list(near_between(hashes[:9], hashes, 5)))) == _brute(hashes[:9], hashes, 5)


@pytest.mark.parametrize("distance", [-1, 0, 64, 100])
def test_any_distance_may_be_asked_for(distance: int) -> None:
    hashes = np.array([0, 1, 2**64 - 1, 1], np.uint64)
    found = _told(list(near_pairs(hashes, distance)))
    assert set(found) == {pair for pair in _brute(hashes, hashes, distance) if pair[0] < pair[1]}


def test_no_hashes_have_no_pairs() -> None:
    assert _told(list(near_pairs(np.zeros(0, np.uint64), 6))) == []
    assert _told(list(near_between(np.zeros(0, np.uint64), np.zeros(3, np.uint64), 6))) == []


@pytest.mark.parametrize("count", [1_000, 100_000, 1_000_000])
def test_plans_keep_to_the_pigeonhole_principle(count: int) -> None:
    for bits, distance in ((64, 6), (64, 12), (256, 24)):
        plan = planned(count, count, bits, distance)
        assert plan.bands * (plan.flips + 1) > distance
        assert plan.width <= bits // plan.bands
