"""Manifest: what may be said, what may not, and what of it may be published."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.errors import UsageError
from schemas.manifest import Manifest, PmcSource, contact_of, public_manifest, resolve_secret
from schemas.manifest_parts import on_the_hub

LEAST = {"bricks": 1, "name": "least", "licenses": ["CC0-1.0"], "sources": [{"type": "pmc", "path": "mirror/"}]}

WHOLE: dict[str, Any] = {
    "bricks": 1,
    "name": "septin-rings",
    "contact": "someone@example.org",
    "licenses": ["CC0-1.0", "CC-BY-4.0", "CC-BY-2.5"],
    "sources": [
        {"type": "pmc", "query": "septin[caption]", "limit": 30, "since": "2020-01-01", "until": "2020-12-31"},
        {"type": "pmc", "ids": ["PMC1", "PMC2.3"], "api_key": "${env:NCBI_KEY}"},
        {"type": "pmc", "since": "2026-06-01", "cloud_url": "http://127.0.0.1:9/",
         "eutils_url": "http://127.0.0.1:9/e/"},
        {"type": "pmc", "path": ["first/", "second/"], "sample": {"n": 5, "seed": 3}},
        {"type": "biorxiv", "server": "medrxiv", "since": "2026-01-01", "categories": ["oncology"], "route": ["web"]},
        {"type": "biorxiv", "path": "secret-folder/*.meca", "versions": "all"},
        {"type": "biorxiv", "dois": ["10.64898/2026.01.02.123456"], "route": ["web"]},
        {"type": "idr", "studies": ["idr0001"], "images_per_study": 9, "pixels": "rendered"},
        {"type": "idr", "studies": ["idr0002"], "pixels": "zarr", "level": 2, "plane": "middle", "channels": [0]},
        {"type": "idr", "path": "secret-folder/"},
        {"type": "eln", "path": "x.eln", "license": "CC-BY-4.0", "schema": "secret-folder/s.json",
         "contract": "freeze"},
        {"type": "elabftw", "url": "https://eln.example.org", "key": "${env:ELN_KEY}", "tags": ["septin"]},
        {"type": "images", "path": "p/", "license": "CC-BY-4.0", "plane": 3, "labels": "secret-folder/l.csv"},
        {"type": "images", "path": "p/", "license": "CC0-1.0", "labels": "folder", "metadata": {"stain": "DAPI"}},
        {"type": "masks", "path": "m/", "format": "labels", "images": "i/*.png", "masks": "m/*.png",
         "license": "CC0-1.0", "group": "(?P<group>.*)_[0-9]+"},
        {"type": "masks", "preset": "livecell", "path": "d/"},
    ],
    "curation": {
        "min_short_side_px": 64,
        "languages": ["en"],
        "kinds": {"keep": ["microscopy"], "threshold": 0.5},
        "panels": False,
        "ontologies": ["FBbi", {"CL": "secret-folder/cl.obo"}, "secret-folder/own.obo"],
        "dedup": {"bits": 64, "max_distance": 6, "orientations": False, "crops": False},
        "decontaminate": ["secret-folder/h.parquet", "hub:org/benchmark"],
    },
    "captioning": {
        "backend": "openai",
        "endpoints": ["http://10.1.2.3:8000/v1"],
        "key": "${env:VLLM_KEY}",
        "model": "org/model",
        "revision": "0123abc",
        "prompt": "short-v1",
        "image_side_px": 512,
        "max_tokens": 64,
        "budget": {"gpu_hours": 1.5},
    },
    "questions": {"per_panel": 2, "tasks": ["counting"], "none_of_the_above": 0.5},
    "review": {"queues": [{"name": "audit", "from": "captions", "sample": 9, "strata": ["source"], "require": 0.9}]},
    "split": {"by": "family", "test": 0.2, "validation": 0, "seed": 4, "keep": "org/septins@v2"},
    "publish": {"repo": "org/septins", "private": False, "subsets": ["commercial"]},
    "on_error": {"max_failure_rate": 0.5},
}  # fmt: skip


def test_four_keys_are_enough() -> None:
    manifest = Manifest.model_validate(LEAST)

    assert manifest.split.test == 0.05
    assert manifest.captioning.backend == "metadata"
    assert manifest.publish is None


def test_everything_that_may_be_said_may_be_said_at_once() -> None:
    manifest = Manifest.model_validate(WHOLE)

    assert [source.type for source in manifest.sources][-2:] == ["masks", "masks"]
    assert manifest.review.queues[0].origin == "captions"


def test_a_manifest_survives_its_own_dump() -> None:
    manifest = Manifest.model_validate(WHOLE)

    assert Manifest.model_validate(manifest.model_dump()) == manifest
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_a_day_is_read_from_text() -> None:
    assert PmcSource(type="pmc", since="2026-02-03").since == date(2026, 2, 3)  # type: ignore[arg-type]


def test_one_path_counts_as_a_list_of_one() -> None:
    assert PmcSource.model_validate({"type": "pmc", "path": "mirror/"}).path == ("mirror/",)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ({"type": "pmc"}, "needs one of path, ids, query or since"),
        ({"type": "pmc", "path": "x", "ids": ["PMC1"]}, "ids: can't stand beside path"),
        ({"type": "pmc", "ids": ["PMC1"], "since": "2020-01-01"}, "since: can't stand beside ids"),
        ({"type": "pmc", "ids": ["PMC1"], "until": "2020-01-01"}, "until: needs since"),
        ({"type": "pmc", "until": "2020-01-01"}, "needs one of"),
        ({"type": "pmc", "since": "2020-02-01", "until": "2020-01-01"}, "until: is before since"),
        ({"type": "pmc", "ids": ["11370360"]}, "must be a PMC id"),
        ({"type": "pmc", "ids": []}, "at least 1"),
        ({"type": "pmc", "path": "x", "api_key": "abc"}, "env:NAME"),
        ({"type": "pmc", "path": "x", "cloud_url": "http://me:secret@host/"}, "without a password"),
        ({"type": "pmc", "path": "x", "cloud_url": "https://[bad"}, "is none"),
        ({"type": "pmc", "path": "x", "cloud_url": "https://host:99999999"}, "is none"),
        ({"type": "biorxiv"}, "needs one of path, dois or since"),
        ({"type": "idr", "studies": ["idr0001"], "level": 1}, "level: needs pixels: zarr"),
        ({"type": "idr", "studies": ["idr0001"], "pixels": "omero", "level": 1}, "level: needs pixels: zarr"),
        ({"type": "idr", "studies": ["idr0001"], "channels": [0]}, "channels: needs pixels: zarr or omero"),
        ({"type": "idr", "path": "studies/", "pixels": "zarr"}, "pixels: needs studies"),
        ({"type": "idr", "path": "studies/", "images_per_study": 3}, "images_per_study: needs studies"),
        ({"type": "idr", "studies": ["idr0001"], "per_second": 3}, "per_second: must be at most 2"),
        (
            {"type": "idr", "studies": ["idr0001"], "per_second": 3, "url": "https://idr.openmicroscopy.org/"},
            "per_second: must be at most 2",
        ),
        ({"type": "idr", "studies": ["idr0001"], "omero_url": "https://a.org"}, "must be an address such as wss"),
        ({"type": "masks", "path": "x"}, "needs format, images, masks and license, or a preset"),
        ({"type": "masks", "path": "x", "preset": "livecell", "format": "labels"}, "can't stand beside preset"),
        ({"type": "images", "path": "x", "license": "CC BY"}, 'did you mean "CC-BY-4.0"'),
        ({"type": "images", "path": "x", "license": "CC0-1.0", "group": "("}, "no regular expression"),
        *(
            ({"type": "images", "path": "x", "license": "CC0-1.0", "metadata": {"microns_per_pixel": bad}}, "above 0")
            for bad in ("0.5", 0, -1, True, "0.5 µm")
        ),
        ({"type": "elabftw", "url": "eln.example.org", "key": "${env:K}"}, "must be a web address"),
        ({"type": "elabftw", "url": "http://eln.example.org", "key": "${env:K}"}, "must start with https://"),
        ({"type": "elabftw", "url": "http://127.0.0.1.example.org", "key": "${env:K}"}, "must start with https://"),
        ({"type": "elabftw", "url": "HTTP://localhost.evil", "key": "${env:K}"}, "must"),
        ({"type": "elabftw", "url": "https://eln.example.org", "key": "3-abc"}, "env:NAME"),
        ({"type": "elabftw", "url": "https://a.org", "key": "${env:K}", "entities": []}, "at least 1"),
    ],
)
def test_a_source_that_cannot_be_true_cannot_be_made(source: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what.replace("(", r"\(")):
        Manifest.model_validate(LEAST | {"contact": "a@example.org", "sources": [source]})


@pytest.mark.parametrize(
    ("section", "what"),
    [
        ({"split": {"test": 0.6, "validation": 0.5}}, "leave none to train on"),
        ({"captioning": {"backend": "openai"}}, "needs endpoints and model"),
        ({"captioning": {"model": "m"}}, "needs backend: openai"),
        ({"review": {"queues": [{"name": "a", "from": "tags"}, {"name": "a", "from": "tags"}]}}, "given twice"),
        ({"licenses": ["CC0-1.0", "CC0-1.0"]}, "given twice"),
        ({"contact": "nobody"}, "must be an e-mail or a web address"),
        ({"name": "Two Words"}, "lower-case"),
        ({"name": "../up"}, "lower-case"),
        ({"bricks": 2}, "Input should be 1"),
        ({"curation": {"min_short_side_px": True}}, "valid integer"),
        ({"split": {"test": float("nan")}}, "finite"),
        ({"split": {"keep": "org/septins"}}, r"with its revision, such as org/name@v1, .*this name is ./org/septins"),
        ({"split": {"keep": "hub:org/septins"}}, "with its revision"),
        ({"split": {"keep": "hub:septins@v1"}}, "with its revision"),
        ({"split": {"keep": "org/septins@"}}, "with its revision"),
    ],
)
def test_a_section_that_cannot_be_true_cannot_be_made(section: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        Manifest.model_validate(LEAST | section)


def test_a_live_source_needs_a_contact() -> None:
    live = LEAST | {"sources": [{"type": "pmc", "ids": ["PMC1"]}]}

    with pytest.raises(ValidationError, match="needs `contact:`"):
        Manifest.model_validate(live)
    assert contact_of(Manifest.model_validate(live | {"contact": "a@example.org"})) == "a@example.org"


def test_a_secret_may_stand_only_where_secrets_stand() -> None:
    with pytest.raises(ValidationError, match="is no place for a secret"):
        Manifest.model_validate(LEAST | {"sources": [{"type": "pmc", "path": "${env:HOME}"}]})


def test_a_secret_is_resolved_at_the_door() -> None:
    assert resolve_secret("${env:KEY}", {"KEY": "value"}) == "value"
    with pytest.raises(UsageError, match="has no KEY"):
        resolve_secret("${env:KEY}", {})
    with pytest.raises(UsageError, match="not given as"):
        resolve_secret("value", {})


def test_what_is_published_holds_nothing_private() -> None:
    told = repr(public_manifest(Manifest.model_validate(WHOLE)))

    private = ("secret-folder", "someone@", "127.0.0.1", "10.1.2.3", "_KEY", "eln.example.org", "first/", "i/*.png")
    assert [word for word in private if word in told] == []


def test_what_is_published_is_a_manifest_that_says_the_rest() -> None:
    manifest = Manifest.model_validate(WHOLE)

    public = Manifest.model_validate(public_manifest(manifest))

    assert (public.name, public.licenses, public.split) == (manifest.name, manifest.licenses, manifest.split)
    assert [source.type for source in public.sources] == [source.type for source in manifest.sources]
    assert public.sources[0] == manifest.sources[0]
    assert public.curation.decontaminate == ("local", "hub:org/benchmark")
    assert public.curation.ontologies == ("FBbi", {"CL": "local"}, "local")
    assert public_manifest(public) == public_manifest(manifest)


@pytest.mark.parametrize(
    ("keep", "hub", "public"),
    [
        ("org/septins@v2", ("org/septins", "v2"), "org/septins@v2"),
        ("hub:org/septins@refs/pr/1", ("org/septins", "refs/pr/1"), "hub:org/septins@refs/pr/1"),
        ("runs/septins/dataset", None, "local"),
        ("./org/septins", None, "local"),
        ("/data/old", None, "local"),
        ("~/old", None, "local"),
        ("old", None, "local"),
        ("local", None, "local"),
    ],
)
def test_splits_are_inherited_from_the_hub_or_a_folder_which_is_not_told(
    keep: str, hub: tuple[str, str] | None, public: str
) -> None:
    manifest = Manifest.model_validate(LEAST | {"split": {"keep": keep}})
    assert on_the_hub(keep) == hub
    assert public_manifest(manifest)["split"] == {"keep": public}


def test_a_published_manifest_asks_who_runs_it() -> None:
    public = Manifest.model_validate(public_manifest(Manifest.model_validate(WHOLE)))

    with pytest.raises(UsageError, match="--set contact="):
        contact_of(public)


def test_without_a_live_source_nobody_is_asked() -> None:
    assert contact_of(Manifest.model_validate(LEAST)) is None
    assert "contact" not in public_manifest(Manifest.model_validate(LEAST))
