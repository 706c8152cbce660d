"""The API of bioRxiv and medRxiv against a local one: every version once, or an error that says what is missing."""

import pickle
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import biorxiv_server
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.biorxiv_api import Api, Fault, Preprint
from ingest.session import Manners, Session
from schemas.errors import SourceError

QUICK = Manners(per_second=100_000, tries=3, backoff_s=0)
DAY = date(2026, 1, 4)
"""The first of three days that are asked for at once."""
SPAN = (DAY, DAY + timedelta(days=2))


@pytest.fixture
def server() -> Iterator[Any]:
    with biorxiv_server.serving() as running:
        yield running


@pytest.fixture
def api(server: Any, tmp_path: Path) -> Api:
    session = Session("biorxiv", contact="lab@example.org", cache=tmp_path, manners=QUICK)
    return Api(session, server.api_url)


def window(api: Api, since: date = SPAN[0], until: date = SPAN[1], *, age_s: float | None = 0) -> list[Preprint]:
    return list(api.window("biorxiv", since, until, max_age_s=age_s))


def post(server: Any, count: int, *, first: int = 1, **known: Any) -> list[str]:
    """Post preprints over the three days and return their DOIs."""
    return [
        server.add(number, **{"posted": DAY + timedelta(days=number % 3), **known}).doi
        for number in range(first, first + count)
    ]


def test_three_days_lie_in_one_window() -> None:
    assert DAY.toordinal() % 3 == 0


def test_a_version_comes_with_all_that_is_told_of_it(server: Any, api: Api) -> None:
    posted = server.add(7, posted=DAY, license="cc_by_nc", category="cell biology")
    server.publish(posted.doi, "10.5555/INVENTED.7", on=DAY)
    assert window(api) == [
        Preprint(
            server="biorxiv",
            doi="10.64898/2026.01.04.000007",
            version=1,
            date=DAY,
            license="cc_by_nc",
            category="cell biology",
            kind="new results",
            jatsxml="https://www.biorxiv.org/content/early/2026/01/04/2026.01.04.000007.source.xml",
            published="10.5555/invented.7",
            withdrawn=False,
        )
    ]
    assert pickle.loads(pickle.dumps(window(api))) == window(api)


@pytest.mark.parametrize("page_rows", [30, 100])
def test_pages_follow_the_count_that_came(server: Any, api: Api, page_rows: int) -> None:
    server.page_rows = page_rows
    dois = post(server, 130)
    assert {one.doi for one in window(api)} == set(dois)
    assert len(window(api)) == 130
    cursors = [seen.path.split("/")[-2] for seen in server.asked("details")]
    assert cursors[: len(cursors) // 2] == [str(at) for at in range(0, 130, page_rows)]


def test_both_prefixes_and_both_servers_are_read(server: Any, api: Api) -> None:
    old, new = server.add(1, posted=DAY, prefix="10.1101"), server.add(2, posted=DAY)
    other = server.add(3, posted=DAY, server="medrxiv")
    assert [one.doi for one in window(api)] == [old.doi, new.doi]
    (medical,) = api.window("medrxiv", *SPAN, max_age_s=0)
    assert (medical.server, medical.doi) == ("medrxiv", other.doi)
    assert medical.jatsxml == "https://www.medrxiv.org/content/early/2026/01/04/2026.01.04.00000003.source.xml"


def test_a_span_is_cut_at_the_same_days_wherever_it_begins(server: Any, api: Api) -> None:
    window(api, date(2026, 1, 5), date(2026, 1, 11))
    window(api, date(2026, 1, 8), date(2026, 1, 12))
    spans = ["/".join(seen.path.split("/")[3:5]) for seen in server.asked("/0/json")]
    pieces = ["2026-01-05/2026-01-06", "2026-01-07/2026-01-09", "2026-01-10/2026-01-11"]
    pieces += ["2026-01-08/2026-01-09", "2026-01-10/2026-01-12"]
    assert list(dict.fromkeys(spans)) == pieces


def test_a_span_that_ends_before_it_begins_asks_nobody(server: Any, api: Api) -> None:
    assert window(api, DAY, DAY - timedelta(days=1)) == []
    assert server.log == []


def test_a_version_is_listed_on_its_own_day(server: Any, api: Api) -> None:
    first = server.add(1, posted=DAY)
    server.revise(first.doi, posted=DAY + timedelta(days=40), license="cc_by_nd")
    assert [(one.doi, one.version) for one in window(api)] == [(first.doi, 1)]
    (second,) = window(api, DAY + timedelta(days=39), DAY + timedelta(days=41))
    assert (second.doi, second.version, second.license) == (first.doi, 2, "cc_by_nd")


def test_kept_pages_are_used_as_long_as_they_are_young(server: Any, api: Api) -> None:
    post(server, 40)
    before = window(api, age_s=None)
    asked = len(server.log)
    assert window(api, age_s=None) == before
    assert len(server.log) == asked
    window(api)
    assert len(server.log) == asked + 2


@pytest.mark.parametrize(
    ("known", "withdrawn"),
    [
        ({"title": "WITHDRAWN: Invented cells"}, True),
        ({"title": "Withdrawn: Invented cells"}, True),
        ({"title": "[WITHDRAWN]: Invented cells"}, True),
        ({"title": "Withdrawn drugs: invented cells"}, False),
        ({"title": "Cells withdrawn: an invention"}, False),
        ({"kind": "withdrawn"}, True),
        ({"abstract": "This article has been withdrawn by its makers."}, True),
        ({"abstract": "The authors have withdrawn this manuscript."}, True),
        ({"abstract": "bioRxiv has withdrawn this article."}, True),
        ({"abstract": "Blood was drawn. The study has been withdrawn from nobody."}, False),
    ],
    ids=str,
)
def test_a_withdrawal_shows_in_title_type_or_abstract(
    server: Any, api: Api, known: dict[str, Any], *, withdrawn: bool
) -> None:
    server.add(1, posted=DAY, **known)
    assert [one.withdrawn for one in window(api)] == [withdrawn]


def test_versions_come_in_order_with_what_is_told_now(server: Any, api: Api) -> None:
    first = server.add(1, posted=DAY, processed=False)
    server.revise(first.doi, posted=DAY + timedelta(days=9))
    server.withdraw(first.doi, posted=DAY + timedelta(days=12))
    server.alter(first.doi, 1, license="cc0")
    found = api.versions("biorxiv", first.doi.upper(), max_age_s=0)
    assert [(one.version, one.license, one.withdrawn) for one in found] == [
        (1, "cc0", False),
        (2, "cc_by", False),
        (3, "cc_by", True),
    ]
    assert [one.jatsxml is None for one in found] == [True, False, False]


def test_a_preprint_that_nobody_knows_has_no_version(server: Any, api: Api) -> None:
    medical = server.add(1, posted=DAY, server="medrxiv")
    assert api.versions("biorxiv", "10.64898/2026.01.01.000404", max_age_s=0) == []
    assert api.versions("biorxiv", medical.doi, max_age_s=0) == []
    assert len(api.versions("medrxiv", medical.doi, max_age_s=0)) == 1


def test_that_a_preprint_is_unknown_is_believed_when_it_is_said_twice(server: Any, api: Api) -> None:
    first = server.add(1, posted=DAY)
    server.fault(first.doi, body=b'{"messages": [{"status": "no posts found"}], "collection": []}')
    assert len(api.versions("biorxiv", first.doi, max_age_s=0)) == 1


def test_a_version_that_can_not_be_read_is_an_error(server: Any, api: Api) -> None:
    first = server.add(1, posted=DAY)
    server.alter(first.doi, record={"version": "x"})
    with pytest.raises(SourceError, match="record_invalid: version is 'x'"):
        api.versions("biorxiv", first.doi, max_age_s=0)
    server.alter(first.doi, record={"doi": "10.64898/2026.01.04.000002"})
    with pytest.raises(SourceError, match="record_invalid: it is that of"):
        api.versions("biorxiv", first.doi, max_age_s=0)


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"doi": ...}, "doi is None"),
    ({"doi": "NA"}, "doi is 'NA'"),
    ({"doi": 7}, "doi is 7"),
    ({"version": "x"}, "version is 'x'"),
    ({"version": "0"}, "version is '0'"),
    ({"version": None}, "version is None"),
    ({"version": True}, "version is True"),
    ({"date": "05/01/2026"}, "date is '05/01/2026'"),
    ({"date": "2026-02-30"}, "date is '2026-02-30'"),
    ({"date": ...}, "date is None"),
    ({"license": ["cc_by"]}, "license is ['cc_by']"),
]


@pytest.mark.parametrize(("record", "said"), BROKEN, ids=str)
def test_a_broken_record_costs_only_itself(
    server: Any, api: Api, record: dict[str, Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = post(server, 40, first=100)
    broken = server.add(7, posted=DAY, record=record).doi
    assert {one.doi for one in window(api)} == set(good)
    (fault,) = api.faults
    assert isinstance(fault, Fault)
    assert fault.detail == said
    assert fault.key == (broken if "doi" not in record else fault.key)
    assert fault.key.startswith(("10.", "record-"))
    assert said in caplog.text
    window(api)
    assert api.faults == [fault]


def test_a_row_that_is_no_record_is_a_fault(server: Any, api: Api) -> None:
    post(server, 2)
    server.extra_rows = [(DAY, "nothing"), (DAY, None)]
    assert len(window(api)) == 2
    assert len(api.faults) == 2


def test_numbers_are_read_as_numbers_too_and_absent_words_as_none(server: Any, api: Api) -> None:
    record = {"version": 3, "published": "", "license": ..., "category": ..., "type": None, "jatsxml": "NA"}
    server.add(1, posted=DAY, record=record)
    (one,) = window(api)
    assert (one.version, one.published, one.license, one.category) == (3, None, "na", "")
    assert (one.kind, one.jatsxml) == ("", None)


def test_a_published_doi_may_be_an_address(server: Any, api: Api) -> None:
    server.add(1, posted=DAY, published="https://doi.org/10.1038/S41")
    assert [one.published for one in window(api)] == ["10.1038/s41"]


def test_what_is_posted_between_two_pages_is_found(server: Any, api: Api) -> None:
    post(server, 65)
    server.served.append(lambda site: site.served.clear() or post(site, 3, first=900, posted=SPAN[1]))
    found = window(api)
    assert len({one.doi for one in found}) == len(found) == 68


def test_what_shifts_the_pages_is_noticed_and_asked_for_anew(server: Any, api: Api) -> None:
    server.newest_first = True
    post(server, 65)
    server.served.append(lambda site: site.served.clear() or post(site, 1, first=900, posted=SPAN[1]))
    found = window(api)
    assert len({one.doi for one in found}) == len(found) == 66
    assert len(server.asked("/0/json")) == 2


def test_a_listing_that_always_shifts_is_an_error(server: Any, api: Api) -> None:
    server.newest_first = True
    post(server, 65)
    server.served.append(lambda site: post(site, 1, first=1000 + len(site.seen), posted=SPAN[1]))
    with pytest.raises(SourceError, match=r"listing_incomplete: \d+ different rows of \d+ came") as caught:
        window(api)
    assert "2026-01-04/2026-01-06" in str(caught.value)


@pytest.mark.parametrize("wrong_step", ["floor", "next"])
def test_a_page_that_came_short_loses_nothing(server: Any, api: Api, wrong_step: str) -> None:
    post(server, 90)
    server.wrong_step = wrong_step
    server.lies = [_short]
    found = window(api)
    assert len({one.doi for one in found}) == len(found) == 90


def test_a_page_that_always_comes_short_is_an_error(server: Any, api: Api) -> None:
    post(server, 90)
    server.wrong_step = "next"
    server.lies = [_short] * 60
    with pytest.raises(SourceError, match="listing_incomplete"):
        window(api)


def test_a_total_that_falls_is_not_believed(server: Any, api: Api) -> None:
    dois = post(server, 65)
    first = min(dois, key=lambda doi: (server.articles[doi][0].posted, doi))
    server.served.append(lambda site: site.served.clear() or site.remove(first))
    found = window(api)
    assert {one.doi for one in found} == set(dois) - {first}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"messages": [{"status": "no posts found"}], "collection": []}',
        b'{"messages": [{"status": "error"}], "collection": []}',
        b'{"messages": [], "collection": []}',
        b"[]",
        b"null",
        b'{"messages": [{"status": "ok", "count": 30, "cursor": 0, "total": "x"}], "collection": []}',
        b'{"messages": [{"status": "ok", "count": 30, "cursor": 0, "total": "40"}], "collection": []}',
        b'{"messages": [{"status": "ok", "count": 0, "cursor": 0, "total": "40"}], "collection": []}',
        b'{"messages": [{"status": "ok", "count": 0, "cursor": 30, "total": "40"}], "collection": []}',
        b"<!DOCTYPE html><html></html>",
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_not_an_empty_listing(server: Any, api: Api, body: bytes) -> None:
    post(server, 40)
    server.fault("/0/json", body=body, times=99)
    if b"no posts" in body:
        assert window(api) == []  # said twice, and never before anything else
    else:
        with pytest.raises(SourceError):
            window(api)
    server.faults.clear()
    assert len(window(api)) == 40
    server.fault("/0/json", body=body, times=99)
    with pytest.raises(SourceError):
        window(api)
    server.faults.clear()
    assert len(window(api)) == 40


def test_an_answer_that_is_none_once_is_asked_for_again(server: Any, api: Api) -> None:
    post(server, 40)
    for body in (b"", b'{"messages": [{"status": "no posts found"}], "collection": []}', b'{"messages": []}'):
        server.fault("/30/json", body=body)
        server.fault("/0/json", body=body)
        assert len(window(api)) == 40


def test_an_empty_window_is_empty_when_it_is_said_twice(server: Any, api: Api) -> None:
    assert window(api) == []
    assert len(server.log) == 2


def test_a_listing_of_other_days_is_not_believed(server: Any, api: Api) -> None:
    server.add(1, posted=DAY, record={"date": "2026-03-01"})
    with pytest.raises(SourceError, match="none is of 2026-01-04 to 2026-01-06"):
        window(api)


def test_what_was_there_before_and_is_not_any_more_is_in_doubt(server: Any, api: Api) -> None:
    dois = post(server, 60)
    assert len(window(api)) == 60
    for doi in dois[:50]:
        server.remove(doi)
    for _ in range(2):
        with pytest.raises(SourceError, match="listing_incomplete: it counts 10 rows, and counted 60 before"):
            window(api)


def test_published_articles_come_with_their_preprints(server: Any, api: Api) -> None:
    dois = post(server, 230)
    for number, doi in enumerate(dois):
        server.publish(doi, f"10.5555/INVENTED.{number}", on=DAY + timedelta(days=number % 5))
    found = list(api.published("biorxiv", DAY, DAY + timedelta(days=9), max_age_s=0))
    assert sorted(found) == sorted((doi, f"10.5555/invented.{number}") for number, doi in enumerate(dois))
    assert list(api.published("medrxiv", DAY, DAY + timedelta(days=2), max_age_s=0)) == []


def test_a_link_without_a_doi_is_a_fault(server: Any, api: Api) -> None:
    good, bad = post(server, 2)
    server.publish(good, "10.5555/invented", on=DAY)
    server.publish(bad, "NA", on=DAY)
    assert list(api.published("biorxiv", *SPAN, max_age_s=0)) == [(good, "10.5555/invented")]
    assert [fault.key for fault in api.faults] == [bad]


def _short(told: dict[str, Any]) -> dict[str, Any]:
    """Leave a row out, and count accordingly."""
    rows = told["collection"][:-1]
    return {**told, "collection": rows, "messages": [{**told["messages"][0], "count": len(rows)}]}


def _miscounted(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "collection": told["collection"][:-1]}


def _twice(told: dict[str, Any]) -> dict[str, Any]:
    """Show a row in the place of its neighbour."""
    rows = told["collection"]
    return {**told, "collection": [*rows[:-1], *rows[:1]]}


def _nothing(told: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"status": "no posts found"}], "collection": []}


def _error(told: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"status": "error: timeout"}], "collection": []}


def _smaller(told: dict[str, Any]) -> dict[str, Any]:
    """Lose a row of the listing, after the first page has told of it."""
    message = told["messages"][0]
    if message.get("cursor") in (0, None):
        return told
    return {**told, "messages": [{**message, "total": str(int(message["total"]) - 1)}]}


def _true(told: dict[str, Any]) -> dict[str, Any]:
    return told


LIES: list[Callable[[dict[str, Any]], dict[str, Any]]] = [_short, _miscounted, _twice, _nothing, _error, _smaller]


def _emptied(server: Any, api: Api) -> None:
    api._session.purge(server.api_url)
    server.articles.clear()
    server.served.clear()
    server.lies = []
    server.faults.clear()


@given(page_rows=st.sampled_from([1, 7, 30, 100]), count=st.integers(0, 70), newest_first=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_quiet_window_is_whole_whatever_the_page(
    server: Any, api: Api, page_rows: int, count: int, *, newest_first: bool
) -> None:
    _emptied(server, api)
    server.page_rows, server.newest_first = page_rows, newest_first
    dois = post(server, count)
    assert sorted(one.doi for one in window(api)) == sorted(dois)


@given(
    page_rows=st.sampled_from([3, 7, 30]),
    count=st.integers(0, 50),
    grown=st.lists(st.integers(0, 3), max_size=12),
    # Twice in a row, "no posts found" is believed: nothing tells it from the truth.
    lies=st.lists(st.sampled_from([*LIES, _true, _true]), max_size=12).filter(lambda told: told.count(_nothing) < 2),
    statuses=st.lists(st.sampled_from([500, 503, 429]), max_size=2),
    newest_first=st.booleans(),
    wrong_step=st.sampled_from(["floor", "next"]),
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_preprint_comes_once_or_the_window_is_an_error(
    server: Any,
    api: Api,
    *,
    page_rows: int,
    count: int,
    grown: list[int],
    lies: list[Any],
    statuses: list[int],
    newest_first: bool,
    wrong_step: str,
) -> None:
    _emptied(server, api)
    server.page_rows, server.newest_first, server.wrong_step = page_rows, newest_first, wrong_step
    dois, left = post(server, count), list(grown)

    def grow(site: Any) -> None:
        if left:
            post(site, left.pop(0), first=1000 + 10 * len(left))

    server.served.append(grow)
    server.lies = list(lies)
    for status in statuses:
        server.fault("details", status=status)
    try:
        found = [one.doi for one in window(api)]
    except SourceError:
        return
    assert len(set(found)) == len(found)
    assert set(dois) <= set(found) <= set(server.articles)
