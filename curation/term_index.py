"""Term index: ontologies read once and kept as one Arrow file, with their versions and digests."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from curation.obo import Ontology, read_obo
from curation.owl import read_owl
from curation.terms import Kind, Known, Name, known_terms
from curation.words import key_of
from pipeline.workspace import write_whole
from schemas.errors import OntologyError
from schemas.records import Record, Sha256

if TYPE_CHECKING:
    from pyarrow import Table

VERSION = 3
"""Raised when names are made by other rules; an index of another version is built anew."""

_CHUNK_BYTES = 1 << 20


class Edition(Record):
    """Which ontology file an index was built from."""

    name: str
    version: str
    sha256: Sha256
    terms: int
    names: int
    problems: tuple[str, ...] = ()


def sha256_of(path: Path) -> str:
    """Return the digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def read_ontology(path: Path) -> Ontology:
    """Return what an ontology file holds, by its ending."""
    return read_owl(path) if path.suffix.lower() == ".owl" else read_obo(path)


def index_file(path: Path) -> tuple[list[Known], Edition]:
    """Return the terms of an ontology file with their names, and which edition it is.

    Raises:
        OntologyError: it can't be read, or nothing of it is looked for.
    """
    ontology = read_ontology(path)
    terms = [known._replace(names=_keyed(known.names)) for known in known_terms(ontology)]
    if not terms:
        raise OntologyError("no_terms", "none of its terms is alive and its own", where=str(path))
    return terms, Edition(
        name=terms[0].ontology,
        version=ontology.version,
        sha256=sha256_of(path),
        terms=len(terms),
        names=sum(len(known.names) for known in terms),
        problems=ontology.problems,
    )


def _keyed(names: Iterable[Name]) -> tuple[Name, ...]:
    return tuple([Name(name.text, name.kind, key_of(name.text)) for name in names])


def write_index(path: Path, terms: Sequence[Known], editions: Iterable[Edition]) -> None:
    """Write an index, whole or not at all."""
    import pyarrow as pa

    names = [name for known in terms for name in known.names]
    offsets = [0]
    for known in terms:
        offsets.append(offsets[-1] + len(known.names))
    columns = {
        **{column: [getattr(known, column) for known in terms] for column in ("id", "label", "ontology", "field")},
        **{
            column: pa.ListArray.from_arrays(offsets, [getattr(name, column) for name in names])
            for column in ("text", "key")
        },
        "kind": pa.ListArray.from_arrays(offsets, pa.array([int(name.kind) for name in names], pa.int8())),
    }
    told = {"version": VERSION, "editions": [edition.model_dump() for edition in editions]}
    table = pa.table(columns).replace_schema_metadata({"bricks": json.dumps(told, ensure_ascii=False)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    write_whole(path, sink.getvalue().to_pybytes())


def read_index(path: Path, ontologies: Iterable[str] | None = None) -> list[Known]:
    """Return the terms of an index, of some ontologies or of all.

    Raises:
        OntologyError: the file is no index of this version.
    """
    table = _table(path)
    if ontologies is not None:
        import pyarrow as pa
        import pyarrow.compute as pc

        table = table.filter(pc.is_in(table["ontology"], pa.array(sorted(ontologies), pa.string())))
    columns = {column: table[column].to_pylist() for column in ("id", "label", "ontology", "field")}
    lengths: list[int] = [len(kinds) for kinds in table["kind"].to_pylist()]
    names = _names(table.combine_chunks())
    found, at = [], 0
    for head, length in zip(zip(*columns.values(), strict=True), lengths, strict=True):
        identifier, label, ontology, field = head
        found.append(Known(identifier, label, ontology, field, tuple(names[at : at + length])))
        at += length
    return found


def _names(table: "Table") -> list[Name]:
    kinds = list(map(Kind, range(len(Kind))))
    flat = (table[column].combine_chunks().flatten().to_pylist() for column in ("text", "kind", "key"))
    return [Name(text, kinds[kind], key) for text, kind, key in zip(*flat, strict=True)]


def editions(path: Path) -> list[Edition]:
    """Return which ontology files an index was built from."""
    return _told(path, _table(path).schema.metadata)


def _table(path: Path) -> "Table":
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise OntologyError("no_index", "not an index of terms", where=str(path)) from error
    _told(path, table.schema.metadata)
    return table


def _told(path: Path, metadata: Mapping[bytes, bytes] | None) -> list[Edition]:
    try:
        told = json.loads((metadata or {})[b"bricks"])
        if told["version"] == VERSION:
            return [Edition.model_validate(edition) for edition in told["editions"]]
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise OntologyError("no_index", "not an index of terms", where=str(path)) from error
    raise OntologyError("old_index", "made by another version; `bricks ontologies build`", where=str(path))
