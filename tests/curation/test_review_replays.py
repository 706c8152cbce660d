"""What reviewers decide on the page is what the next run makes, and nothing is asked twice after it."""

import pytest
from review_desks import decide, desk_of, keys, log_of, progress, states

from curation.review_standings import item_of


@pytest.fixture
def audited(bench):
    """Three articles whose texts, and what is asked about them, wait for a reviewer."""
    for number in (1, 2, 3):
        bench.article(number)
    bench.article_of("mitochondria", 4)
    bench.manifest(
        questions={"per_panel": 2, "tasks": ["modality", "organism", "organelle"]},
        review={"queues": [{"name": "audit", "from": "captions"}, {"name": "asked", "from": "questions"}]},
    )
    bench.made()
    return bench


def item(desk, queue, key):
    with desk.index() as index:
        return item_of(index, queue, key)


def test_texts_that_were_decided_on_stand_so_and_are_not_asked_again(audited):
    desk = desk_of(audited.place)
    accepted, edited, rejected, left = keys(desk, "audit")
    about = {item(desk, "audit", key).id: key for key in (accepted, edited, rejected)}
    decide(desk, "audit", accepted, "ana")
    decide(desk, "audit", edited, "ana", "edit", {"text": "As a reviewer says it."})
    decide(desk, "audit", rejected, "ana", "reject", reason="wrong value")
    audited.made()
    rows = {about[row["id"]]: row for row in audited.rows("5-captioned") if row["id"] in about}
    assert rows[edited]["distilled"]["text"] == "As a reviewer says it."
    assert rows[rejected]["distilled"]["prompt"] == "verbatim"
    desk = desk_of(audited.place)
    told = progress(desk, "audit")
    assert (told.asked, told.reviewed, told.accepted, told.edited, told.rejected) == (4, 3, 1, 1, 1)
    assert [key for key in keys(desk, "audit") if key == left] == [left]
    assert [state for state, *_ in states(desk, "audit")].count("open") == 1
    audited.made()
    assert progress(desk_of(audited.place), "audit") == told


def test_questions_that_were_decided_on_stand_so_and_are_not_asked_again(audited):
    desk = desk_of(audited.place)
    first, second, *_ = asked = keys(desk, "asked")
    value = item(desk, "asked", first).shown["value"]
    decide(desk, "asked", first, "ana", "edit", {**value, "question": "What is to be seen here?"})
    decide(desk, "asked", second, "ana", "reject", reason="can be guessed")
    audited.made()
    texts = [each["question"] for row in audited.rows("5-captioned") for each in row["questions"]]
    assert texts.count("What is to be seen here?") == 1
    assert len(texts) == len(asked) - 1
    desk = desk_of(audited.place)
    told = progress(desk, "asked")
    assert (told.asked, told.reviewed, told.edited, told.rejected) == (len(asked), 2, 1, 1)


def test_a_quota_that_is_met_lets_the_dataset_go(audited):
    from pipeline.lock import read_lock
    from pipeline.workspace import existing
    from publishing.gates import _unreviewed

    def refused():
        place = existing(audited.place)
        return [one.why for one in _unreviewed(place, read_lock(place)[0])]

    audited.manifest(review={"queues": [{"name": "audit", "from": "captions", "require": 0.75}]})
    audited.made()
    assert refused() == ["75% must be right, and 4 of 4 are still to be reviewed"]
    desk = desk_of(audited.place)
    *right, wrong = keys(desk, "audit")
    for key in right:
        decide(desk, "audit", key, "ana")
    decide(desk, "audit", wrong, "ana", "reject", reason="wrong value")
    assert "aren't put to work" in refused()[0]
    audited.made()
    assert refused() == []


def test_a_run_says_what_came_of_the_review_and_the_gate_reads_it(audited):
    from pipeline.lock import read_lock
    from pipeline.review_results import read_results, why_unknown
    from pipeline.workspace import existing

    place = existing(audited.place)
    assert why_unknown(place, read_lock(place)[0]) == ""
    desk = desk_of(audited.place)
    decide(desk, "audit", keys(desk, "audit")[0], "ana")
    assert "1 decisions aren't put to work" in why_unknown(place, desk.manifest)
    audited.made()
    assert why_unknown(place, desk.manifest) == ""
    (audit, *_) = read_results(place).queues
    assert (audit.asked, audit.reviewed, audit.right) == (4, 1, 1.0)
    assert len(log_of(desk)) == 1
