"""Local: articles on this machine: folders, PMC packages, zips, MECA files, bare JATS with images beside it.

Terms: the articles' own licences. A local file doesn't tell when it was fetched.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ingest.article_files import Unread, open_articles
from ingest.articles import figures_of
from ingest.connector import Change, Item, Known, Origin
from ingest.local_items import OUTSIDE, expand, find_articles, nothing_in, stamp_of
from pipeline.workspace import FIGURES
from schemas.errors import ArchiveError, ReasonedError, UsageError
from schemas.records import Dropped, Failed, Figure, make_id


class LocalConnector:
    """The articles at `paths`, which are relative to `base`; implements `ingest.connector.Connector`."""

    def __init__(self, source: str, paths: Sequence[str], base: Path) -> None:
        self._source, self._paths, self._base = source, tuple(paths), base

    def find(self) -> Iterator[Item]:
        """Yield the articles and packages, each path's in sorted order.

        Raises:
            UsageError: a path names nothing, or nothing at the paths is an article or a package.
        """
        nothing = True
        for found in find_articles(path for pattern in self._paths for path in expand(pattern, self._base)):
            nothing = False
            stamp, size_bytes = stamp_of(found)
            # A name that is no UTF-8 can't be kept in the ledger; it is told so, and fails when it is fetched.
            key = Path(os.path.relpath(found.path, self._base)).as_posix().encode("utf-8", "backslashreplace").decode()
            yield Item(source=self._source, key=key, stamp=stamp, size_bytes=size_bytes)
        if nothing:
            advice = "Give PMC packages, zips, MECA files, or JATS XML with its images beside it."
            raise UsageError(nothing_in(self._paths, "article"), where=", ".join(self._paths), mend=advice)

    def fetch(self, item: Item) -> Iterator[Figure | Dropped | Failed]:
        """Yield every figure of `item`, or why there is none."""
        try:
            if item.stamp == OUTSIDE:
                raise ArchiveError("archive_link", "a link out of its folder; give its target as a path")
            for read in open_articles(self._base / item.key):
                if isinstance(read, Unread):
                    yield _failed(item, read.error, read.xml_name)
                else:
                    yield from figures_of(read.article, read.files, read.xml_name, Origin(source=self._source))
        except ReasonedError as error:
            yield _failed(item, error)

    def recheck(self, known: Iterable[Known]) -> Iterator[Change]:  # noqa: ARG002  (the protocol's)
        """Yield nothing: a file that changes is a new item of the next run."""
        yield from ()


def _failed(item: Item, error: ReasonedError, *named: str) -> Failed:
    detail = ": ".join([*named, error.detail])
    return Failed(
        id=make_id(item.source, item.key, *named),
        stage=FIGURES,
        reason=error.reason,
        detail=detail,
        source_id=item.key,
        locator=item.locator,
    )
