"""Ontology files come over the session, follow to the hosts that are known, and are asked for anew each time."""

import pytest

from ingest.ontology_files import fetcher
from ingest.session import Manners
from schemas.errors import SourceError, UsageError


@pytest.fixture
def hosts(server_module):
    """A place that leads on, and a place that has the file."""
    faulty = server_module("faulty_http")
    log = faulty.Log()
    answers = {
        "purl": lambda seen: (200, "text/plain", b"from purl " + seen.path.encode()),
        "release": lambda _: (200, "text/plain", b"[Term]\nid: X:1\nname: one\n"),
    }
    with faulty.serving(log, answers) as urls:
        yield log, urls


def host(url):
    return url.split("/")[2]


def test_a_file_is_fetched_over_a_redirect_to_a_known_host(hosts, tmp_path):
    log, urls = hosts
    log.fault("cl.obo", status=302, location=urls["release"] + "file.obo")
    manners = Manners(per_second=1000, other_hosts=frozenset({host(urls["release"])}))
    answer = fetcher("lab@example.org", tmp_path, manners)(urls["purl"] + "cl.obo")
    assert answer.read() == b"[Term]\nid: X:1\nname: one\n"
    assert "lab@example.org" in log.asked("cl.obo")[0].agent


def test_a_redirect_to_another_host_is_refused(hosts, tmp_path):
    log, urls = hosts
    log.fault("cl.obo", status=302, location=urls["release"] + "file.obo")
    with pytest.raises(SourceError, match="redirect_refused"):
        fetcher("lab@example.org", tmp_path, Manners(per_second=1000))(urls["purl"] + "cl.obo")


def test_each_pull_asks_anew(hosts, tmp_path):
    log, urls = hosts
    fetch = fetcher("lab@example.org", tmp_path, Manners(per_second=1000))
    assert fetch(urls["purl"] + "cl.obo").sha256 == fetch(urls["purl"] + "cl.obo").sha256
    assert len(log.asked("cl.obo")) == 2


def test_without_a_contact_nobody_is_asked(tmp_path):
    with pytest.raises(UsageError, match="contact"):
        fetcher("", tmp_path)
