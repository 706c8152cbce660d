"""JATS prolog: what stands before an article's root is taken away, and named characters are put in.

The DOCTYPE is gone before a parser sees the text, so that no DTD and no entity of the document's own is ever read; the
named characters of HTML and ISO sets (&nbsp;, &ndash;) are put in from Python's own table.
"""

import html.entities
import re

from schemas.errors import ArticleError

FIRST_TAG = re.compile(r"<([A-Za-z_][^\s<>/]*)")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_CHARACTERS = {name[:-1]: text for name, text in html.entities.html5.items() if name.endswith(";")}
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_NAMED = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&([A-Za-z][\w.-]*);", re.DOTALL)
_ANY_NAMED = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;|#)[A-Za-z]")
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_SUBSET_TOKEN = re.compile(r"""<!--.*?-->|<\?.*?\?>|"[^"]*"|'[^']*'|\]\s*>""", re.DOTALL)
_ENTITY = re.compile(
    r"""<!ENTITY\s+(?P<parameter>%\s+)?(?P<name>[^\s"'>]+)\s+
        (?:(?P<external>SYSTEM|PUBLIC)\b(?P<where>[^>]*)|"(?P<double>[^"]*)"|'(?P<single>[^']*)')""",
    re.VERBOSE,
)


def from_root(text: str, where: str) -> tuple[str, list[str]]:
    """Return `text` from its root on, without declaration and DOCTYPE, named characters put in; and what was repaired.

    Raises:
        ArticleError: `not_jats`, `xml_malformed` or `xml_hostile`.
    """
    repairs = []
    if not text.startswith("<"):
        repairs.append("leading characters")
        text = text[max(text.find("<"), 0) :]
    start, doctype = skip_prolog(text)
    entities = _own_entities(doctype, where)
    declaration = _DECLARATION.search(text, 1, max(start, 1))
    repairs += ["declaration not first"] if declaration else []
    text = text[start:]
    if not text.startswith("<") or text[1:5].lower() == "html" or doctype[:14].lower() == "<!doctype html":
        raise ArticleError("not_jats", f"begins with {text[:60]!r}", where=where)
    for opening, closing in (("<!--", "-->"), ("<![CDATA[", "]]>")):
        if text.rfind(opening) > text.rfind(closing):
            raise ArticleError("xml_malformed", f"{opening} is never closed", where=where)
    if _ANY_NAMED.search(text):
        text, named = _with_characters(text, entities, where)
        repairs += ["named characters"] if named else []
    return text, repairs


def skip_prolog(text: str) -> tuple[int, str]:
    """Return where the root begins, and the DOCTYPE before it."""
    place, doctype = 0, ""
    while True:
        if found := _BEFORE_ROOT.match(text, place):
            place = found.end()
        elif text[place : place + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, place)
            place, doctype = end, text[place:end]
        else:
            return place, doctype


def _doctype_end(text: str, start: int) -> int:
    place = start
    while place < len(text):
        char = text[place]
        if char in "\"'":
            place = text.find(char, place + 1)
            if place < 0:
                return len(text)
        elif char == ">":
            return place + 1
        elif char == "[":
            return _subset_end(text, place + 1)
        place += 1
    return len(text)


def _subset_end(text: str, start: int) -> int:
    for found in _SUBSET_TOKEN.finditer(text, start):
        if found[0].startswith("]"):
            return found.end()
    return len(text)


def _own_entities(doctype: str, where: str) -> set[str]:
    """Return the names that the document defines for itself; they are never expanded."""
    names = set()
    for found in _ENTITY.finditer(doctype):
        if found["external"] and "NDATA" in found["where"]:
            continue
        value = found["double"] or found["single"] or ""
        if found["parameter"] or found["external"] or re.search(r"&(?!#)|%\w", value):
            detail = f"declares the entity {found['name']}, which reads more than itself"
            raise ArticleError("xml_hostile", detail, where=where)
        names.add(found["name"])
    return names


def _with_characters(text: str, own: set[str], where: str) -> tuple[str, bool]:
    changed = False

    def put_in(found: re.Match[str]) -> str:
        nonlocal changed
        name = found[1]
        if name is None or name in _XML_NAMES:
            return found[0]
        changed = True
        if name in _CHARACTERS:
            return "".join(f"&#{ord(char)};" for char in _CHARACTERS[name])
        if name in own:
            raise ArticleError("xml_hostile", f"uses its own entity &{name};", where=where)
        return f"&amp;{name};"

    return _NAMED.sub(put_in, text), changed
