"""Research crate: ro-crate-metadata.json, which names a dataset's files, licences, sources and making: RO-Crate 1.2.

Read w3id.org/ro/crate/1.2; it is computed from the folder and its lock, so the same files give the same bytes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from publishing.citing import made_by, page, place_of
from publishing.croissant import content_of, dated, described, format_of, keywords
from publishing.dataset_counts import Counts, total
from schemas.licence import url_of

FILE: Final = "ro-crate-metadata.json"
_PROFILE: Final = "https://w3id.org/ro/crate/1.2"
_RUN, _BRICKS = "#bricks-run", "#bricks"


def crate(folder: Path, counts: Counts, lock: Mapping[str, Any], sums: Mapping[str, str]) -> dict[str, Any]:
    """Return what ro-crate-metadata.json tells of the dataset at `folder`; `sums` are the sha256 of its files."""
    entities = [*_sources(counts), *_licences(counts), *_makers(counts, lock)]
    return {
        "@context": f"{_PROFILE}/context",
        "@graph": [
            {"@id": FILE, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": _PROFILE}},
            _root(counts, lock, sums),
            *_files(folder, sums),
            *entities,
            _making(counts, lock),
        ],
    }


def _named(entities: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]


def _root(counts: Counts, lock: Mapping[str, Any], sums: Mapping[str, str]) -> dict[str, Any]:
    address = page(lock)
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": lock["manifest"]["name"],
        "description": described(counts),
        "keywords": keywords(counts),
        "version": content_of(sums),
        **dated(counts),
        **({"url": address} if address else {}),
        "license": _named(_licences(counts)),
        "isBasedOn": _named(_sources(counts)),
        "hasPart": [{"@id": name} for name in sorted(sums)],
        "mentions": {"@id": _RUN},
    }


def _files(folder: Path, sums: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for name, digest in sorted(sums.items()):
        yield {
            "@id": name,
            "@type": "File",
            "name": name,
            "contentSize": str((folder / name).stat().st_size),
            "encodingFormat": format_of(name),
            "sha256": digest,
        }


def _sources(counts: Counts) -> Iterator[dict[str, Any]]:
    for source, rows in total(counts.shares["source"]):
        yield {
            "@id": place_of(source),
            "@type": "CreativeWork",
            "name": source,
            "description": f"{rows} rows are from it",
        }


def _licences(counts: Counts) -> Iterator[dict[str, Any]]:
    for name, rows in total(counts.shares["license"]):
        address = url_of(name) or f"#licence-{name}"
        yield {"@id": address, "@type": "CreativeWork", "name": name, "description": f"{rows} rows are under it"}


def _makers(counts: Counts, lock: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what worked on the rows: bricks, the models that wrote, the ontologies and prompts they went by."""
    kind = {"@type": "SoftwareApplication"}
    yield {"@id": _BRICKS, **kind, "name": "bricks", "softwareVersion": lock["versions"]["bricks"]}
    models = dict.fromkeys((writer.model, writer.revision) for writer in counts.writers if writer.model)
    for at, (model, revision) in enumerate(models):
        told = {"softwareVersion": revision} if revision else {}
        yield {"@id": f"#model-{at}", **kind, "name": model, **told}
    for word in ("ontology", "prompt"):
        for at, (name, version) in enumerate(made_by(lock, word).items()):
            yield {"@id": f"#{word}-{at}", "@type": "CreativeWork", "name": name, "version": version}


def _making(counts: Counts, lock: Mapping[str, Any]) -> dict[str, Any]:
    makers = list(_makers(counts, lock))
    software = [maker for maker in makers if maker["@type"] == "SoftwareApplication"]
    read = [maker for maker in makers if maker["@type"] != "SoftwareApplication"]
    return {
        "@id": _RUN,
        "@type": "CreateAction",
        "name": f"bricks run manifest.yaml, bricks {lock['versions']['bricks']}",
        "instrument": _named(software),
        "object": [{"@id": "manifest.yaml"}, {"@id": "manifest.lock.json"}, *_named(_sources(counts)), *_named(read)],
        "result": {"@id": "./"},
    }
