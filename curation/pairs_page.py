"""Pairs page: the pairs of pictures that show the same, side by side, on one page that needs nothing but itself."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from curation.duplicates import Edge
from pipeline.pages import data_uri, environment
from pipeline.pixels import thumbnail
from pipeline.workspace import write_whole
from schemas.errors import PixelError

_MOST = 500
"""Pairs on a page: some 20 MB."""
_SIDE_PX = 420


def write_pairs(page: Path, folder: Path, paths: Sequence[Path], edges: Sequence[Edge]) -> None:
    """Write the page, whole or not at all; names of files are strangers' words and are escaped."""
    pairs = [
        {
            "kind": edge.found.kind,
            "distance": edge.distance,
            "correlation": edge.found.correlation,
            "share": edge.found.share,
            "sides": [(str(paths[at].relative_to(folder)), _shown(paths[at])) for at in (edge.one, edge.other)],
        }
        for edge in edges[:_MOST]
    ]
    told = (
        environment("curation")
        .get_template("pairs.html.jinja")
        .render(folder=folder.name, pairs=pairs, total=len(edges))
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page, told.encode("utf-8", "backslashreplace"))  # names needn't be UTF-8


@lru_cache(maxsize=64)
def _shown(path: Path) -> str:
    try:
        return data_uri(thumbnail(path.read_bytes(), _SIDE_PX))
    except (PixelError, OSError):  # gone since it was read: its name is still told
        return ""
