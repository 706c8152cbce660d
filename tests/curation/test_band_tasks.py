"""The join of many hashes, cut into tasks, finds what it finds in one piece."""

import numpy as np
import pytest

from curation.band_tasks import Joining
from curation.hamming import near_between, near_pairs
from pipeline.processes import FarWorkers


class Far(FarWorkers):
    """Does tasks in another order than they are given in, and counts them."""

    def __init__(self, *, sees_disk=True):
        self.sees_disk, self.done = sees_disk, 0

    def __call__(self, function, jobs, **_):
        for job in reversed(jobs):
            self.done += 1
            yield function(job)


def told(lots):
    return sorted(pair for lot in lots for pair in zip(*(column.tolist() for column in lot), strict=True))


@pytest.fixture
def hashes():
    rng = np.random.default_rng(5)
    some = rng.integers(0, 2**64, 400, dtype=np.uint64)
    return np.concatenate([some, some[:150] ^ (np.uint64(1) << rng.integers(0, 64, 150).astype(np.uint64))])


def test_bands_that_are_tasks_find_what_all_in_one_finds(hashes, tmp_path, monkeypatch):
    monkeypatch.setattr("curation.hamming._MOST_HASHES", 200)
    far = Far()
    join = Joining(tmp_path, far, many=1)
    assert told(join.within(hashes, 6)) == told(near_pairs(hashes, 6))
    assert told(join.between(hashes[::3], hashes, 6)) == told(near_between(hashes[::3], hashes, 6))
    assert far.done > 10
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("join", [Joining(many=1), Joining(None, Far(), 1), Joining(None, Far(sees_disk=False), 1)])
def test_where_workers_see_no_files_of_the_join_it_stays_here(hashes, join):
    assert told(join.within(hashes, 6)) == told(near_pairs(hashes, 6))
    assert getattr(join.spread, "done", 0) == 0


def test_few_hashes_stay_here(hashes, tmp_path):
    far = Far()
    assert told(Joining(tmp_path, far).within(hashes, 6)) == told(near_pairs(hashes, 6))
    assert far.done == 0
