"""Feature tables: features that differ in few bits are found, and tables in files are those in memory."""

from itertools import combinations

import numpy as np
import pytest

from curation import feature_tables
from curation.feature_tables import alike, tables
from curation.vote_bins import Keys


def _keys(bits):
    count = len(bits)
    flat = np.zeros(count, np.float32)
    return Keys(bits, np.arange(count, dtype=np.int32), np.zeros((count, 2), np.float32), flat, flat.astype(np.int32))


def _bits(count, seed=0):
    return np.random.default_rng(seed).integers(0, 1 << 64, count, dtype=np.uint64)


def test_any_three_of_eight_bytes_stand_together_in_exactly_one_table():
    for three in combinations(range(8), 3):
        assert sum(set(three) <= set(four) for four in feature_tables._FOUR_BYTES) == 1


@pytest.mark.parametrize(("few", "many", "spoilt"), [(1000, 1000, 4), (0, 1000, 2), (0, 0, 3)])
def test_features_with_few_wrong_bytes_are_found(monkeypatch, few, many, spoilt):
    monkeypatch.setattr(feature_tables, "_FEW", few)
    monkeypatch.setattr(feature_tables, "_MANY", many)
    bits, rng = _bits(300), np.random.default_rng(3)
    wrong = bits.copy()
    for byte in rng.permutation(8)[:spoilt].tolist():
        wrong ^= np.uint64(1) << rng.integers(8 * byte, 8 * byte + 8, 300, dtype=np.uint64)
    keys = _keys(np.concatenate([bits, wrong]))

    one, other = alike(keys, tables(keys.bits), slice(0, 600))

    assert one.tolist() == list(range(300))
    assert (other - 300).tolist() == list(range(300))


@pytest.mark.parametrize("at_once", [1, 10, 70, 499])
def test_a_table_in_a_file_is_that_in_memory(monkeypatch, tmp_path, at_once):
    bits = np.concatenate([_bits(400), _bits(100) & np.uint64(0xFFFFFF), np.full(3, 2**64 - 1, np.uint64)])
    here = tables(bits)
    monkeypatch.setattr(feature_tables, "_IN_MEMORY", at_once)

    there = tables(bits, tmp_path)

    assert any(isinstance(column, np.memmap) for table in there for column in table)
    assert [[column.tolist() for column in table] for table in there] == [[c.tolist() for c in table] for table in here]
    assert list(tmp_path.iterdir()) == []


def test_features_whose_bytes_are_all_ones_are_found_too():
    keys = _keys(np.full(2, 2**64 - 1, np.uint64))

    one, other = alike(keys, tables(keys.bits), slice(0, 2))

    assert (one.tolist(), other.tolist()) == ([0], [1])
