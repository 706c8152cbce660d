"""ELN HTML: what an entry holds as HTML to a tree: which angle brackets are tags, and no limit that loses words.

People type "p < 0.05" and "<KO> mice" into texts whose format nobody states. What is no tag becomes text; what would
nest deeper than the parser goes is flattened first. Script, style and whatever shows no words are gone from the tree.
"""

import logging
import re
from typing import Any

_log = logging.getLogger(__name__)
BLOCKS = frozenset(
    """address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol p plaintext pre search section
    summary table tbody td tfoot th thead tr ul xmp""".split()  # noqa: SIM905
)
_SILENT = frozenset(
    """script style head title meta link noscript template iframe object applet svg canvas audio video button input
    textarea datalist math-field""".split()  # noqa: SIM905
)
_EMPTY = frozenset({"meta", "link", "input"})
_RAW = frozenset({"script", "style"})
_INLINE = frozenset(
    """a abbr acronym area b base basefont bdi bdo bgsound big blink br caption cite code col colgroup data del dfn em
    embed font frame frameset i image img ins isindex kbd keygen label map mark marquee math meter nobr noembed noframes
    optgroup option output param picture progress q rb rp rt rtc ruby s samp select slot small source spacer span strike
    strong sub sup time track tt u var wbr""".split()  # noqa: SIM905
)
_ELEMENTS = BLOCKS | _SILENT | _INLINE
"""Those of the HTML Living Standard, sections 4 and 16.2 (obsolete ones)."""
_WITHOUT_VALUE = frozenset(
    """allowfullscreen async autofocus autoplay checked compact controls default defer disabled download formnovalidate
    hidden inert ismap itemscope loop multiple muted nohref noshade novalidate nowrap open playsinline readonly required
    reversed scoped selected""".split()  # noqa: SIM905
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:.-]*+)([^<>]*+)(>?)")
_QUOTED = re.compile(r"\s+[\w:.-]++\s*=\s*[\"']")
_VALUED = re.compile(r"""(?<!\S)[^\s"'<>/=]++\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++)""")
_KEPT_FLAT = _SILENT | {"img", "br", "p"}


def is_html(source: str) -> bool:
    """Return whether a text holds a tag of HTML.

    >>> is_html("<u>only</u> this"), is_html("p <a threshold of 5 and then it went > 7"), is_html("ask <me@lab.org>")
    (True, False, False)
    """
    return any(tag[2].lower() in _ELEMENTS and _is_tag(tag, frozenset()) for tag in _TAG.finditer(source))


def parsed(source: str) -> Any:  # noqa: ANN401  (lxml has no public name for it)
    """Return the tree of a text; None where it holds nothing but comments and spaces."""
    from lxml import etree

    closed = frozenset(name.lower() for name in re.findall(r"</([a-zA-Z][\w:.-]*)", source))
    mended = _TAG.sub(lambda tag: _mended(tag, closed), source)
    root, is_whole = _tree(mended)
    if not is_whole:
        root, is_whole = _tree(_TAG.sub(_flat, mended))
    if not is_whole:
        _log.warning("a text nests what shows no words too deep; what follows it is not read: %.60r", source)
    if root is not None:
        etree.strip_elements(root, *_SILENT, with_tail=False)
    return root


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


def _is_tag(tag: re.Match[str], closed: frozenset[str]) -> bool:
    """Return whether what follows an angle bracket is a tag: of HTML, or of one that is closed somewhere."""
    is_closing, name, attributes, end = bool(tag[1]), tag[2].lower(), tag[3], bool(tag[4])
    if name in _SILENT or _QUOTED.match(attributes):
        return True
    if name not in _ELEMENTS and name not in closed and not re.search("[:-]", name):
        return False
    if is_closing:
        return end and not attributes.strip()
    return end and _are_attributes(attributes)


def _are_attributes(written: str) -> bool:
    """Return whether words behind the name of a tag are attributes, not a sentence.

    >>> _are_attributes(" nowrap width=5 /"), _are_attributes(" threshold of 5"), _are_attributes("@lab.org")
    (True, False, False)
    """
    if written.strip("/") and not written[0].isspace() and written[0] != "/":
        return False
    bare = _VALUED.sub("", written.rstrip("/")).split()
    return all(word.lower() in _WITHOUT_VALUE or re.fullmatch(r"\w+(?:[-_]\w+)+|_\w+", word) for word in bare)


def _mended(tag: re.Match[str], closed: frozenset[str]) -> str:
    """Return a tag as the parser takes it for what it is meant to be."""
    name = tag[2].lower()
    if not _is_tag(tag, closed):
        return f"&lt;{tag[0][1:]}"
    is_alone = tag[3].endswith("/") and (name not in _RAW or "src" in tag[3].lower())
    is_open = not tag[1] and name not in _EMPTY and name not in closed and name not in _RAW
    # a frame that holds nothing, or is never closed, would take with it whatever follows
    return "" if name in _SILENT and tag[4] and (is_alone or is_open) else tag[0]


def _flat(tag: re.Match[str]) -> str:
    """Return a tag that doesn't nest."""
    name = tag[2].lower()
    return tag[0] if name in _KEPT_FLAT or not tag[4] else "<p>" if name in BLOCKS else ""
