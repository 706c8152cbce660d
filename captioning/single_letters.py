"""Single letters: an article, an axis, the letter of a panel, a genus cut short, or part of a name."""

import re

from captioning.reading import Reading, code_is_carried, opens

_PANEL_BEFORE = re.compile(
    r"\b(?:panels?|figs?\.?|figures?|insets?)\s{0,3}(?:[A-Za-z]\s?(?:,|-|and|to)\s?){0,6}$", re.IGNORECASE
)
_LOOK_BACK = 32
_AXES = frozenset("xyzst")


def judge_letter(reading: Reading, at: int) -> str:
    """Return the check that refuses a single letter, or "" where it says nothing or the evidence has it."""
    token = reading.cut[at]
    before = reading.text[max(0, token.start - _LOOK_BACK) : token.start]
    after = reading.text[token.end : token.end + 2]
    alone = before.endswith("(") and after[:1] in {")", ",", "-"}
    is_label = token.text.isascii() and (alone or bool(_PANEL_BEFORE.search(before)))
    if is_label and token.text.upper() not in reading.evidence.labels:
        return "panels"
    if _is_grammar(reading, at, before, after) or _is_known(reading, at, after):
        return ""
    if _cuts_a_genus(reading, at, after):
        known = any(form.startswith(token.form) for form in reading.evidence.forms if len(form) > 1)
        return "" if known else "organisms"
    return "panels" if is_label else "names"


def _is_grammar(reading: Reading, at: int, before: str, after: str) -> bool:
    token = reading.cut[at]
    article = token.text == "a" or (token.text == "A" and (at in reading.starts or opens(reading, at)))
    axis = token.form in _AXES and (after[:1] in {"-", " "} or before.endswith("'"))
    return (article and after[:1] not in {")", ","}) or axis


def _is_known(reading: Reading, at: int, after: str) -> bool:
    is_letter = reading.cut[at].text.upper() in reading.evidence.letters and not after.startswith("-")
    return is_letter or code_is_carried(reading, at)


def _cuts_a_genus(reading: Reading, at: int, after: str) -> bool:
    follows = at + 1 < len(reading.cut) and reading.cut[at + 1].form in reading.evidence.forms
    return after.startswith(".") and follows
