"""bioRxiv through the door: windows of days, three routes, one work counted once, everything accounted for."""

import io
import json
import os
import shutil
import zipfile
from datetime import date

import pytest
from PIL import Image

OPEN = ("CC0-1.0", "CC-BY-4.0")


def tiff(blob):
    """Return the picture as the LZW TIFF that a MECA archive has."""
    made = io.BytesIO()
    Image.open(io.BytesIO(blob)).save(made, "TIFF", compression="tiff_lzw")
    return made.getvalue()


class Preprints:
    """A bench whose manifest asks local servers; `server` is the API and the website."""

    def __init__(self, bench, server, s3, pmc, articles):
        self.bench, self.server, self.s3, self.pmc, self.articles = bench, server, s3, pmc, articles
        self.elsewhere = {}
        """DOI -> PMCID: what Europe PMC tells."""

    def epmc(self, seen):
        doi = seen.query["query"].removeprefix('DOI:"').removesuffix('"')
        found = [{"doi": doi, "pmcid": self.elsewhere[doi]}] if doi in self.elsewhere else []
        return 200, "application/json", json.dumps({"hitCount": len(found), "resultList": {"result": found}}).encode()

    def asks(self, *sources, **changes):
        """Let the manifest ask for `sources`, each of a span of days or DOIs."""
        urls = {
            "api_url": self.server.api_url,
            "web_url": self.server.web_url,
            "bucket_url": self.s3.endpoint_url,
            "europepmc_url": self.epmc_url,
            "cloud_url": self.pmc.cloud_url,
        }
        asked = [{"type": "biorxiv", "seconds_between_pages": 0.001, **urls, **source} for source in sources]
        whole = {"contact": "lab@example.org", "licenses": list(OPEN), "on_error": {"max_failure_rate": 1.0}}
        self.bench.manifest(**{"sources": asked, **whole, **changes})

    def meca(self, posted):
        """Return the MECA archive of a posted preprint: its hrefs are file names with .tif."""
        xml = self.articles.web_jats(posted).decode()
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for at in range(1, posted.figures + 1):
                xml = xml.replace(f'"{posted.href(at)}"', f'"{posted.href(at)}.tif"')
                archive.writestr(f"content/{posted.href(at)}.tif", tiff(posted.picture(at)))
            archive.writestr(f"content/{posted.number:06d}.xml", xml)
        return made.getvalue()

    def outcomes(self, said):
        figures = said["stages"][0]
        return {"kept": figures["kept"], **figures["dropped"], **figures["failed"]}


@pytest.fixture
def preprints(bench, monkeypatch, server_module):
    """Local servers of all routes, and a manifest that asks them; nobody waits between tries."""
    from ingest.biorxiv import _manners_of

    def hasty(request):
        free = dict.fromkeys(_manners_of(request).per_host, 2000.0)
        return _manners_of(request).model_copy(
            update={"backoff_s": 0, "timeout_s": 2, "per_second": 2000.0, "per_host": free}
        )

    monkeypatch.setattr("ingest.biorxiv._manners_of", hasty)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up-for-tests")
    faulty = server_module("faulty_http")
    with (
        server_module("biorxiv_server").serving() as server,
        server_module("s3_server").running() as s3,
        server_module("pmc_server").running() as pmc,
    ):
        made = Preprints(bench, server, s3, pmc, server_module("biorxiv_articles"))
        with faulty.serving(server, {"epmc": made.epmc}) as addresses:
            made.epmc_url = addresses["epmc"]
            yield made


def test_three_windows_one_after_the_other_lose_and_double_nothing(preprints):
    posted = [preprints.server.add(100 + n, posted=date(2026, 1, 1 + n % 9), figures=1) for n in range(70)]
    kept = set()
    windows = [("2026-01-01", "2026-01-03"), ("2026-01-04", "2026-01-06"), ("2026-01-07", "2026-01-09")]
    for count in range(1, 4):
        preprints.asks(*({"since": a, "until": b, "route": ["web"]} for a, b in windows[:count]))
        before = preprints.bench.parts()
        preprints.server.seen.clear()
        said = preprints.bench.made()
        downloaded = [seen.path for seen in preprints.server.log if seen.path.endswith(".large.jpg")]
        assert len(downloaded) == len(set(downloaded)) == said["stages"][0]["kept"] - len(kept)
        assert {name: mark for name, mark in preprints.bench.parts().items() if name in before}.items() >= {
            name: mark for name, mark in before.items() if name.startswith(("1-figures", "2-panels"))
        }.items()
        kept = {row["source_id"] for row in preprints.bench.rows("1-figures")}
    assert kept == {one.doi for one in posted}
    assert len(preprints.bench.published()) == len(posted)


def test_each_preprint_comes_by_the_first_route_that_leads_to_it(preprints):
    in_bucket, on_web, in_pmc = (preprints.server.add(n, posted=date(2026, 1, 5)) for n in (100, 101, 102))
    preprints.s3.put("Current_Content/January_2026/0a.meca", preprints.meca(in_bucket))
    preprints.server.alter(in_pmc.doi, processed=False)
    preprints.pmc.add(7, doi=in_pmc.doi)
    preprints.elsewhere[in_pmc.doi] = "PMC7"
    preprints.asks({"since": "2026-01-01", "until": "2026-01-07"})
    assert preprints.outcomes(preprints.bench.made()) == {"kept": 6}
    rows = preprints.bench.published()
    formats = {row["source_id"]: row["member"].rpartition(".")[2] for row in preprints.bench.rows("1-figures")}
    assert formats == {in_bucket.doi: "tif", on_web.doi: "000101v1_fig2", in_pmc.doi: "jpg"}
    assert {(row["source"], row["doi"]) for row in rows} == {
        ("biorxiv", one.doi) for one in (in_bucket, on_web, in_pmc)
    }


def test_what_the_licence_forbids_is_never_asked_for(preprints):
    for n, code in enumerate(("cc_no", "cc_by_nc_nd", "cc_by_nc", "na")):
        preprints.server.add(100 + n, posted=date(2026, 1, 5), license=code)
    preprints.server.add(200, posted=date(2026, 1, 5), category="neuroscience")
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "categories": ["Cell_Biology"], "route": ["web"]})
    assert preprints.outcomes(preprints.bench.made())["license_not_allowed"] == 3
    asked = {seen.path.rpartition("/")[2] for seen in preprints.server.log if "content" in seen.path}
    assert not [
        name for name in asked if name.startswith(("2026.01.05.000100", "2026.01.05.000101", "2026.01.05.0002"))
    ]


def test_a_challenge_ends_the_asking_and_is_told(preprints):
    for n in range(5):
        preprints.server.add(100 + n, posted=date(2026, 1, 5))
    preprints.server.challenge = "1015"
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05"})
    said = preprints.bench.made()
    assert preprints.outcomes(said)["blocked"] == 5
    assert len([seen for seen in preprints.server.log if "content" in seen.path]) == 1
    detail = preprints.bench.rows("1-figures", "failed")[0]["detail"]
    assert all(f"{route}:" in detail for route in ("bucket", "web", "pmc"))


def test_a_changed_licence_or_a_publication_is_read_by_the_next_run(preprints):
    one = preprints.server.add(100, posted=date(2026, 1, 5), license="cc_no", license_href=None)
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "route": ["web"]})
    assert preprints.outcomes(preprints.bench.made()) == {"kept": 0, "license_not_allowed": 1}
    preprints.server.alter(one.doi, license="cc_by", license_href="http://creativecommons.org/licenses/by/4.0/")
    preprints.server.publish(one.doi, "10.5555/invented.9", on=date(2026, 1, 20))
    for kept in (preprints.bench.place / "cache" / "http").iterdir():
        if "127.0.0.1" in kept.name and kept.is_dir():
            shutil.rmtree(kept)
    assert preprints.bench.made()["rows"]["panels"] == {"train": 2}
    assert {name for row in preprints.bench.rows("1-figures") for name in row["same_work"]} == {"10.5555/invented.9"}


def test_a_preprint_and_its_article_are_one_record_a_picture_traceable_to_both(preprints):
    preprint = preprints.server.add(100, posted=date(2026, 1, 5), figures=2)
    preprints.s3.put("Current_Content/January_2026/0a.meca", preprints.meca(preprint))
    preprints.server.publish(preprint.doi, "10.5555/invented.3", on=date(2026, 3, 1))
    folder = preprints.bench.article(3, figures=2)
    for at in (1, 2):
        picture = Image.open(io.BytesIO(preprint.picture(at)))
        picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)).save(folder / f"3-g{at:03d}.jpg", quality=85)
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "route": ["bucket"]})
    asked = json.loads(preprints.bench.manifest_file.read_text())
    asked["sources"].append({"type": "pmc", "path": "inputs"})
    asked["curation"] = {"min_short_side_px": 16}
    preprints.bench.manifest_file.write_text(json.dumps(asked))
    said = preprints.bench.made()
    rows = preprints.bench.published()
    assert said["stages"][0]["kept"] == 4
    assert [(row["source"], [one["source_id"] for one in row["also_in"]]) for row in rows] == [
        ("pmc", [preprint.doi])
    ] * 2
    assert len({row["family"] for row in preprints.bench.rows("3-groups")}) == 1


def test_of_two_licences_the_stricter_one_governs_the_record(preprints):
    preprint = preprints.server.add(100, posted=date(2026, 1, 5), figures=1, license="cc_by_nc")
    preprints.s3.put("Current_Content/January_2026/0a.meca", preprints.meca(preprint))
    preprints.server.publish(preprint.doi, "10.5555/invented.3", on=date(2026, 3, 1))
    folder = preprints.bench.article(3, figures=1)
    Image.open(io.BytesIO(preprint.picture(1))).save(folder / "3-g001.jpg", quality=90)
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05"}, licenses=[*OPEN, "CC-BY-NC-4.0"])
    asked = json.loads(preprints.bench.manifest_file.read_text())
    asked["sources"].append({"type": "pmc", "path": "inputs"})
    preprints.bench.manifest_file.write_text(json.dumps(asked))
    preprints.bench.made()
    (row,) = preprints.bench.published()
    assert (row["source"], row["license"]) == ("pmc", "CC-BY-NC-4.0")
    assert [one["source"] for one in row["also_in"]] == ["biorxiv"]


def test_refresh_takes_down_what_was_withdrawn_and_tells_of_a_new_version(preprints, command):
    gone, newer = (preprints.server.add(n, posted=date(2026, 1, 5), figures=1) for n in (100, 101))
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "route": ["web"]})
    preprints.bench.made()
    preprints.server.withdraw(gone.doi, posted=date(2026, 2, 1))
    preprints.server.revise(newer.doi, posted=date(2026, 2, 1))
    said = command("refresh", preprints.bench.place)
    assert f"{gone.doi}: withdrawn" in said.err
    assert f"{newer.doi}: version 1 -> 2" in said.err
    preprints.bench.made()
    assert {row["source_id"] for row in preprints.bench.published()} == {newer.doi}


def test_the_plan_says_what_amazon_will_bill(preprints, command):
    preprints.server.add(100, posted=date(2026, 1, 5))
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05"})
    (source,) = command("plan", preprints.bench.manifest_file, "--workspace", preprints.bench.place, "--json").json[
        "sources"
    ]
    assert (source["items"], source["new"]) == (1, 1)
    assert source["dollars"] > 0
    assert "USD" in command("plan", preprints.bench.manifest_file, "--workspace", preprints.bench.place).out
    assert not preprints.s3.ranges()


def test_a_record_that_cannot_be_relied_on_fails_and_costs_nothing_else(preprints):
    preprints.server.add(100, posted=date(2026, 1, 5), figures=1)
    preprints.server.add(101, posted=date(2026, 1, 5), record={"version": "x"})
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "route": ["web"]})
    assert preprints.outcomes(preprints.bench.made()) == {"kept": 1, "record_invalid": 1}


def test_a_doi_that_nobody_knows_is_listed_as_failed(preprints):
    known = preprints.server.add(100, posted=date(2026, 1, 5), figures=1)
    preprints.asks({"dois": [known.doi, "10.64898/2026.01.05.999999"], "route": ["web"]})
    assert preprints.outcomes(preprints.bench.made()) == {"kept": 1, "absent": 1}


def test_dois_learn_from_pubs_too_what_they_became(preprints):
    one = preprints.server.add(100, posted=date(2026, 1, 5), figures=1)
    preprints.server.links.append((one.doi, "10.5555/invented.9", date(2026, 2, 1)))
    preprints.asks({"dois": [one.doi], "route": ["web"]})
    preprints.bench.made()
    assert preprints.bench.rows("1-figures")[0]["same_work"] == ["10.5555/invented.9"]


def test_a_listing_that_is_suddenly_empty_takes_nothing_out(preprints, monkeypatch):
    monkeypatch.setattr("ingest.biorxiv._LISTING_AGE_S", 0)
    for n in range(3):
        preprints.server.add(100 + n, posted=date(2026, 1, 5), figures=1)
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "route": ["web"]})
    preprints.bench.made()
    preprints.server.articles.clear()
    said = preprints.bench.run()
    assert len(preprints.bench.published()) == 3, said.err


def test_of_versions_in_several_windows_the_newest_is_published(preprints):
    one = preprints.server.add(100, posted=date(2026, 1, 2), figures=1)
    preprints.server.revise(one.doi, posted=date(2026, 1, 8))
    windows = ({"since": f"2026-01-0{a}", "until": f"2026-01-0{a}", "route": ["web"]} for a in (2, 8))
    preprints.asks(*windows)
    preprints.bench.made()
    assert [row["version"] for row in preprints.bench.published()] == ["2"]


def test_a_challenge_between_two_pictures_leads_to_the_next_route(preprints):
    one = preprints.server.add(100, posted=date(2026, 1, 5), figures=2)
    preprints.server.fault("F2.large.jpg", status=403, html=True, times=9)
    preprints.pmc.add(7, doi=one.doi)
    preprints.elsewhere[one.doi] = "PMC7"
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "route": ["web", "pmc"]})
    assert preprints.outcomes(preprints.bench.made()) == {"kept": 2}


def test_a_bucket_that_refuses_is_named_as_the_reason(preprints, monkeypatch):
    preprints.server.add(100, posted=date(2026, 1, 5))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    preprints.asks({"since": "2026-01-05", "until": "2026-01-05", "route": ["bucket"]})
    assert preprints.outcomes(preprints.bench.made()) == {"kept": 0, "bucket_unavailable": 1}
