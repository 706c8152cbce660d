"""Citing: how a dataset is cited, what its sources ask for, and what it was made by, from its lock and counts."""

from collections.abc import Mapping
from typing import Any, Final

from publishing.dataset_counts import Counts, named
from schemas.citations import IDR, NLM

HUB: Final = "https://huggingface.co/datasets/"
_UNDATED: Final = "(a local copy, its day is not recorded)"
_PLACES: Final = {
    "pmc": "https://pmc.ncbi.nlm.nih.gov/",
    "biorxiv": "https://www.biorxiv.org/",
    "medrxiv": "https://www.medrxiv.org/",
    "idr": "https://idr.openmicroscopy.org/",
}
"""Where the public sources are found; of the others nothing is told but their kind."""


def asked_for(counts: Counts) -> list[str]:
    """Return the citations that the sources of the rows ask for."""
    day = counts.days[1].isoformat() if counts.days else _UNDATED
    each = ("idr", f"{IDR}."), ("pmc", NLM.format(date=day))
    return [words for source, words in each if source in counts.shares["source"]]


def bibtex(lock: Mapping[str, Any], counts: Counts, content: str) -> str:
    """Return the dataset's own citation; `content` is the digest of its rows."""
    name: str = lock["manifest"]["name"]
    address = page(lock)
    what = named(counts).partition(",")[0]
    fields = [f"title = {{{{{name}}}: {what}}}"]
    fields += [f"howpublished = {{\\url{{{address}}}}}"] if address else []
    fields += [f"note = {{Made by bricks {lock['versions']['bricks']}; content {content}}}"]
    return "@misc{" + name + ",\n  " + ",\n  ".join(fields) + "\n}"


def page(lock: Mapping[str, Any]) -> str | None:
    """Return where the dataset is published; None where the manifest doesn't say."""
    repo = repo_of(lock)
    return f"{HUB}{repo}" if repo else None


def repo_of(lock: Mapping[str, Any]) -> str | None:
    """Return the Hub's repository that the manifest names."""
    said: str | None = (lock["manifest"].get("publish") or {}).get("repo")
    return said


def made_by(lock: Mapping[str, Any], kind: str) -> dict[str, str]:
    """Return what of a kind (`ontology`, `prompt`) the texts were tagged or asked for with: name -> version."""
    told = lock["versions"].items()
    return {name.removeprefix(f"{kind} "): version for name, version in told if name.startswith(f"{kind} ")}


def place_of(source: str | None) -> str:
    """Return the address of a public source; another has a name within the dataset."""
    return _PLACES.get(source or "", f"#source-{source}")
