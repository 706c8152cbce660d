"""Notebooks: what the connectors of live notebooks share: who asks, and under which terms entries are taken."""

from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from ingest.eln_contract import Contract, contract_of
from ingest.eln_settlement import Terms
from schemas.manifest_sources import ElabftwSource, RspaceSource
from schemas.records import make_id


class Access(NamedTuple):
    """Who asks, and where what came is kept."""

    key: SecretStr
    contact: str
    cache: Path


class Reading(NamedTuple):
    """How entries are taken."""

    terms: Terms
    contract: Contract
    mark: str
    """Another one makes other rows of the same entry."""
    keep: tuple[str, ...] = ()
    """Fields that hold no person, whatever they are called."""


def reading_of(source: ElabftwSource | RspaceSource, base: Path) -> Reading:
    """Return how the entries of a source are taken; its schema lies relative to `base`.

    Raises:
        UsageError: the schema can't be read, or is none.
    """
    path = base / source.row_schema if source.row_schema else None
    contract = contract_of(source.contract, path)
    said = (source.license, source.attribution, source.contract, path.read_text() if path else None)
    mark = make_id(*said, *source.keep_fields)[:12]
    return Reading(Terms(source.license, source.attribution or ""), contract, mark, source.keep_fields)
