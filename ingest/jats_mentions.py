"""JATS mentions: the paragraphs that name a figure, and the panels they name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from ingest.jats_panels import panels_named
from ingest.jats_text import FLOATS, collect, local_name
from schemas.records import Mention

_PARAGRAPHS = frozenset({"p", "title", "list-item", "def", "disp-quote", "article-title", "verse-line"})
_TAIL_CHARACTERS = 48


@dataclass
class _Paragraph:
    """A paragraph's flat text with the places of its references."""

    element: etree._Element
    key: str
    text: str = ""
    references: list[tuple[int, int, frozenset[str]]] = field(default_factory=list)
    """(start, end, figure keys) in `text`."""


def mentions_of(
    article: etree._Element, targets: Mapping[str, Sequence[str]], labels: Mapping[str, str]
) -> dict[str, list[Mention]]:
    """Return the mentions of every figure key, in document order.

    `targets` maps an XML id to the figure keys it stands for (a group stands for its figures); `labels` maps a
    figure key to the figure's label. A figure's own caption is no mention of it.
    """
    found: dict[str, list[Mention]] = {}
    for paragraph in _paragraphs(article, targets):
        own = _figures_around(paragraph.element, targets)
        keys = dict.fromkeys(key for _, _, keys in paragraph.references for key in sorted(keys) if key not in own)
        for key in keys:
            panels = _panels(paragraph, key, labels.get(key, ""))
            mention = Mention(id=paragraph.key, text=" ".join(paragraph.text.split()), panels=panels)
            found.setdefault(key, []).append(mention)
    return found


def _paragraphs(article: etree._Element, targets: Mapping[str, Sequence[str]]) -> Iterator[_Paragraph]:
    """Yield the paragraphs that refer to a figure; floats inside them are not theirs."""
    seen: dict[etree._Element, None] = {}
    for reference in article.iter("{*}xref"):
        if any(name in targets for name in (reference.get("rid") or "").split()):
            paragraph = _paragraph_around(reference)
            if paragraph is not None:
                seen[paragraph] = None
    numbers = {element: number for number, element in enumerate(article.iter("{*}p"), 1)} if seen else {}
    for number, element in enumerate(seen, 1):
        key = element.get("id") or (f"p{numbers[element]}" if element in numbers else f"x{number}")
        yield _read(element, key, targets)


def _paragraph_around(reference: etree._Element) -> etree._Element | None:
    return next((around for around in reference.iterancestors() if local_name(around) in _PARAGRAPHS), None)


def _figures_around(element: etree._Element, targets: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the keys of the figure that `element` lies in, as a caption does."""
    fig = next((around for around in element.iterancestors() if local_name(around) == "fig"), None)
    return set() if fig is None else set(targets.get(fig.get("id") or "", ()))


def _read(element: etree._Element, key: str, targets: Mapping[str, Sequence[str]]) -> _Paragraph:
    pieces: list[str] = []
    opened: list[int] = []
    spans: list[tuple[int, int, frozenset[str]]] = []

    def mark(part: etree._Element, begins: bool, count: int) -> None:  # noqa: FBT001  (called by position)
        if begins:
            opened.append(count)
            return
        keys = frozenset(name for rid in (part.get("rid") or "").split() for name in targets.get(rid, ()))
        spans.append((opened.pop(), count, keys))

    collect(element, pieces, FLOATS - {local_name(element)}, mark)
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    references = sorted((starts[start], starts[end], keys) for start, end, keys in spans if keys)
    return _Paragraph(element, key, "".join(pieces), references)


def _panels(paragraph: _Paragraph, key: str, label: str) -> list[str]:
    """Return the panel letters that the paragraph names of the figure `key`, in order."""
    letters: dict[str, None] = {}
    for place, (start, end, keys) in enumerate(paragraph.references):
        if key not in keys:
            continue
        other = next((s for s, _, others in paragraph.references[place + 1 :] if key not in others), None)
        limit = min(other if other is not None else len(paragraph.text), end + _TAIL_CHARACTERS)
        letters |= dict.fromkeys(panels_named(paragraph.text[start:limit], end - start, label))
    return list(letters)
