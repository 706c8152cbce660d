"""What only looks like a marker of a panel: references, kinds, oxidation states, footnotes, legends, genera, units."""

import re
from collections.abc import Sequence

from curation.caption_labels import LABELS, labels_of

_REFERRING = re.compile(
    r"(?:\b(?:[Ff]ig(?:ure)?s?|[Rr]efs?|[Ee]q(?:uation)?s?|[Tt]ables?|[Mm]ovies?|[Vv]ideos?|cf)\.?|"
    r"\b(?:[Vv]itamins?|[Hh]epatitis))\s?$"
)
_NUMERAL = re.compile(r"(?:[A-Za-z]|\b(?:[Tt]ypes?|[Cc]lass(?:es)?|[Gg]rades?|[Ss]tages?|[Cc]omplex(?:es)?)\s)$")
"""Before a numeral: "Fe(II)", "type (I)"."""
_KIND = re.compile(
    r"\b(?:[Vv]itamins?|[Hh]epatitis|[Tt]ypes?|[Pp]roteins?|[Gg]rades?|[Gg]roups?|[Cc]lass|[Ff]actors?|[Ii]nfluenza|and|or|to|of|in)\s$"
)
_CAPITAL = re.compile(r"\s+[A-Z]")
_FOOTNOTE = re.compile(r"\s?(?:[Pp]\s?-?(?:value)?\s?[<=>≤]|(?:not )?significan|different from)")
# Letters that stand for things drawn: an A for an acinus, in a row with AG for an albumin gland.
_LEGEND = re.compile(rf"[^;:.]{{2,60}};\s(?!{LABELS}[:,])[A-Za-z]{{2,5}}[:,]\s")
_IN_LEGEND = re.compile(r"[Aa]bbreviations?\b[^.]*$")
_SPECIES = re.compile(r"\s[a-z]{2,}(?:us|is|ii|ana|ans|um|ensis|coli)\b")
_GLUED = re.compile(r"(?:^|[^a-z)\]]|[^\w)][a-z])\.$")
_STAIN = re.compile(r"H\s?(?:&|and|/)\s?E")


def labels_in(text: str) -> tuple[str, ...]:
    """Return the labels that a text lists; none of the stain H&E."""
    return () if _STAIN.fullmatch(text) else labels_of(text)


def is_other(caption: str, start: int, end: int, labels: Sequence[str]) -> bool:
    """Tell whether a bracket is a reference, a kind ("type (I)"), an oxidation state ("Fe(II)") or a footnote."""
    before = caption[max(0, start - 14) : start]
    is_numeral = labels[0].isdigit() or labels[0] in {"I", "II", "III", "IV"}
    is_kind = is_numeral and bool(_NUMERAL.search(before))
    return is_kind or bool(_REFERRING.search(before)) or bool(_FOOTNOTE.match(caption, end))


def is_word(caption: str, start: int, end: int, style: str) -> bool:
    """Tell whether a bare letter is an initial, a footnote's mark, a thing in a legend or a genus."""
    if style in {"comma", "colon"} and (
        _LEGEND.match(caption, end) or _IN_LEGEND.search(caption[max(0, start - 200) : start])
    ):
        return True
    if _GLUED.search(caption[max(0, start - 4) : start]):
        return True
    return bool(_FOOTNOTE.match(caption, end)) or (style == "dot" and bool(_SPECIES.match(caption, end)))


def is_amid(caption: str, start: int, end: int, style: str) -> bool:
    """Tell whether a letter inside a phrase is part of it: a unit, or what no capital follows."""
    if style == "dot" and not _CAPITAL.match(caption, end):
        return True
    return style == "comma" or caption[max(0, start - 2) : start].rstrip()[-1:].isdigit()


def is_kind(caption: str, start: int) -> bool:
    """Tell whether the word before a bare letter makes a name of both: vitamin C, hepatitis B, group A."""
    return bool(_KIND.search(caption[max(0, start - 14) : start]))
