"""ELN tags: which angle brackets of a text are tags, and which are words; what no reader sees is taken out.

People type "p < 0.05", "<KO> mice" and "see <style> guide" into texts whose format nobody states. A tag ends with ">"
before the next "<" and holds attributes, not a sentence. What a browser doesn't draw (script, style, title, noscript,
template, what stands in a frame or a player) ends at its first closing tag; without one it hides nothing.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

BLOCKS = frozenset(
    """address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol p plaintext pre search section
    summary table tbody td tfoot th thead tr ul xmp""".split()  # noqa: SIM905
)
_INLINE = frozenset(
    """a abbr acronym area b base basefont bdi bdo bgsound big blink br button caption cite code col colgroup data del
    dfn em embed font frame frameset i image img ins isindex kbd keygen label map mark marquee math math-field meter
    mprescripts mspace nobr optgroup option output param picture progress q rb rp rt rtc ruby s samp select slot small
    source spacer span strike strong sub sup svg time track tt u var wbr""".split()  # noqa: SIM905
)
_CODE = frozenset({"script", "style"})
_SILENT = _CODE | frozenset(
    "title noscript template iframe object applet canvas audio video datalist noembed noframes".split()  # noqa: SIM905
)
_TYPED = frozenset({"textarea", "xmp"})
"""What stands in them is shown as it is written, its angle brackets too."""
_EMPTY = frozenset({"meta", "link", "input"})
_ELEMENTS = BLOCKS | _SILENT | _INLINE | _TYPED | _EMPTY | {"head"}
"""Those of the HTML Living Standard, sections 4 and 16.2 (obsolete ones), with `math-field` of MathLive."""
_WITHOUT_VALUE = frozenset(
    """allowfullscreen async autofocus autoplay checked compact controls default defer disabled download formnovalidate
    hidden inert ismap itemscope loop multiple muted nohref noshade novalidate nowrap open playsinline readonly required
    reversed scoped selected""".split()  # noqa: SIM905
)
# a quoted value may hold angle brackets, if its closing quote is where one would be
_MARK = re.compile(
    r"""<(?:(?P<slash>/?)(?P<name>[a-zA-Z][\w:.-]*+)
    (?P<attributes>(?:[^<>=]++|=\s*+(?:"[^"]*+"|'[^']*+')(?=[\s/>])|=)*+)(?P<end>>?)
    |(?P<special>!--|!\[CDATA\[)
    |(?:!doctype\b|!\[(?:end)?if\b|\?(?:xml|php)\b)[^<>]*+>)""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"""\s+[\w:.-]++\s*=\s*(?:"[^"]*+"|'[^']*+')""")
_VALUED = re.compile(r"""(?<!\S)[^\s"'<>/=]++\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++)""")


_Ends = dict[str, re.Match[str] | None]
"""Where what was asked for last ends, by name; None of what ends nowhere any more."""


class Piece(NamedTuple):
    """A part of a text: words, a tag, or what nobody sees."""

    markup: str
    """As a parser takes it: of words, every angle bracket is escaped; "" of what is taken out."""
    name: str = ""
    """That of its element, in small letters; "" of words."""
    unseen_words: int = 0
    """How many words are taken out with it; code has none."""


def is_html(source: str) -> bool:
    """Return whether a text holds a tag of HTML, or one with a namespace.

    >>> is_html("<u>only</u> this"), is_html("p <a threshold of 5 and then it went > 7"), is_html("ask <me@lab.org>")
    (True, False, False)
    >>> is_html("<o:p>word</o:p>"), is_html("<o:p>word"), is_html("<KO> mice")
    (True, False, False)
    """
    return any(piece.name in _ELEMENTS or ":" in piece.name for piece in pieces_of(source))


def pieces_of(source: str) -> Iterator[Piece]:
    """Yield the parts of a text in their order, without comments and declarations.

    >>> [piece.markup for piece in pieces_of("a <3 <b>c</b><!-- d --><script>e</script> see <style> guide")]
    ['a &lt;3 ', '<b>', 'c', '</b>', '', ' see ', '&lt;', 'style&gt; guide']
    """
    opened = {each[1].lower() for each in re.finditer(r"<([a-zA-Z][\w:.-]*+)", source)}
    closed = {each[1].lower() for each in re.finditer(r"</([a-zA-Z][\w:.-]*+)\s*+>", source)}
    paired, ends, done = frozenset(opened & closed), _Ends(), 0
    while mark := _MARK.search(source, done):
        if mark.start() > done:
            yield Piece(_words(source[done : mark.start()]))
        piece, done = _piece(mark, paired, ends)
        if piece.markup or piece.name:
            yield piece
    if done < len(source):
        yield Piece(_words(source[done:]))


def _words(text: str) -> str:
    return html.escape(html.unescape(text), quote=False)


def _piece(mark: re.Match[str], paired: frozenset[str], ends: _Ends) -> tuple[Piece, int]:
    """Return the part of a text that begins at a mark, and where it ends."""
    name = (mark["name"] or "").lower()
    if name:
        return _tag(mark, name, ends) if _is_tag(mark, name, paired) or _is_code(mark, name, ends) else _bracket(mark)
    if not mark["special"]:
        return Piece(""), mark.end()
    is_comment = mark["special"] == "!--"
    # "<!-->" is a whole one
    start = mark.start() + len("<!") if is_comment else mark.end()
    end = _end_of("--" if is_comment else "]]", mark.string, start, ends)
    if end is None:
        return _bracket(mark)
    return Piece("" if is_comment else html.escape(mark.string[start : end.start()], quote=False)), end.end()


def _bracket(mark: re.Match[str]) -> tuple[Piece, int]:
    return Piece("&lt;"), mark.start() + 1


def _tag(mark: re.Match[str], name: str, ends: _Ends) -> tuple[Piece, int]:
    attributes = mark["attributes"].strip()
    if name == "head" or (mark["slash"] and name in _SILENT | _TYPED):
        return Piece("", name), mark.end()
    if name == "plaintext":
        return Piece(f"<{mark['slash']}pre>", name), mark.end()
    if mark["slash"] or name not in _SILENT | _TYPED | _EMPTY | {"select"}:
        return Piece(mark[0], name), mark.end()
    is_alone = attributes.endswith("/") and (name not in _CODE or "src" in attributes.lower())
    end = None if is_alone or name in _EMPTY else _end_of(name, mark.string, mark.end(), ends)
    # of "see <style> guide" and a style sheet further down, the first are words
    if end is None or (not attributes and name != "script" and _opens_again(mark, name, end)):
        return (Piece("", name), mark.end()) if attributes else _bracket(mark)
    if name == "select":
        return Piece(mark[0], name), mark.end()
    return _whole(name, mark.string[mark.end() : end.start()]), end.end()


def _whole(name: str, inside: str) -> Piece:
    """Return an element that is taken as one: what is typed in it, or how many words nobody sees."""
    if name in _TYPED:
        return Piece(f"<pre>{_words(inside) if name == 'textarea' else html.escape(inside, quote=False)}</pre>", name)
    return Piece("", name, 0 if name in _CODE else count_words(re.sub(r"<[^<>]*+>", " ", inside)))


def count_words(text: str) -> int:
    """Return how many words a text has."""
    return sum(1 for _ in re.finditer(r"\w+", text))


def _end_of(name: str, source: str, start: int, ends: _Ends) -> re.Match[str] | None:
    """Return where an element or a comment ends, if it does."""
    known = ends.get(name)
    if name not in ends or (known is not None and known.start() < start):
        ends[name] = _closing(name).search(source, start)
    return ends[name]


@lru_cache(32)
def _closing(name: str) -> re.Pattern[str]:
    special = {"--": "--!?>", "]]": r"\]\]>"}
    return re.compile(special.get(name, rf"</{name}(?=[\s/>])[^<>]*+>"), re.IGNORECASE)


def _opens_again(mark: re.Match[str], name: str, end: re.Match[str]) -> bool:
    again = re.compile(rf"<{name}(?=[\s/>])", re.IGNORECASE)
    return again.search(mark.string, mark.end(), end.start()) is not None


def _is_code(mark: re.Match[str], name: str, ends: _Ends) -> bool:
    """Return whether code follows that is closed, however its tag is written."""
    if name not in _CODE or mark["slash"] or (mark["attributes"] and not mark["attributes"][0].isspace()):
        return False
    end = _end_of(name, mark.string, mark.end(), ends)
    return end is not None and not _opens_again(mark, name, end)


def _is_tag(mark: re.Match[str], name: str, paired: frozenset[str]) -> bool:
    """Return whether what follows an angle bracket is a tag: of HTML, one with values, or one that is closed."""
    attributes = mark["attributes"]
    if not mark["end"]:
        return False
    if mark["slash"]:
        return not attributes.strip() and (name in _ELEMENTS or name in paired or ":" in name)
    if _QUOTED.match(attributes):
        return True
    is_alone = attributes.rstrip().endswith("/") and ("=" in attributes or ":" in name)
    is_known = name in _ELEMENTS or name in paired or is_alone
    return is_known and _are_attributes(attributes)


def _are_attributes(written: str) -> bool:
    """Return whether words behind the name of a tag are attributes, not a sentence.

    >>> _are_attributes(" nowrap width=5 /"), _are_attributes(" threshold of 5"), _are_attributes("@lab.org")
    (True, False, False)
    """
    if written.strip("/") and not written[0].isspace() and written[0] != "/":
        return False
    bare = _VALUED.sub("", written.rstrip("/")).split()
    return all(word.lower() in _WITHOUT_VALUE or re.fullmatch(r"\w+(?:[-_]\w+)+|_\w+", word) for word in bare)
