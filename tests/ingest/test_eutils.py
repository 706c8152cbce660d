"""Every article a query finds, once, also where the service shows only a part of them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import eutils
from ingest.eutils import Entrez, count, find_ids
from ingest.session import Manners, Session
from schemas.errors import SourceError

QUICK = Manners(per_second=10_000, tries=2, backoff_s=0)


@pytest.fixture
def entrez(pmc_server: Any, tmp_path: Path) -> Entrez:
    session = Session("pmc", contact="lab@example.org", cache=tmp_path, manners=QUICK)
    return Entrez(session, "lab@example.org", "s3cret", pmc_server.eutils_url)


@pytest.fixture
def few(pmc_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eutils, "MOST_IDS", 7)
    pmc_server.most_ids = 7


def test_a_search_says_who_asks_and_keeps_its_history(entrez: Entrez, pmc_server: Any) -> None:
    pmc_server.catalogue = {n: (date(2026, 1, 1), "confocal") for n in range(1, 30)}
    pmc_server.page_ids = 10
    assert list(find_ids(entrez, "confocal")) == list(range(1, 30))
    first, *rest = (seen.query for seen in pmc_server.asked("esearch"))
    assert (first["tool"], first["email"], first["usehistory"]) == ("bricks", "lab@example.org", "y")
    assert [one["retstart"] for one in rest] == ["10", "20"]
    assert {one["WebEnv"] for one in rest} == {"MCID_0"}


def test_articles_that_arrive_between_two_pages_shift_nothing(entrez: Entrez, pmc_server: Any) -> None:
    pmc_server.catalogue = {n: (date(2026, 1, 1), "confocal") for n in range(1, 30)}
    pmc_server.page_ids = 10
    found = pmc_server._found

    def newer(term: str) -> list[int]:
        answer: list[int] = found(term)
        pmc_server.catalogue[1000 + len(pmc_server.seen)] = (date(2026, 1, 2), "confocal")
        return answer

    pmc_server._found = newer
    assert list(find_ids(entrez, "confocal")) == list(range(1, 30))


def test_above_the_limit_of_the_service_nothing_is_lost(entrez: Entrez, pmc_server: Any) -> None:
    day = date(2019, 3, 1)
    pmc_server.catalogue = {n: (day + timedelta(days=n % 2500), "confocal") for n in range(1, 25_001)}
    found = list(find_ids(entrez, "confocal"))
    assert len(found) == 25_000
    assert set(found) == set(range(1, 25_001))
    assert len(pmc_server.asked("esearch")) < 20
    assert count(entrez, "confocal") == 25_000


@given(st.lists(st.integers(0, 400), max_size=40))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_article_is_found_once_wherever_its_date_lies(
    entrez: Entrez, pmc_server: Any, few: None, days: list[int]
) -> None:
    # At most seven share a day; some lie in the future.
    spread = {n: date(1999, 12, 25) + timedelta(days=40 * day + n // 7) for n, day in enumerate(sorted(days), 1)}
    pmc_server.catalogue = {n: (day, "confocal") for n, day in spread.items()}
    entrez.session.purge(pmc_server.eutils_url)  # each example is a first run
    found = list(find_ids(entrez, "confocal"))
    assert sorted(found) == sorted(spread)


def test_articles_without_a_date_are_found_too(entrez: Entrez, pmc_server: Any, few: None) -> None:
    pmc_server.catalogue = {n: (date(2020, 1, n), "confocal") for n in range(1, 20)}
    pmc_server.catalogue |= {n: (date(1, 1, 1), "confocal") for n in range(101, 105)}
    assert sorted(find_ids(entrez, "confocal")) == [*range(1, 20), *range(101, 105)]


def test_a_day_that_is_too_much_says_so(entrez: Entrez, pmc_server: Any, few: None) -> None:
    pmc_server.catalogue = {n: (date(2020, 5, 5), "confocal") for n in range(1, 20)}
    with pytest.raises(SourceError, match="too_many_ids"):
        list(find_ids(entrez, "confocal"))


@pytest.mark.parametrize(
    "body",
    [b'{"error": "API rate limit exceeded"}', b'{"esearchresult": {"ERROR": "Search Backend failed"}}', b"[]", b"{}"],
)
def test_an_error_inside_an_answer_is_tried_again(entrez: Entrez, pmc_server: Any, body: bytes) -> None:
    pmc_server.catalogue = {5: (date(2026, 1, 1), "confocal")}
    pmc_server.fault("esearch", body=body)
    assert list(find_ids(entrez, "confocal")) == [5]
    pmc_server.fault("esearch", body=body, times=9)
    with pytest.raises(SourceError, match="backend_error"):
        list(find_ids(entrez, "confocal"))


def test_the_same_search_is_asked_anew_each_time(entrez: Entrez, pmc_server: Any) -> None:
    pmc_server.catalogue = {5: (date(2026, 1, 1), "confocal")}
    assert list(find_ids(entrez, "confocal")) == [5]
    pmc_server.catalogue[6] = (date(2026, 1, 2), "confocal")
    assert list(find_ids(entrez, "confocal")) == [5, 6]


LIES: list[dict[str, Any]] = [
    {"count": "40"},
    {"count": "3"},
    {"count": "0"},
    {"count": 29, "idlist": []},
    {"idlist": [str(n) for n in range(1, 29)] + ["1"]},
    {"idlist": ["1"] * 29},
    {"idlist": ["1", "x"]},
    {"idlist": ["1", "-5"]},
    {"idlist": [True, 1.5]},
    {"idlist": "1,2,3"},
    {"count": "-1"},
    {"count": "9" * 5000},
    {"count": "\u00b2"},
    {"count": None},
    {"ERROR": "Search Backend failed"},
    {"errorlist": {"phrasesnotfound": ["confocal"], "fieldsnotfound": []}},
    {"warninglist": {"outputmessages": ["No items found."]}, "count": "0", "idlist": []},
    {"warninglist": {"quotedphrasesnotfound": ["confocal"]}},
    {"count": "0", "idlist": []},
    {"count": "9", "idlist": [str(n) for n in range(1, 10)]},
]


@pytest.mark.parametrize("lie", LIES, ids=range(len(LIES)))
def test_an_answer_that_contradicts_itself_or_the_last_one_is_in_doubt(
    entrez: Entrez, pmc_server: Any, lie: dict[str, Any]
) -> None:
    pmc_server.catalogue = {n: (date(2026, 1, 1), "confocal") for n in range(1, 30)}
    assert len(list(find_ids(entrez, "confocal"))) == 29
    pmc_server.searched = lie
    for _ in range(2):
        with pytest.raises(SourceError, match="search_in_doubt"):
            list(find_ids(entrez, "confocal"))
    pmc_server.searched = {}
    assert len(list(find_ids(entrez, "confocal"))) == 29


@pytest.mark.parametrize("lie", LIES[:15], ids=range(15))
def test_the_first_answer_has_to_be_one(entrez: Entrez, pmc_server: Any, lie: dict[str, Any]) -> None:
    pmc_server.catalogue = {n: (date(2026, 1, 1), "confocal") for n in range(1, 30)}
    pmc_server.searched = lie
    for _ in range(2):
        with pytest.raises(SourceError, match=r"incomplete|backend_error"):
            list(find_ids(entrez, "confocal"))
    pmc_server.searched = {}
    assert len(list(find_ids(entrez, "confocal"))) == 29


def test_a_page_that_comes_back_empty_is_asked_for_again(entrez: Entrez, pmc_server: Any) -> None:
    pmc_server.catalogue = {n: (date(2026, 1, 1), "confocal") for n in range(1, 30)}
    pmc_server.page_ids = 10
    empty = b'{"esearchresult": {"count": "29", "idlist": []}}'
    pmc_server.fault("retstart=10", body=empty)
    assert len(list(find_ids(entrez, "confocal"))) == 29
    pmc_server.fault("retstart=20", body=empty, times=9)
    with pytest.raises(SourceError, match="search_in_doubt: incomplete"):
        list(find_ids(entrez, "confocal"))


def test_a_piece_that_lacks_something_is_noticed(entrez: Entrez, pmc_server: Any, few: None) -> None:
    pmc_server.catalogue = {n: (date(2020, 1, n), "confocal") for n in range(1, 20)}
    assert len(list(find_ids(entrez, "confocal"))) == 19
    pmc_server.fault("2000/01/02:2100", body=b'{"esearchresult": {"count": "0", "idlist": []}}')
    with pytest.raises(SourceError, match="search_in_doubt: incomplete"):
        list(find_ids(entrez, "confocal"))


def test_a_query_that_is_written_anew_is_measured_by_nothing(entrez: Entrez, pmc_server: Any) -> None:
    pmc_server.catalogue = {n: (date(2026, 1, 1), "confocal") for n in range(1, 101)}
    assert len(list(find_ids(entrez, "confocal"))) == 100
    pmc_server.catalogue = dict(list(pmc_server.catalogue.items())[:30])
    with pytest.raises(SourceError, match="it finds 30 articles, and found 100 before"):
        list(find_ids(entrez, "confocal"))
    assert len(list(find_ids(entrez, "(confocal)"))) == 30


def test_what_shrinks_a_little_each_time_is_believed(entrez: Entrez, pmc_server: Any) -> None:
    pmc_server.catalogue = {n: (date(2026, 1, 1), "confocal") for n in range(1, 101)}
    for left in (100, 60, 35, 20, 10):
        pmc_server.catalogue = dict(list(pmc_server.catalogue.items())[:left])
        assert len(list(find_ids(entrez, "confocal"))) == left


def test_a_remark_that_was_there_from_the_start_is_told_once(
    entrez: Entrez, pmc_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    pmc_server.catalogue = {5: (date(2026, 1, 1), "confocal")}
    pmc_server.searched = {"errorlist": {"phrasesnotfound": ["airyscan9"]}}
    for _ in range(2):
        assert list(find_ids(entrez, "confocal")) == [5]
    assert [record.message for record in caplog.records if "airyscan9" in record.message] == [
        "PMC's search remarks on 'confocal': phrasesnotfound: ['airyscan9']"
    ]
