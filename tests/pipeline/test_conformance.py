"""The conformance kit: a good connector passes each check, bad ones fail exactly those that they should."""

import json
import os
import re

import plugged
import pytest
import shelf_server

from pipeline.conformance import CHECKS, Bench, bench_for
from schemas.errors import UsageError

pytestmark = pytest.mark.slow

CONNECTOR = """
import hashlib, random
from typing import Annotated, Literal
import requests
from ingest.session import IMAGE, JSON, Manners, Session
from pipeline.pixels import inspect
from schemas.connecting import Item
from schemas.errors import PixelError
from schemas.manifest_parts import Secret, SecretMark, Url
from schemas.manifest_sources import SourceSettings
from schemas.plugin_kinds import ConnectorPlugin
from schemas.records import Dropped, Failed, Figure, make_id

class Source(SourceSettings):
    type: Literal["{name}"]
    url: Url
    key: Annotated[Secret, SecretMark()]

class Shelf:
    bad = "{name}"

    def __init__(self, source, around):
        self.url, self.key = source.url, around.secrets[source.key]
        manners = Manners(per_second=40, backoff_s=0.05)
        self.session = Session("{name}", contact=around.contact, cache=around.cache, manners=manners)

    def get(self, name, promise):
        if self.bad == "rash":
            answer = requests.get(self.url + name, timeout=9)
            if answer.status_code == 429:
                answer = requests.get(self.url + name, timeout=9)
            return answer.content
        return self.session.get(self.url + name, promise=promise).read()

    def find(self):
        import json
        for name in json.loads(self.get("list", JSON)):
            yield Item(source=self.bad, key=name, stamp="1")

    def fetch(self, item):
        if self.bad == "sly" and item.key == "p1":
            return
        if self.bad == "buggy" and item.key == "p1":
            raise ValueError("a bug of mine")
        if self.bad == "loose" and item.key == "p1":
            yield dict(caption="x")
        blob = self.get(item.key, IMAGE)
        key = make_id(self.bad, item.key)
        try:
            pixels = inspect(blob)
        except PixelError as error:
            if self.bad == "rash":
                raise ValueError("what is this?")
            yield Dropped(id=key, stage="1-figures", reason=error.reason, detail=error.detail, source_id=item.key)
            return
        caption = "Actin filaments, stained with phalloidin."
        if self.bad == "rash":
            caption += f" {{random.random()}}"
        if self.bad == "sly":
            caption += f" From {{self.url}}?key={{self.key}}"
        yield Figure(
            id=key, source=self.bad, source_id=item.key, figure_key="", member=item.key, family_key=item.key,
            caption=caption, license="CC0-1.0", license_evidence="" if self.bad == "sly" else "the site's terms",
            blob=blob, blob_format="png", md5=hashlib.md5(blob).hexdigest(),
            source_sha256=("0" * 64) if self.bad == "rash" else hashlib.sha256(blob).hexdigest(),
            width_px=pixels.width_px, height_px=pixels.height_px, bit_depth=pixels.bit_depth, channels=pixels.channels,
        )

    def recheck(self, known):
        yield from ()

def inner():
    class Inner(Source):
        pass
    return Inner

ASKED = inner() if "{name}" == "inner" else Source
PLUGIN = ConnectorPlugin(ASKED, Shelf, requests_per_second=5 if "{name}" == "rash" else 40)
"""


@pytest.fixture(scope="module")
def server():
    with shelf_server.running() as url:
        yield url


@pytest.fixture
def bench(tmp_path, monkeypatch, server):
    """Puts a connector that is as its name says on the bench."""

    def made(name: str) -> Bench:
        module = CONNECTOR.format(name=name)
        plugged.distribution(tmp_path / "site", f"plugged_{name}", module, connectors=f"{name} = plugged_{name}:PLUGIN")
        plugged.installed(tmp_path / "site", monkeypatch)
        source = {"type": name, "url": server, "key": "${env:SHELF_KEY}"}
        said = {"bricks": 1, "name": "kit", "licenses": ["CC0-1.0"], "contact": "a@example.org", "sources": [source]}
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "manifest.yaml").write_text(json.dumps(said))
        (tmp_path / "kit").mkdir()
        return bench_for(name, tmp_path / "kit", os.environ, manifest=tmp_path / "in" / "manifest.yaml")

    yield made
    plugged.uninstalled()


@pytest.mark.parametrize(
    ("name", "failing"),
    [
        ("polite", set()),
        ("sly", {"nothing_vanishes", "licence", "secrets"}),
        ("rash", {"schema", "determinism", "resume", "rate", "hostile_input"}),
    ],
)
def test_a_connector_fails_exactly_what_it_breaks(bench, name, failing):
    on = bench(name)
    found = [check(on) for check in CHECKS.values()]
    assert {one.check for one in found if not one.passed} == failing, "\n".join(map(str, found))
    assert [one.check for one in found] == list(CHECKS)


@pytest.mark.parametrize(("name", "why"), [("buggy", "ValueError: a bug of mine"), ("loose", "fetch yielded a dict")])
def test_a_bug_of_the_plug_in_is_told_with_its_line_and_other_checks_go_on(bench, name, why):
    on = bench(name)
    found = {check: CHECKS[check](on) for check in ("schema", "nothing_vanishes")}
    assert [one.passed for one in found.values()] == [True, False], found
    told = rf"1 items failed by a bug: .*{why}.* \(at \S+plugged_{name}.*\.py:\d+\)"
    assert re.search(told, found["nothing_vanishes"].seen)


def test_settings_that_workers_can_not_be_sent_fail_the_check_that_needs_them(bench):
    found = CHECKS["determinism"](bench("inner"))
    assert not found.passed
    assert "parallel: bricks run ended with 1: what workers need can't be sent to them: " in found.seen
    assert "Can't pickle local object" in found.seen


def test_the_bench_says_what_is_missing(tmp_path, bench):
    with pytest.raises(UsageError, match=r"no plug-in offers a connector pmx. Those that are installed: none"):
        bench_for("pmx", tmp_path, {})
    bench("polite")
    with pytest.raises(UsageError, match=r"has no sample manifest. Give one: --manifest FILE"):
        bench_for("polite", tmp_path, {})
