"""JATS text: an element's words in reading order, markup flattened, nothing glued and nothing said twice."""

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache

from lxml import etree

BLOCKS = frozenset(
    """abstract app attrib boxed-text break caption code copyright-holder copyright-statement copyright-year def
    def-item def-list disp-formula disp-formula-group disp-quote fig fig-group fn kwd label license license-p list
    list-item media object-id p permissions preformat sec speaker speech statement subtitle supplementary-material
    table table-wrap tbody td term tfoot th thead title tr trans-title verse-group verse-line""".split()  # noqa: SIM905
)
"""Elements that stand on their own line: words on either side are never glued."""

FLOATS = frozenset({"fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text", "supplementary-material"})
"""Elements that lie inside a paragraph without being part of its sentence."""

_SILENT = frozenset(
    {
        "annotation",
        "annotation-xml",
        "alt-text",
        "long-desc",
        "index-term",
        "index-term-range-end",
        "milestone-start",
    }
    | {"milestone-end", "processing-meta"}
)
_FORMULAS = frozenset({"inline-formula", "disp-formula"})
_FORMULA_CHOICE = ("math", "textual-form", "tex-math", "chem-struct")
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)(?:\\end\{document\}|$)", re.DOTALL)

Mark = Callable[[etree._Element, bool, int], None]  # noqa: SLF001  (lxml has no public name for it)
"""Is told of a cross-reference, whether it begins, and how many pieces of text stand before it."""


@lru_cache(maxsize=1024)
def _without_namespace(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace; "" for a comment, an instruction or an entity."""
    return _without_namespace(element.tag)


def attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield the attributes of `element`, their names without namespace."""
    for name, value in element.attrib.items():
        yield str(name).rpartition("}")[2], str(value)


def all_text(element: etree._Element) -> str:
    """Return every character under `element`, silent parts too, white space squeezed."""
    return squeeze("".join(str(piece) for piece in element.itertext()))


def squeeze(text: str) -> str:
    """Return `text` with every run of white space as one space, none at the ends."""
    return " ".join(text.split())


def flatten(element: etree._Element | None, *, without: Collection[str] = ()) -> str:
    """Return the words of `element`; descendants named in `without` are left out.

    Blocks are parted by one space, inline markup adds none. A formula is said once: as MathML text where it has
    one, else as TeX without its preamble.
    """
    if element is None:
        return ""
    pieces: list[str] = []
    collect(element, pieces, frozenset(without) | _SILENT)
    return squeeze("".join(pieces))


def collect(element: etree._Element, pieces: list[str], without: Collection[str], mark: Mark | None = None) -> None:
    """Append the pieces of `element`'s text, in order; `mark` hears of every cross-reference that begins or ends."""
    name = local_name(element)
    if name == "xref" and mark:
        mark(element, True, len(pieces))
    if name == "tex-math":
        pieces.append(tex_body(element.text or ""))
    elif name == "alternatives":
        _collect_alternatives(element, pieces, without, mark)
    else:
        if element.text:
            pieces.append(element.text)
        if len(element):
            said = _formula_said(element) if name in _FORMULAS else None
            _collect_children(element, pieces, without, (mark, said))
    if name == "xref" and mark:
        mark(element, False, len(pieces))


def _collect_children(
    element: etree._Element,
    pieces: list[str],
    without: Collection[str],
    also: tuple[Mark | None, etree._Element | None],
) -> None:
    mark, said = also
    for child in element:
        name = local_name(child)
        if name and name not in without and (said is None or child is said or name not in _FORMULA_CHOICE):
            block = name in BLOCKS
            if block:
                pieces.append(" ")
            collect(child, pieces, without, mark)
            if block:
                pieces.append(" ")
        elif name in without and name not in _SILENT:
            pieces.append(" ")
        tail = child.tail
        if tail:
            pieces.append(tail)


def _collect_alternatives(
    element: etree._Element, pieces: list[str], without: Collection[str], mark: Mark | None
) -> None:
    """Say the one of several forms that says most; the others are the same in another dress."""
    chosen = _formula_said(element)
    if chosen is None:
        chosen = next((child for child in element if flatten(child)), None)
    if chosen is not None and local_name(chosen) not in without:
        collect(chosen, pieces, without, mark)


def _formula_said(element: etree._Element) -> etree._Element | None:
    """Return the form in which the formula that `element` holds is read; None where it holds none."""
    for name in _FORMULA_CHOICE:
        for child in element:
            if local_name(child) == name and _has_words(child):
                return child
    return None


def _has_words(element: etree._Element) -> bool:
    pieces: list[str] = []
    collect(element, pieces, _SILENT)
    return bool("".join(pieces).strip())


def tex_body(tex: str) -> str:
    r"""Return the formula of a TeX document without its preamble.

    >>> tex_body(r"\documentclass{minimal} \begin{document}$$\alpha$$\end{document}")
    '$$\\alpha$$'
    """
    found = _TEX_BODY.search(tex)
    return found[1].strip() if found else tex.strip()
