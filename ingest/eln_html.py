"""ELN HTML: what an entry holds as HTML to a tree of what a reader sees, with no limit that loses words.

What would nest deeper than the parser goes is flattened first. How many words are taken out with elements that nobody
sees is told.
"""

import json
import logging
from collections import Counter
from io import StringIO
from typing import Any

from ingest.eln_tags import BLOCKS, Piece, count_words, pieces_of

_log = logging.getLogger(__name__)
_KEPT_FLAT = frozenset({"", "img", "br", "p", "textarea", "xmp"})
_NOT_DRAWN = ("desc", "metadata", "defs", "symbol", "marker", "mask", "pattern", "clippath")
"""What a browser doesn't draw within SVG, or only elsewhere."""


def parsed(source: str) -> Any:  # noqa: ANN401  (lxml has no public name for it)
    """Return the tree of a text; None where it holds nothing but comments and spaces."""
    unseen, out = Counter[str](), StringIO()
    for piece in pieces_of(source):
        out.write(piece.markup)
        unseen[piece.name] += piece.unseen_words
    root, is_whole = _tree(out.getvalue())
    if not is_whole:
        root, is_whole = _tree("".join(map(_flat, pieces_of(source))))
    if not is_whole:
        _log.warning("a text nests too deep; what follows it is not read: %.60r", source)
    if root is not None:
        unseen += _without_undrawn(root)
    if unseen.total():
        _log.warning("words_unseen %s", json.dumps({name: words for name, words in sorted(unseen.items()) if words}))
    return root


def _flat(piece: Piece) -> str:
    """Return a part of a text as one that doesn't nest."""
    return piece.markup if piece.name in _KEPT_FLAT else "<p>" if piece.name in BLOCKS else ""


def _tree(source: str) -> tuple[Any, bool]:
    """Return a tree, and whether the parser came to the end."""
    from lxml import etree, html

    # the sizes of metadata and of files beside them are bounded where they are read
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, True
    return root, not any(error.level >= etree.ErrorLevels.FATAL for error in parser.error_log)


def _without_undrawn(root: Any) -> Counter[str]:  # noqa: ANN401
    """Take out what SVG doesn't draw, and return how many words that were."""
    from lxml import etree

    unseen = Counter[str]()
    for svg in root.iter("svg"):
        unseen["svg"] += sum(count_words(" ".join(each.itertext())) for each in svg.iter(*_NOT_DRAWN))
        etree.strip_elements(svg, *_NOT_DRAWN, with_tail=False)
    return unseen
