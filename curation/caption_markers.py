"""What may mark a panel in a caption: "(A)", "A)", "A.", "A:", "A,", a bare "A", "Panel A", "Left:", with its place."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from curation.caption_labels import DASHES, LABELS, PRIMES, labels_of
from curation.caption_traps import is_amid, is_kind, is_other, is_word, labels_in

Style = Literal["bracket", "half", "mixed", "panel", "colon", "dot", "comma", "bare", "numbered", "side"]
BRACKETS: frozenset[Style] = frozenset({"bracket", "half"})


class Marker(NamedTuple):
    """A place that may name panels: its labels, how it is written, and how strongly a clause opens there."""

    start: int
    end: int
    labels: tuple[str, ...]
    style: Style
    opens: int
    """3 at the start of a sentence, 2 after ; : or an open bracket, 1 after a comma or "and", 0 inside a phrase."""
    until: int
    """Where the words end that stand with the label in one bracket: of "(A, arrows)" the arrows."""


_LEAD = r"(?:(?:(?:[Ll]eft|[Rr]ight|[Uu]pper|[Ll]ower|[Tt]op|[Bb]ottom)\s)?(?:[Pp]anels?|[Pp]arts?|[Ii]nser?ts?)\s)?"
_BRACKET = re.compile(
    rf"[(\[\uff08]\s?{_LEAD}({LABELS})(?:,?\srespectively)?\s?\.?[)\]\uff09]"
    rf"(?:\s?(?:[{DASHES}]|to)\s?[(\[]\s?({LABELS})\s?[)\]])?(?:\s?:(?!\d))?"
)
_MIXED = re.compile(
    rf"\((?!(?:[Ff]ig|[Ss]ee\s|[Tt]able|[Rr]ef|cf\b|[Cc]ompare))(?:[^()]{{1,60}}?(?:[,;:]\s|\b[Pp]anels?\s|\bin\s)({LABELS})\)|"
    rf"{_LEAD}({LABELS})[,;:]\s(?![^()]*[,;]\s?{LABELS}[,;:]\s)[^()]{{3,80}}\))"
)
_PANEL = re.compile(
    rf"(?<!\w)(?:[Ii]n\s|[Tt]he\s|[Ll]eft\s|[Rr]ight\s|[Uu]pper\s|[Ll]ower\s)?[Pp]anels?\s"
    rf"(\(?{LABELS}\)?(?:(?<=\))(?:\s?[{DASHES}]\s?|,?\s(?:and|or|to|through|&)\s|,\s)\({LABELS}\))*)(?:\s?[:.](?!\d))?"
)
_WORD = re.compile(
    rf"(?<![\w{PRIMES}/%{DASHES}])({LABELS})"
    rf"(\)(?::(?!\d))?|\s?:(?![\d:])|\.(?=\s|[A-Z][a-z])|[,;](?=\s)|\s?[{DASHES}](?=\s)|(?=\s\S))"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:[Vv]s|cf|[Ff]igs?|[Rr]efs?|approx|ca|[Nn]os?|resp|spp?|var|[Dd]r|[Ss]t|[Ii]nc|[Ll]td|al)|\.[A-Za-z]|"
    r"(?<!in )(?<!of )(?<!and )(?<!to )(?<!from )(?<!with )(?<!panel )(?<!&)(?<!& )\b[A-Z])\.$"
)

_NUMBERED = re.compile(
    rf"(?<![\w.])(?:[Ff]ig(?:ure|s)?\.?\s)?(\d{{1,2}})([A-Za-z](?:\s?[,{DASHES}]\s?[A-Za-z])*)(?!\w)[.:,)]?(?=\s)"
)
_SEEN = re.compile(r"(?:[Ss]ee|also|of|in|from|with|cf\.|\()\s?(?:[Ff]ig\w*\.?\s)?$")
_SIDE = re.compile(
    r"(?<!\w)\(?(?:(?:in )?the )?"
    r"(far (?:left|right)|(?:top|bottom|upper|lower) (?:left|right)|left|right|top|bottom|upper|lower|middle|"
    r"cent(?:er|re)|inset)"
    r"(?:[ -](?:hand )?(?:panels?|rows?|columns?|images?|side))?(?:\s?:|\)|,)(?=\s|$|[.,;])",
    re.IGNORECASE,
)
_CAPITALS = rf"[A-Z](?:(?:,\s?(?:and\s)?|\s?&\s?|\s(?:and|or|to)\s|[{DASHES}])[A-Z]){{0,12}}(?![\w{DASHES}{PRIMES}])"
_MENTION = re.compile(
    rf"\b(?:in|sections|images?|plots?)\s({_CAPITALS})|(?:(?<=\.\s)|^)({_CAPITALS})\s(?:are|is|shows?|represents?)\b"
)
# "prostate cancerA. Text": the title lost its full stop; the endings are those of no word that ends in a.
_AFTER_TITLE = re.compile(
    r"(?:(?<=[a-z])(?=A)|(?<=cer|ity|ion|ing|ted|ice|nts|ues|ors|lls|els))"
    rf"([Aa](?:[&,{DASHES}][B-Hb-h])?)(\)[.:]?|[.,:])(?=\s)"
)


def opening(caption: str, start: int) -> int:
    """Return how strongly a clause opens at a place, from 0 to 3."""
    before = caption[max(0, start - 24) : start]
    text = before.rstrip()
    if not text:
        return 3
    last = text[-1]
    if "\n" in before[len(text) :]:
        return 3
    if last in ".!?" or (last in ')]"”' and text[-2:-1] in {".", "!", "?"}):
        if not _ABBREVIATED.search(text):
            return 3
        return 1 if text.endswith(("sp.", "spp.")) else 0
    if last in ";:|•([":
        return 2
    return 1 if last in f",{DASHES}" or text.endswith((" and", " or", " &", ")and")) else 0


def _is_inside_brackets(caption: str, start: int) -> bool:
    before = caption[max(0, start - 300) : start]
    return before.rfind("(") > before.rfind(")")


def _style(end: str, caption: str, at: int) -> Style | None:
    """Return the style of a bare word by what follows it."""
    mark = end.strip()[:1]
    if mark == ")":
        return None if _is_inside_brackets(caption, at) else "half"
    if mark in {":", "."}:
        return "colon" if mark == ":" else "dot"
    return "comma" if mark else "bare"


def _bracketed(caption: str) -> Iterator[Marker]:
    for found in _BRACKET.finditer(caption):
        start, end = found.span()
        text = f"{found[1]}-{found[2]}" if found[2] else found[1]
        if (labels := labels_in(text)) and not is_other(caption, start, end, labels):
            yield Marker(start, end, labels, "bracket", opening(caption, start), end)
    for found in _MIXED.finditer(caption):
        if not (labels := labels_in(found[1] or found[2])) or _BRACKET.fullmatch(found[0]):
            continue
        if found[1]:
            yield Marker(found.start(1), found.end(), labels, "mixed", 0, found.end())
        else:
            yield Marker(found.start(), found.end(2) + 1, labels, "mixed", 0, found.end())


def _named(caption: str) -> Iterator[Marker]:
    for found in _PANEL.finditer(caption):
        if labels := labels_in(found[1].replace("(", "").replace(")", "")):
            opens = 3 if found[0].endswith(":") else opening(caption, found.start())
            yield Marker(found.start(), found.end(), labels, "panel", opens, found.end())


def _worded(caption: str) -> Iterator[Marker]:
    for found in _WORD.finditer(caption):
        start, end = found.span()
        style, opens = _style(found[2], caption, start), opening(caption, start)
        if style is None or is_word(caption, start, end, style):
            continue
        if style == "bare" and found[1] == "A" and caption[end : end + 2].strip().islower():  # an article, it seems
            opens = min(opens, 1)
        if not opens and (is_amid(caption, start, end, style) or (style == "bare" and is_kind(caption, start))):
            continue
        if labels := labels_in(found[1]):
            yield Marker(start, end, labels, style, opens, end)


def _after_title(caption: str) -> Iterator[Marker]:
    for found in _AFTER_TITLE.finditer(caption):
        style: Style = "half" if found[2] == ")" else "dot" if "." in found[2] else "comma"
        yield Marker(found.start(1), found.end(), labels_of(found[1]), style, 3, found.end())


def numbered(caption: str) -> list[Marker]:
    """Return letters behind the figure's number: "7A Body, dorsal. 7B Head", "Figure 1J-L."."""
    found = [
        each
        for each in _NUMBERED.finditer(caption)
        if not _SEEN.search(caption[max(0, each.start() - 12) : each.start()])
    ]
    return [
        Marker(each.start(), each.end(), labels, "numbered", opening(caption, each.start()), each.end())
        for each in found
        if each[1] == found[0][1] and (labels := labels_of(each[2]))
    ]


def sides(caption: str) -> list[Marker]:
    """Return panels that are named by their place: "Left: … Right: …"."""
    return [
        Marker(found.start(), found.end(), (found[1].lower(),), "side", opens, found.end())
        for found in _SIDE.finditer(caption)
        if (opens := opening(caption, found.start())) >= 1 or found[0].startswith("(")
    ]


def candidates(caption: str) -> list[Marker]:
    """Return everything that may be a marker, in the order of the text; overlaps are left to the reader of families."""
    return sorted([*_bracketed(caption), *_named(caption), *_worded(caption), *_after_title(caption)])


def mentions(caption: str) -> list[tuple[int, tuple[str, ...]]]:
    """Return where a sentence speaks of panels by their bare capitals: "the plot in B", "G, H and I are"."""
    found = [(each.start(), labels_of(each[1] or each[2])) for each in _MENTION.finditer(caption)]
    return [(at, labels) for at, labels in found if labels]
