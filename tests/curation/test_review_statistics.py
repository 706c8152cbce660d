"""Figures of a review: who agreed with whom, blind, and what each did."""

from datetime import UTC, datetime, timedelta

import pytest
from review_desks import desk_of, keys, undo

from curation.review_records import SaidVerdict, take
from curation.review_statistics import Twice, agreement, result_of, reviewers_of
from curation.review_tables import index_path

START = datetime(2026, 11, 29, 9, tzinfo=UTC)


@pytest.fixture
def desk(bench, monkeypatch):
    """Six texts, all of which two people see."""
    monkeypatch.setattr("curation.review_draw.SECOND_SHARE", 1.0)
    for number in range(1, 7):
        bench.article(number)
    bench.manifest(review={"queues": [{"name": "audit", "from": "captions"}]})
    bench.made()
    index_path(desk_of(bench.place).workspace).unlink()
    return desk_of(bench.place)


def said(who, verdict, minute, *, second=False):
    when = START + timedelta(seconds=20 * minute)
    return SaidVerdict(who=who, when=when, verdict=verdict, reason="because", second=second)


def test_two_people_who_agree_on_four_of_six(desk):
    ana = ["accept", "accept", "accept", "reject", "reject", "reject"]
    ben = ["accept", "accept", "reject", "reject", "reject", "accept"]
    asked = keys(desk, "audit")
    take(desk, [(key, said("ana", verdict, at)) for at, (key, verdict) in enumerate(zip(asked, ana, strict=True))])
    take(
        desk, [(key, said("ben", each, at, second=True)) for at, (key, each) in enumerate(zip(asked, ben, strict=True))]
    )
    (queue, _) = desk.queues
    with desk.index() as index:
        result, people = result_of(index, queue), reviewers_of(index, queue)
    assert (result.second_reviewed, result.kappa) == (6, pytest.approx(1 / 3, abs=1e-4))
    assert (result.reviewed, result.disagreed, result.reviewers) == (4, 2, 2)
    assert [(one["name"], one["second"], one["agreed"], one["pace_s"]) for one in people] == [
        ("ana", 0, 0.6667, 20.0),
        ("ben", 6, 0.6667, 20.0),
    ]


def test_work_that_was_taken_back_is_no_time_per_item(desk):
    one, two, three, *_ = keys(desk, "audit")
    take(desk, [(one, said("ana", "accept", 0)), (two, said("ana", "accept", 1)), (three, said("ana", "reject", 4))])
    (queue, _) = desk.queues

    def pace_s():
        with desk.index() as index:
            return reviewers_of(index, queue)[0]["pace_s"]

    assert pace_s() == 40.0
    undo(desk, "audit", two, "ana")
    assert pace_s() == 80.0
    for key in (one, three):
        undo(desk, "audit", key, "ana")
    assert pace_s() is None


def test_agreement_is_that_of_the_blind_looks_though_somebody_settled_them(desk):
    first, *_ = keys(desk, "audit")
    take(desk, [(first, said("ana", "accept", 1))])
    take(desk, [(first, said("ben", "reject", 2, second=True))])
    take(desk, [(first, said("eve", "reject", 3))])
    (queue, _) = desk.queues
    with desk.index() as index:
        result = result_of(index, queue)
        (ana, ben, _) = reviewers_of(index, queue)
    assert (result.reviewed, result.rejected, result.disagreed) == (1, 1, 0)
    assert (ana["agreed"], ben["agreed"]) == (0.0, 0.0)


def test_of_more_than_two_people_it_is_alpha():
    pairs = [(("ana", "ben"), ("x", "x")), (("ana", "eve"), ("y", "y")), (("ben", "eve"), ("x", "y"))]
    assert agreement([Twice(*pair) for pair in pairs]) == pytest.approx(1 - 5 * 2 / 18, abs=1e-4)
    assert agreement([]) is None
