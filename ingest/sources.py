"""Sources: the connectors that a manifest asks for, by route."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ingest.connector import Connector, Item
from ingest.harvest import Routes
from ingest.local import LocalConnector
from schemas.errors import UsageError
from schemas.manifest import Manifest, PmcSource, Source, contact_of
from schemas.manifest_sources import SourceSettings

_READABLE = frozenset({"pmc", "biorxiv"})


@dataclass(frozen=True)
class Asked:
    """What building connectors takes; it travels to the workers."""

    manifest: Manifest
    folder: Path
    """The manifest's folder, which its paths start from."""
    cache: Path
    secrets: tuple[tuple[str, str], ...] = ()
    """What the manifest's ${env:NAME} stand for, read at the door."""

    def __call__(self) -> Routes:
        """Return a connector for each route."""
        return dict(reversed(list(connectors(self))))


def connectors(asked: Asked) -> Iterator[tuple[str, Connector]]:
    """Yield (route, connector) for every source of the manifest, in its order.

    Raises:
        UsageError: a source that bricks can't read yet.
    """
    for at, source in enumerate(asked.manifest.sources):
        yield _connector(asked, at, source)


def _connector(asked: Asked, at: int, source: Source) -> tuple[str, Connector]:
    path = getattr(source, "path", None)
    if source.type in _READABLE and path:
        return f"{source.type}/path", Chosen(LocalConnector(source.type, path, asked.folder), source)
    if isinstance(source, PmcSource):
        return "pmc/live", _pmc(asked, source)
    raise UsageError(
        f"sources of type {source.type} can't be read yet{'' if path else ' without `path:`'}.",
        where=f"sources.{at}",
        mend="Take it out of the manifest; README says what bricks reads today.",
    )


class Chosen:
    """A connector of which only a sample, or the first items, are wanted."""

    def __init__(self, connector: Connector, source: SourceSettings) -> None:
        self._connector, self._limit, self._sample = connector, source.limit, source.sample
        self.fetch, self.recheck = connector.fetch, connector.recheck

    def find(self) -> Iterator[Item]:
        """Yield the wanted items, in the connector's order."""
        items = self._connector.find()
        if self._sample is not None:
            everything = list(items)
            few = min(self._sample.n, len(everything))
            chosen = random.Random(self._sample.seed).sample(range(len(everything)), few)  # noqa: S311
            items = (everything[at] for at in sorted(chosen))
        return islice(items, self._limit)


def _pmc(asked: Asked, source: PmcSource) -> Connector:
    from ingest.pmc import PmcConnector, PmcRequest

    request = PmcRequest(
        ids=tuple(source.ids or ()),
        query=source.query,
        since=source.since,
        until=source.until,
        licenses=tuple(asked.manifest.licenses),
        limit=source.limit,
        sample_n=source.sample.n if source.sample else None,
        sample_seed=source.sample.seed if source.sample else 0,
        cloud_url=source.cloud_url,
        eutils_url=source.eutils_url,
        api_key=dict(asked.secrets).get(source.api_key or ""),
    )
    return PmcConnector(request, contact=contact_of(asked.manifest) or "", cache=asked.cache)
