"""A source that gives no answer, or one that can't be believed, takes nothing out of the dataset; `refresh` does."""

import json
import logging

import pytest

EMPTY = {"count": "0", "idlist": []}


def ids(live):
    return {row["source_id"] for row in live.published()}


def added(live, count):
    for number in range(1, count + 1):
        live.server.add(number, figures=1, unused=0)


def test_a_listing_that_fails_leaves_what_is_here(live):
    added(live, 2)
    live.made()
    before = {row["id"] for row in live.published()}
    live.server.fault("prefix=PMC2.", times=50, status=503)

    live.run()

    assert {row["id"] for row in live.published()} == before


@pytest.mark.parametrize("body", [b"<ListBucketResult/>", b"<ListBucketResult><KeyCount>1</KeyCount>"])
def test_a_listing_that_is_broken_leaves_what_is_here_and_is_told(live, body):
    added(live, 2)
    live.made()
    live.server.fault("prefix=PMC2.", times=50, body=body)
    said = live.made()
    assert said["stages"][0]["failed"] == {"not_a_listing": 1}
    assert ids(live) == {"PMC1", "PMC2"}


@pytest.mark.parametrize(
    "lie",
    [
        EMPTY,
        {"count": "3"},
        {"count": "1"},
        {"count": "2", "idlist": ["2"]},
        {"idlist": []},
        {"ERROR": "Search Backend failed"},
        {"count": "1", "idlist": ["2"], "errorlist": {"phrasesnotfound": ["confocal"]}},
        {"count": "1", "idlist": ["2"], "warninglist": {"outputmessages": ["partial"]}},
    ],
    ids=str,
)
def test_a_search_in_doubt_leaves_what_is_here_and_says_so_once(live, caplog, lie):
    added(live, 2)
    live.made()
    dataset = live.dataset()
    live.server.searched = lie
    with caplog.at_level(logging.WARNING):
        live.made()
    assert live.dataset() == dataset
    (warning,) = [record.message for record in caplog.records if "in doubt" in record.message]
    assert "brackets around the query" in warning
    live.server.searched = {}
    live.made()
    assert live.dataset() == dataset


@pytest.mark.parametrize("fault", [{"html": True}, {"body": b"{"}, {"body": b""}, {"body": b"[]"}], ids=str)
def test_a_search_that_is_no_search_leaves_what_is_here(live, fault):
    added(live, 2)
    live.made()
    dataset = live.dataset()
    live.server.fault("esearch", times=99, **fault)
    live.made()
    assert live.dataset() == dataset


@pytest.mark.parametrize("fault", [{"html": True}, {"body": b"{"}, {"body": b"[]"}], ids=str)
def test_a_first_search_that_is_no_search_is_one_line(live, fault):
    added(live, 2)
    live.server.fault("esearch", times=99, **fault)
    said = live.run()
    assert (said.code, said.out) == (1, "")
    assert len(said.err.strip().splitlines()) == 1


def test_a_search_that_finds_far_fewer_leaves_what_is_here_until_it_is_asked_anew(live, caplog):
    added(live, 40)
    live.made()
    live.server.catalogue = dict(list(live.server.catalogue.items())[:10])
    for _ in range(2):
        live.made()
        assert len(ids(live)) == 40
    assert "it finds 10 articles, and found 40 before" in caplog.text
    (source,) = json.loads(live.manifest_file.read_text())["sources"]
    live.manifest(sources=[{**source, "query": "(confocal)"}], contact="lab@example.org")
    live.made()
    assert len(ids(live)) == 10


def test_a_search_that_finds_a_few_fewer_is_believed(live):
    added(live, 6)
    live.made()
    live.server.catalogue.pop(3)
    live.made()
    assert ids(live) == {"PMC1", "PMC2", "PMC4", "PMC5", "PMC6"}


def test_what_left_before_the_doubt_stays_out(live):
    added(live, 4)
    live.made()
    live.server.catalogue.pop(3)
    live.made()
    live.server.searched = EMPTY
    live.made()
    assert ids(live) == {"PMC1", "PMC2", "PMC4"}


def test_refresh_takes_nothing_down_where_the_whole_bucket_has_moved(live, command):
    added(live, 3)
    live.made()
    live.server.objects = {}
    said = command("refresh", live.place)
    assert said.code == 1
    assert "of 3 articles 3 would go at once" in said.err
    assert "bricks remove --source-id" in said.err
    assert ids(live) == {"PMC1", "PMC2", "PMC3"}


def test_refresh_takes_down_what_is_retracted_also_where_the_rest_seems_gone(live, command):
    added(live, 30)
    live.made()
    live.server.add(1, figures=1, unused=0, metadata={"is_retracted": True})
    for number in range(2, 27):
        live.server.remove(number)
    live.server.fault("prefix=PMC27.", times=99, status=503)
    said = command("refresh", live.place)
    assert said.code == 1
    for words in ("PMC1: retracted", "PMC27 (http_503)", "of 30 articles 25 would go at once"):
        assert words in said.err
    assert ids(live) == {f"PMC{number}" for number in range(2, 31)}
