"""Votes: features that lie alike in two pictures propose them, however many others there are."""

import numpy as np
import pytest

from curation import feature_tables
from curation import votes as voting
from curation.local_features import Features
from curation.votes import keys_of, votes


def _features(seed: int, count: int = 60) -> Features:
    rng = np.random.default_rng(seed)
    return Features(
        rng.uniform(0, 400, (count, 2)).astype(np.float32),
        rng.integers(0, 256, (count, 32)).astype(np.uint8),
        rng.uniform(0, 360, count).astype(np.float32),
        rng.integers(0, 4, count).astype(np.int32),
        rng.random(count).astype(np.float32),
    )


def _moved(features: Features, shift: tuple[float, float]) -> Features:
    return features._replace(places=features.places + np.array(shift, np.float32))


def _proposed(found: list[Features]) -> dict[tuple[int, int], int]:
    told = votes(keys_of([(each, 800.0) for each in found]), np.full(len(found), 800, np.float32))
    return {(one, other): count for one, other, count, _ in zip(*(column.tolist() for column in told), strict=True)}


@pytest.fixture(params=[2, 3, 4])
def bytes_alike(request, monkeypatch):
    monkeypatch.setattr(feature_tables, "_FEW", 0 if request.param > 2 else 1_000_000)
    monkeypatch.setattr(feature_tables, "_MANY", 0 if request.param > 3 else 1_000_000)


@pytest.mark.usefixtures("bytes_alike")
def test_the_same_features_elsewhere_propose_their_pictures_however_many_bytes_must_be_the_same():
    found = [_features(1), _features(2), _moved(_features(1), (200, 130)), _features(3)]

    assert list(_proposed(found)) == [(0, 2)]
    assert _proposed(found)[0, 2] >= 50


def test_features_that_do_not_lie_alike_propose_nothing():
    one, rng = _features(1), np.random.default_rng(5)
    scattered = one._replace(places=rng.permutation(one.places), directions=rng.permutation(one.directions))

    assert _proposed([one, scattered]) == {}


@pytest.mark.parametrize("counted", [1, 70, 10_000_000])
def test_pairs_that_are_counted_in_lots_say_what_all_say_together(monkeypatch, counted):
    monkeypatch.setattr(voting, "_COUNTED", counted)
    found = [_features(1), _features(2), _moved(_features(1), (50, 30)), _moved(_features(2), (20, 9)), _features(1)]
    keys = keys_of([(each, 800.0) for each in found])
    turned = np.array([3, 0, 4, 1, 2], np.int32)[keys.picture]  # as panels come: part by part, not in their order

    told = votes(keys._replace(picture=turned), np.full(len(found), 800, np.float32))

    pairs = list(zip(told.one.tolist(), told.other.tolist(), strict=True))
    assert pairs == [(0, 1), (2, 3), (2, 4), (3, 4)]
    assert min(told.votes) >= 50


@pytest.mark.usefixtures("bytes_alike")
@pytest.mark.parametrize("asked", [1, 100, 1_000_000])
def test_pictures_that_are_asked_for_in_lots_say_what_all_say_together(monkeypatch, asked):
    found = [_moved(_features(seed % 5), (7 * seed, 3 * seed)) for seed in range(12)]
    at_once = _proposed(found)

    monkeypatch.setattr(voting, "_ASKED", asked)
    monkeypatch.setattr(feature_tables, "_PAIRS", 50)

    assert at_once.keys() == {(one, other) for other in range(12) for one in range(other) if (other - one) % 5 == 0}
    assert _proposed(found) == at_once


def test_a_value_that_too_many_features_have_says_nothing(monkeypatch):
    found = [_moved(_features(1), (at, at)) for at in range(4)]
    monkeypatch.setattr(feature_tables, "EVERYWHERE", 3)

    assert _proposed(found) == {}


def test_no_features_propose_nothing():
    assert _proposed([_features(1, 0), _features(2, 0)]) == {}


def test_a_search_that_lasts_tells_how_far_it_is(monkeypatch, caplog):
    monkeypatch.setattr("pipeline.pace._EVERY_S", 0.0)
    monkeypatch.setattr(voting, "_ASKED", 100)
    with caplog.at_level("INFO", "bricks.pace"):
        _proposed([_features(at) for at in range(4)])
    told = {line.rsplit("  ", 2)[0] for line in caplog.messages}
    assert {"tables of features  4/4", "looking for parts of pictures in others, lots of features  2/2"} <= told
