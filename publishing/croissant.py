"""Croissant: croissant.json, what machines read of a dataset: files, fields, licences, origin; spec 1.1 with RAI.

It is computed from the dataset's folder alone, its lock among the files, so the same files give the same bytes:
docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. No clock and no library of it is needed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipeline.store import fingerprint
from publishing.citing import bibtex, made_by, page, place_of, repo_of
from publishing.croissant_fields import record_set, splits
from publishing.dataset_counts import Counts, named, subjects, total
from publishing.responsible_ai import statements
from publishing.views import VIEWS, View
from schemas.licence import url_of

FILE: Final = "croissant.json"
PARQUET: Final = "application/x-parquet"
"""What mlcroissant reads as Parquet."""
_FORMATS: Final = {
    ".csv": "text/csv",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": PARQUET,
    ".yaml": "application/yaml",
}
_MOST_KEYWORDS: Final = 8
CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

Splits = Mapping[str, int]


def croissant(
    folder: Path,
    counts: Counts,
    lock: Mapping[str, Any],
    rows: Mapping[str, Mapping[str, int]],
    sums: Mapping[str, str],
) -> dict[str, Any]:
    """Return what croissant.json tells of the dataset at `folder`; `sums` are the sha256 of the files it names."""
    views = {name: view for view in VIEWS for name in view.names if name in rows}
    address = page(lock)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": lock["manifest"]["name"],
        "description": described(counts),
        "license": [url_of(name) or name for name, _ in total(counts.shares["license"]) if name],
        "citeAs": bibtex(lock, counts, content_of(sums)),
        "version": f"0.0.0+{content_of(sums)[:12]}",
        "keywords": keywords(counts),
        **({"url": address, "creator": _account(lock)} if address else {}),
        **dated(counts),
        "distribution": [*_files(folder, sums), *_file_sets(views, rows)],
        "recordSet": [
            splits(sorted({split for view in rows.values() for split in view})),
            *(record_set(view, name, _about(view, name, rows[name])) for name, view in views.items()),
        ],
        **statements(counts, lock, rows),
        **_origin(counts, lock, sums),
    }


def described(counts: Counts) -> str:
    """Return a sentence that tells what the dataset holds."""
    sources = ", ".join(f"{source} {rows}" for source, rows in total(counts.shares["source"]))
    return f"{named(counts)} with their words, each with its licence and its source ({sources})."


def content_of(sums: Mapping[str, str]) -> str:
    """Return what changes with any byte of a row."""
    return fingerprint(*(pair for pair in sorted(sums.items()) if pair[0].endswith(".parquet")))


def keywords(counts: Counts) -> list[str]:
    """Return what the dataset is about: microscopy, if any is in it, and its most frequent modalities and organisms."""
    told = [value for column in ("modality", "organism") for value, _ in total(counts.shares[column])[:_MOST_KEYWORDS]]
    return list(dict.fromkeys([*subjects(counts), *filter(None, told)]))


def dated(counts: Counts) -> dict[str, str]:
    """Return the day of the newest row, else the year of the newest work; a clock would change the bytes."""
    newest = counts.days[1].isoformat() if counts.days else str(counts.years[1]) if counts.years else None
    return {"datePublished": newest} if newest else {}


def format_of(name: str) -> str:
    """Return the media type of one of a dataset's files."""
    return _FORMATS.get(Path(name).suffix, "text/plain")


def _account(lock: Mapping[str, Any]) -> dict[str, str]:
    owner = (repo_of(lock) or "").partition("/")[0]
    return {"@type": "sc:Organization", "name": owner, "url": f"https://huggingface.co/{owner}"}


def _files(folder: Path, sums: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "contentSize": f"{(folder / name).stat().st_size} B",
            "encodingFormat": format_of(name),
            "sha256": digest,
        }
        for name, digest in sorted(sums.items())
    ]


def _file_sets(views: Mapping[str, View], rows: Mapping[str, Splits]) -> list[dict[str, Any]]:
    """Return the files of each view, which its rows are read from, and those of each of its splits."""
    each = [(f"{view}-files", f"{view}/*.parquet") for view in views]
    each += [(f"{view}-{split}-files", f"{view}/{split}-*.parquet") for view in views for split in sorted(rows[view])]
    kind = {"@type": "cr:FileSet", "encodingFormat": PARQUET}
    return [{**kind, "@id": name, "name": name, "includes": glob} for name, glob in each]


def _about(view: View, name: str, rows: Mapping[str, int]) -> str:
    use = "commercial use allowed" if view.names[name] else "no commercial use"
    return f"{sum(rows.values())} rows, {use}: " + ", ".join(f"{split} {n}" for split, n in sorted(rows.items())) + "."


def _origin(counts: Counts, lock: Mapping[str, Any], sums: Mapping[str, str]) -> dict[str, Any]:
    """Return where the rows come from and what made them, in the words of PROV-O (w3.org/TR/prov-o)."""
    bricks = lock["versions"]["bricks"]
    sources = (_prov("Entity", place_of(source), f"{source}: {n} rows") for source, n in total(counts.shares["source"]))
    kinds = ((kind, name, version) for kind in ("ontology", "prompt") for name, version in made_by(lock, kind).items())
    used = [f"manifest.lock.json sha256:{sums['manifest.lock.json']}", *map(" ".join, kinds)]
    agents = [f"bricks {bricks}", *(f"{it.model} {it.revision or ''}" for it in counts.writers if it.model)]
    return {
        "prov:wasDerivedFrom": list(sources),
        "prov:wasGeneratedBy": {
            **_prov("Activity", "#bricks-run", f"bricks run manifest.yaml, bricks {bricks}"),
            "prov:used": [_prov("Entity", f"#used-{at}", words) for at, words in enumerate(used)],
            "prov:wasAssociatedWith": [
                _prov("SoftwareAgent", f"#agent-{at}", words.strip()) for at, words in enumerate(dict.fromkeys(agents))
            ],
        },
    }


def _prov(kind: str, key: str, words: str) -> dict[str, Any]:
    return {"@id": key, "@type": f"prov:{kind}", "prov:label": words}
