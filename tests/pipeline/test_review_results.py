"""What came of the review, as publishing reads it: whose state it is, and which quota isn't met."""

import pytest

from pipeline.lock import read_lock
from pipeline.review_results import read_results, results_path, unmet, why_unknown, write_results
from pipeline.workspace import existing
from schemas.manifest import Queue, ReviewSettings
from schemas.review import QueueResult, ReviewResults


def result(**told):
    counts = {"items": 10, "asked": 10, "reviewed": 10, "accepted": 10, "edited": 0, "rejected": 0}
    return QueueResult(name="audit", origin="captions", **{**counts, **told})


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"require": 0.9}, ""),
        ({"require": 0.9, "accepted": 9, "edited": 1}, ""),
        ({"require": 0.9, "accepted": 8, "edited": 1, "rejected": 1}, "8 of 10 were (80.0%)"),
        ({"require": 0.0, "reviewed": 7, "accepted": 7}, "3 of 10 are still to be reviewed"),
        ({"require": 0.9, "asked": 0, "reviewed": 0, "accepted": 0, "items": 0}, ""),
        ({}, ""),
    ],
)
def test_a_quota_is_met_once_all_that_was_asked_is_reviewed_and_enough_was_right(told, why):
    assert unmet(result(**told)) == why


@pytest.fixture
def reviewed(bench):
    """A run with a queue that asks for a quota."""
    bench.article(1)
    bench.manifest(review={"queues": [{"name": "audit", "from": "captions", "require": 0.9}]})
    bench.made()
    place = existing(bench.place)
    return place, read_lock(place)[0]


def test_results_hold_for_the_state_that_they_were_counted_in(reviewed):
    place, manifest = reviewed
    assert why_unknown(place, manifest) == ""
    queue = Queue.model_validate({"name": "other", "from": "captions"})
    changed = manifest.model_copy(update={"review": ReviewSettings(queues=(queue,))})
    assert "another state" in why_unknown(place, changed)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"queues": 1}', b'{"made_of": "x", "replayed": -1}'])
def test_results_that_are_absent_or_broken_are_none(reviewed, content):
    place, manifest = reviewed
    results_path(place).unlink()
    if content is not None:
        results_path(place).write_bytes(content)
    assert read_results(place) is None
    assert "nothing was reviewed" in why_unknown(place, manifest)


def test_results_are_written_whole_and_once(reviewed):
    place, _ = reviewed
    told = ReviewResults(made_of="x", replayed=0, queues=(result(),))
    write_results(place, told)
    before = results_path(place).stat().st_mtime_ns
    write_results(place, told)
    assert (read_results(place), results_path(place).stat().st_mtime_ns) == (told, before)
