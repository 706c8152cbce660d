"""VQA spoken: what of an answer is said to the question: without thoughts, marks of emphasis, fences and wrappings."""

import json
import re
from typing import Final

_CLOSES: Final = re.compile(r"</(?:think|thinking|thought)>", re.IGNORECASE)
_OPENS: Final = re.compile(r"<(?:think|thinking|thought)>", re.IGNORECASE)
_OWN_LINE: Final = re.compile(r"\\boxed\{\s*(?:\\text\{)?\s*([A-Za-z])\s*\}?\s*\}")
_TAGS: Final = re.compile(r"</?answer>", re.IGNORECASE)
_ENDS: Final = re.compile(r"</s>|<eos>|<end_of_turn>|<\|\w{1,40}\|>")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_DRESS: Final = str.maketrans("", "", '*_`"$')
_LISTED: Final = re.compile(r"(?:[#>\-\u2013\u2022]+\s+)+")
_QUOTED: Final = re.compile(r"['\u2018\u201c\u00ab](.*)['\u2019\u201d\u00bb]")
_FENCE: Final = re.compile(r"\s*```\w*\s*|\s*```\s*")
_KEYS: Final = ("answer", "final_answer", "letter", "option", "choice")


def spoken(answer: str) -> str | None:
    """Return an answer without the thoughts before it: what follows their last end; None where they have none."""
    ends = [found.end() for found in _CLOSES.finditer(answer)]
    said = answer[ends[-1] :] if ends else answer
    return None if _OPENS.search(said) else said.strip()


def plain_lines(said: str) -> list[str]:
    """Return the lines of an answer that hold something, each without what only dresses it."""
    text = _TAGS.sub("\n", _ENDS.sub(" ", _OWN_LINE.sub(r"\n\1\n", _of_json(_UNSEEN.sub("", said)))))
    lines = (_LISTED.sub("", undressed(line), count=1) if line.strip() else "" for line in text.splitlines())
    return [line for line in lines if line]


def undressed(text: str) -> str:
    """Return a text without marks of emphasis, characters that nobody sees, quotes around it and double blanks."""
    plain = " ".join(_UNSEEN.sub("", text).translate(_DRESS).split())
    quoted = _QUOTED.fullmatch(plain)
    return quoted[1].strip() if quoted else plain


def _of_json(text: str) -> str:
    """Return the answer in an answer that is one JSON object; any other text as it is."""
    inner = _FENCE.sub("", text).strip() if text.lstrip().startswith("```") else text.strip()
    if not (inner.startswith("{") and inner.endswith("}")):
        return text
    try:
        said = json.loads(inner)
    except (ValueError, RecursionError):
        return text
    told = [said[key] for key in _KEYS if isinstance(said.get(key), str)]
    return told[0] if len(told) == 1 else text
