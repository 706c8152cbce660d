"""The website of bioRxiv and medRxiv against a local one: XML and pictures when asked for, and a stop when told off."""

import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import biorxiv_server
import pytest

from ingest.articles import figures_of
from ingest.biorxiv_web import REST_S, WEB_URLS, WebFiles, Website, manners_of_website, place_of, slugs_of
from ingest.connector import Files, Origin
from ingest.jats import parse_articles
from ingest.session import Clock, Session
from schemas.errors import ArticleError, SourceError
from schemas.records import Dropped, Figure

DAY = date(2026, 1, 4)


@pytest.fixture
def server() -> Iterator[Any]:
    with biorxiv_server.serving() as running:
        yield running


class Time:
    """A clock that stands still until it is told to go on, or sleeps."""

    def __init__(self) -> None:
        self.moment = 1_800_000_000.0
        self.slept: list[float] = []

    def sleep(self, pause_s: float) -> None:
        self.slept.append(pause_s)
        self.moment += pause_s

    def clock(self) -> Clock:
        return Clock(lambda: self.moment, self.sleep)


@pytest.fixture
def time() -> Time:
    return Time()


def website(server: Any, cache: Path, clock: Clock | None = None, *, per_second: float = 100_000) -> Website:
    manners = manners_of_website(server.web_url, per_second)
    session = Session("biorxiv", contact="lab@example.org", cache=cache, manners=manners, clock=clock)
    return Website(session, server.web_url, marks=cache / "blocked", clock=clock)


@pytest.fixture
def site(server: Any, tmp_path: Path, time: Time) -> Website:
    """The website without a pace, on a clock of ours."""
    return website(server, tmp_path, time.clock())


def files_of(site: Website, posted: Any) -> WebFiles:
    jatsxml = f"https://www.{posted.server}.org/{posted.source_path()}"
    return WebFiles(site, place_of(posted.server, posted.doi, posted.posted, jatsxml))


def paths(server: Any) -> list[str]:
    return [seen.path for seen in server.asked(service="web")]


def test_only_the_wanted_pictures_are_downloaded_and_each_once(server: Any, site: Website) -> None:
    posted = server.add(7, posted=DAY, figures=3)
    files: Files = files_of(site, posted)
    assert paths(server) == []
    assert list(files.names()) == [
        "2026.01.04.000007.source.xml",
        "000007v1_fig1",
        "000007v1_fig2",
        "000007v1_fig3",
    ]
    for _ in range(2):
        assert files.read("000007v1_fig2") == posted.picture(2)
    assert paths(server) == [
        "/content/early/2026/01/04/2026.01.04.000007.source.xml",
        "/content/biorxiv/early/2026/01/04/2026.01.04.000007/F2.large.jpg",
    ]
    assert files.retrieved_at("000007v1_fig2") is not None
    assert files.retrieved_at("000007v1_fig1") is None


@pytest.mark.parametrize("name", ["biorxiv", "medrxiv"])
def test_the_figures_of_an_article_find_their_pictures(server: Any, site: Website, name: str) -> None:
    posted = server.add(7, posted=DAY, server=name)
    files = files_of(site, posted)
    (article,) = parse_articles(files.read(files.xml_name), where="xml")
    one, two = figures_of(article, files, files.xml_name, Origin(source=name, live=True))
    assert isinstance(one, Figure)
    assert isinstance(two, Figure)
    assert (one.blob, two.blob) == (posted.picture(1), posted.picture(2))
    assert (one.version, one.license, one.member) == ("1", "CC-BY-4.0", posted.href(1))
    assert one.retrieved_at is not None


def test_without_an_address_the_day_and_the_doi_make_it(server: Any, site: Website) -> None:
    first = server.add(7, posted=DAY)
    second = server.revise(first.doi, posted=date(2026, 2, 1))
    files = WebFiles(site, place_of("biorxiv", second.doi, second.posted, None))
    assert files.read("000007v2_fig1") == second.picture(1) != first.picture(1)


def test_the_address_may_name_the_server_twice_and_an_old_number() -> None:
    old = "https://www.biorxiv.org/content/biorxiv/early/2019/05/10/339747.source.xml"
    place = place_of("biorxiv", "10.1101/339747", date(2019, 5, 10), old)
    assert place.picture("F1") == "content/biorxiv/early/2019/05/10/339747/F1.large.jpg"
    assert place.xml == "content/early/2019/05/10/339747.source.xml"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.medrxiv.org/content/early/2026/01/04/2026.01.04.000007.source.xml",
        "https://biorxiv.org.example.org/content/early/2026/01/04/2026.01.04.000007.source.xml",
        "https://www.biorxiv.org/content/early/2026/01/04/../../x.source.xml",
        "https://www.biorxiv.org/content/early/2026/01/04/x.source.xml?to=1",
        "https://www.biorxiv.org/content/early/2026/1/4/x.source.xml",
        "https://www.biorxiv.org/content/10.1101/x.full.pdf",
        "https://[www.biorxiv.org/content/early/2026/01/04/x.source.xml",
        "x",
        "",
    ],
)
def test_an_address_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(SourceError, match="address_refused"):
        place_of("biorxiv", "10.64898/x", DAY, address)


def test_what_the_xml_does_not_name_is_absent(server: Any, site: Website) -> None:
    files = files_of(site, server.add(7, posted=DAY))
    with pytest.raises(SourceError, match="absent"):
        files.read("000007v1_fig9")


def test_a_preprint_that_is_not_processed_yet_is_no_challenge(server: Any, site: Website) -> None:
    server.fault("", status=404)
    files = files_of(site, server.add(7, posted=DAY, processed=False))
    with pytest.raises(SourceError, match="http_404"):
        files.names()
    assert files.failures == {"http_404"}
    assert site.blocked_until() is None


def test_a_picture_that_does_not_come_costs_only_itself(server: Any, site: Website) -> None:
    posted = server.add(7, posted=DAY)
    server.fault("F1.large.jpg", status=404)
    files = files_of(site, posted)
    (article,) = parse_articles(files.read(files.xml_name), where="xml")
    lost, came = figures_of(article, files, files.xml_name, Origin(source="biorxiv", live=True))
    assert isinstance(lost, Dropped)
    assert isinstance(came, Figure)
    assert lost.reason in files.failures


@pytest.mark.parametrize("challenge", ["403", "1015", "200"])
def test_a_challenge_ends_the_asking(server: Any, site: Website, challenge: str, tmp_path: Path) -> None:
    first, second = server.add(7, posted=DAY), server.add(8, posted=DAY)
    files = files_of(site, first)
    assert len(files.names()) == 3
    server.challenge = challenge
    asked = len(paths(server))
    with pytest.raises(SourceError) as caught:
        files.read("000007v1_fig1")
    assert caught.value.reason == "blocked"
    assert len(paths(server)) == asked + 1
    server.challenge = None
    for other in (site, pickle.loads(pickle.dumps(website(server, tmp_path)))):
        assert (other.blocked_until() is None) == (other is not site)  # the other one has the clock of the world
    for _ in range(3):
        with pytest.raises(SourceError, match=r"blocked: the site turned programs away \(.*\); it is asked again"):
            files_of(site, second).names()
    assert len(paths(server)) == asked + 1
    assert files.failures == {"blocked"}


@pytest.mark.parametrize(
    "fault",
    [{"status": 403}, {"status": 429, "retry_after": "7200"}, {"status": 429, "retry_after": "5"}],
    ids=str,
)
def test_a_refusal_without_a_page_ends_the_asking_too(server: Any, site: Website, fault: dict[str, Any]) -> None:
    posted = server.add(7, posted=DAY)
    server.fault("source.xml", **fault)
    for _ in range(2):
        with pytest.raises(SourceError, match="blocked"):
            files_of(site, posted).names()
    assert len(paths(server)) == 1


def test_what_has_come_before_a_challenge_is_still_there(server: Any, site: Website) -> None:
    posted = server.add(7, posted=DAY)
    files = files_of(site, posted)
    assert files.read("000007v1_fig1") == posted.picture(1)
    server.challenge = "1015"
    with pytest.raises(SourceError, match="blocked"):
        files.read("000007v1_fig2")
    assert files_of(site, posted).read("000007v1_fig1") == posted.picture(1)


def test_after_some_hours_the_site_is_asked_again(server: Any, site: Website, time: Time) -> None:
    posted = server.add(7, posted=DAY)
    server.challenge = "403"
    for rest_s, asked in ((0.0, 1), (REST_S - 60, 1), (120, 2), (REST_S + 60, 3)):
        time.moment += rest_s
        with pytest.raises(SourceError, match="blocked"):
            files_of(site, posted).names()
        assert len(paths(server)) == asked
    server.challenge = None
    time.moment += REST_S + 60
    assert len(files_of(site, posted).names()) == 3


def test_a_mark_of_the_future_and_a_spoilt_one_block_nothing(
    server: Any, site: Website, time: Time, tmp_path: Path
) -> None:
    posted = server.add(7, posted=DAY)
    server.challenge = "403"
    with pytest.raises(SourceError, match="blocked"):
        files_of(site, posted).names()
    server.challenge = None
    time.moment -= 86_400
    assert site.blocked_until() is None
    time.moment += 86_400
    (mark,) = [path for path in (tmp_path / "blocked").iterdir() if path.suffix != ".turn"]
    mark.write_text("")
    assert len(files_of(site, posted).names()) == 3


def test_no_process_asks_after_another_was_turned_away(server: Any, tmp_path: Path) -> None:
    posted = [server.add(number, posted=DAY) for number in range(1, 9)]
    server.challenge = "403"
    server.fault("source.xml", delay_s=0.1, times=8)
    begin = threading.Barrier(8)

    def ask(one: Any) -> str:
        files = files_of(website(server, tmp_path), one)
        begin.wait(10)
        with pytest.raises(SourceError) as caught:
            files.read(files.xml_name)  # names() has a lock of its own in Python 3.11, shared by all threads
        return caught.value.reason

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, posted)) == {"blocked"}
    assert len(paths(server)) == 1


def test_seven_seconds_lie_between_two_requests(server: Any, tmp_path: Path, time: Time) -> None:
    manners = manners_of_website(WEB_URLS["biorxiv"])
    assert manners.per_host == {"www.biorxiv.org": 1 / 7}
    assert manners.tries == 1
    posted = server.add(7, posted=DAY)
    files = files_of(website(server, tmp_path, time.clock(), per_second=1 / 7), posted)
    for name in files.names():
        files.read(name)
    assert [round(pause_s, 3) for pause_s in time.slept] == [7, 7]


@pytest.mark.parametrize("fault", [{"status": 503}, {"truncate": True}, {"reset": True}, {"body": b""}], ids=str)
def test_what_a_second_try_can_help_gets_one(server: Any, site: Website, fault: dict[str, Any]) -> None:
    posted = server.add(7, posted=DAY)
    server.fault("source.xml", times=2, **fault)
    assert len(files_of(site, posted).names()) == 3
    server.fault("F1.large", times=3, **fault)
    with pytest.raises(SourceError):
        files_of(site, posted).read("000007v1_fig1")
    assert site.blocked_until() is None
    assert len(paths(server)) == 6


def test_forgetting_removes_the_files_of_a_version_and_asks_nobody(server: Any, site: Website) -> None:
    one, other = server.add(7, posted=DAY), server.add(8, posted=DAY)
    for posted in (one, other):
        for name in files_of(site, posted).names():
            files_of(site, posted).read(name)
    asked = len(paths(server))
    files_of(site, one).forget()
    files_of(site, one).forget()
    assert len(paths(server)) == asked
    files_of(site, other).read("000008v1_fig1")
    assert len(paths(server)) == asked
    files_of(site, one).read("000007v1_fig1")
    assert len(paths(server)) == asked + 2


def fig(inside: str, more: str = "") -> bytes:
    return (
        f'<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:hwp="http://schema.highwire.org/Journal"><body>'
        f"<fig {more}>{inside}</fig></body></article>"
    ).encode()


SLUG = '<object-id pub-id-type="other" hwp:sub-type="slug">F4</object-id>'


@pytest.mark.parametrize(
    ("xml", "slugs"),
    [
        (fig(SLUG + '<graphic xlink:href="1v1_fig2"/>'), {"1v1_fig2": "F4"}),
        (fig('<graphic xlink:href="1v1_fig2"/>', 'hwp:id="F4"'), {"1v1_fig2": "F4"}),
        (fig(SLUG + '<graphic xlink:href="a"/><graphic xlink:href="b"/>'), {"a": "F4"}),
        (fig('<alternatives><graphic xlink:href="a"/></alternatives>' + SLUG), {"a": "F4"}),
        (fig(SLUG + '<fig hwp:id="F5"><graphic xlink:href="b"/></fig>'), {"b": "F5"}),
        (fig('<graphic xlink:href="1v1_fig2"/>', 'id="fig2"'), {}),
        (fig('<object-id hwp:sub-type="slug">../F4</object-id><graphic xlink:href="a"/>'), {}),
        (fig('<object-id hwp:sub-type="slug">F4?x=</object-id><graphic xlink:href="a"/>'), {}),
        (fig(SLUG), {}),
    ],
)
def test_a_picture_lies_under_the_slug_of_its_figure(xml: bytes, slugs: dict[str, str]) -> None:
    assert slugs_of(xml, where="xml") == slugs


def test_an_xml_that_can_not_be_read_says_so(server: Any, site: Website) -> None:
    posted = server.add(7, posted=DAY)
    server.fault("source.xml", body=b"<article><body>")
    files = files_of(site, posted)
    with pytest.raises(ArticleError):
        files.names()
    files.forget()
    assert len(files_of(site, posted).names()) == 3


@pytest.mark.shared
def test_every_picture_of_real_articles_has_its_slug(shared_data: Path) -> None:
    found = sorted((shared_data / "biorxiv" / "epp_articles_with_figures").glob("*/*.xml"))
    web = [path for path in found if b'sub-type="slug">F' in path.read_bytes()]
    assert len(web) == 3
    for path in web:
        slugs = slugs_of(path.read_bytes(), where=path.name)
        (article,) = parse_articles(path.read_bytes(), where=path.name)
        assert list(slugs) == [graphic.href for figure in article.figures for graphic in figure.graphics]
        assert len(set(slugs.values())) == len(slugs)
        assert {path.name for path in path.parent.iterdir()} >= set(slugs)
