"""Lexicons: what a list of ontologies asks for, compiled once in each process and kept for the next."""

import gc
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from curation.consistency import Names
from curation.curated_terms import with_curated
from curation.lexicon import Lexicon
from curation.term_index import VERSION, editions, index_file, read_index, sha256_of, write_index
from curation.terms import Known
from curation.verdicts import by_hand, verdicts, with_learnt
from pipeline.store import fingerprint
from schemas.curated_table import FOLDER
from schemas.errors import OntologyError, UsageError
from schemas.manifest_sections import ONTOLOGIES, given_by
from schemas.records import Record

_log = logging.getLogger(__name__)

TAGGING = 6
"""Raised by hand when the rules of tagging or of choosing columns change what comes out."""

INDEX = "terms.arrow"
"""The index's name in the folder of ontologies."""


class Ontologies(Record):
    """What is searched for beside the curated table; small, so that it travels to workers, who compile it once each."""

    names: tuple[str, ...] = ()
    """Of the built index."""
    files: tuple[Path, ...] = ()
    folder: Path | None = None
    """Where the index lies, and what was made of files before."""


def asked_ontologies(
    asked: Iterable[str | Mapping[str, str]], *, folder: Path | None, beside: Path = Path()
) -> Ontologies:
    """Return what a command or a manifest asks for: names of ontologies, files, or names with their files.

    Raises:
        UsageError: a name that is none, or a file that isn't there.
    """
    names: list[str] = []
    files: list[Path] = []
    for _, given in given_by(asked):
        if given in ONTOLOGIES:
            names.append(given)
        elif (beside / given).is_file():
            files.append((beside / given).resolve())
        else:
            known = ", ".join(ONTOLOGIES)
            raise UsageError("no ontology and no file", where=given, mend=f"Name a file, or one of {known}.")
    return Ontologies(names=tuple(dict.fromkeys(names)), files=tuple(dict.fromkeys(files)), folder=folder)


def versions_of(asked: Ontologies) -> dict[str, str]:
    """Return the edition of everything by which texts are tagged; where one changes, a text may be tagged otherwise.

    Raises:
        UsageError: an ontology's index wasn't built.
    """
    tables = sorted(FOLDER.glob("*.tsv"))
    told = {"terms": fingerprint(TAGGING, VERSION, [sha256_of(path) for path in tables])}
    for edition in (edition for path in _index(asked) for edition in editions(path)):
        if edition.name in asked.names:
            told[f"ontology {edition.name}"] = f"{edition.version or 'no version'} sha256:{edition.sha256}"
    for path in asked.files:  # several may have one name
        before = told.get(f"ontology file {path.name}", "")
        told[f"ontology file {path.name}"] = f"{before} sha256:{sha256_of(path)}".strip()
    return told


@lru_cache(maxsize=4)
def lexicon(asked: Ontologies) -> Lexicon:
    """Return the lexicon of some ontologies and the curated table.

    Raises:
        UsageError: an ontology's index wasn't built.
        OntologyError: a file can't be read.
    """
    with _uncollected():
        return Lexicon(with_learnt(terms_of(asked)), verdicts(), by_hand())


@lru_cache(maxsize=1)
def names(asked: Ontologies) -> Names:
    """Return the same terms by all their names, to check given ids; built where the first id comes.

    Raises:
        UsageError, OntologyError: as `lexicon`.
    """
    with _uncollected():
        return Names(terms_of(asked))


def terms_of(asked: Ontologies) -> list[Known]:
    """Return the terms of some ontologies and of the curated table.

    Raises:
        UsageError: an ontology's index wasn't built.
        OntologyError: a file can't be read.
    """
    terms: dict[str, Known] = {}
    for known in (*_of_names(asked), *(known for path in asked.files for known in _of_file(path, asked.folder))):
        terms.setdefault(known.id, known)
    return with_curated(terms.values())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector from walking through a million new tuples, now and later; none of them is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _index(asked: Ontologies) -> list[Path]:
    """Return the index, where names of it are asked for."""
    path = (asked.folder or Path()) / INDEX
    if asked.names and not path.is_file():
        mend = f"`bricks ontologies pull {' '.join(asked.names)}`, then `bricks ontologies build`."
        raise UsageError("no index of ontologies is here", where=str(path), mend=mend)
    return [path] if asked.names else []


def _of_names(asked: Ontologies) -> list[Known]:
    terms = [known for path in _index(asked) for known in read_index(path, asked.names)]
    missing = sorted(set(asked.names) - {known.ontology for known in terms})
    if missing:
        what = f"the index doesn't hold {', '.join(missing)}"
        raise UsageError(what, where=str(asked.folder), mend="Pull and build it.")
    return terms


def _of_file(path: Path, folder: Path | None) -> list[Known]:
    """Return the terms of a file, from what was made of the same bytes before where that is kept."""
    if folder is None:
        return index_file(path)[0]
    kept = folder / "files" / f"{sha256_of(path)}-{VERSION}.arrow"
    if kept.is_file():
        try:
            return read_index(kept)
        except OntologyError:  # damaged: made again below
            kept.unlink(missing_ok=True)
    terms, edition = index_file(path)
    try:
        write_index(kept, terms, [edition])
    except OSError as error:  # the next process reads the file again
        _log.info("%s is not kept: %s", path, error)
    return terms
