"""VQA spoken: what of an answer is said to the question: without thoughts, marks of emphasis, fences and wrappings."""

import json
import re
from typing import Final

_NAMES: Final = r"(?:[\w:|]{0,10}[:_|])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|begin_of_thought|end_of_thought)"
_CLOSES: Final = re.compile(
    rf"</{_NAMES}\s*>|\[/{_NAMES}\]|\u25c1/think\u25b7|<\|end_of_thought\|>|<unused95>|<\|channel\|>final(?:<\|message\|>)?",
    re.IGNORECASE,
)
_OPENS: Final = re.compile(
    rf"<{_NAMES}\s*>|\[{_NAMES}\]|\u25c1think\u25b7|<\|begin_of_thought\|>|<unused94>|<\|channel\|>analysis",
    re.IGNORECASE,
)
_OWN_LINE: Final = re.compile(r"\\boxed\{((?:[^{}]|\\text\{[^{}]*\}){1,400})\}")
_TEXT: Final = re.compile(r"\\text(?:bf)?\{([^{}]*)\}")
_TAGS: Final = re.compile(r"</?answer>", re.IGNORECASE)
_ENDS: Final = re.compile(r"</s>|<eos>|<end_of_turn>|<\|\w{1,40}\|>")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_WIDE: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Letters and signs of full width, as writers of Chinese and Japanese type them."""
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
    text = _TAGS.sub("\n", _ENDS.sub(" ", _OWN_LINE.sub(_boxed, _of_json(_UNSEEN.sub("", said).translate(_WIDE)))))
    lines = (_LISTED.sub("", undressed(line), count=1) if line.strip() else "" for line in text.splitlines())
    return [line for line in lines if line]


def _boxed(found: re.Match[str]) -> str:
    """Return what stands in a box as a statement of its own."""
    return f"\nAnswer: {_TEXT.sub(_inner, found[1]).strip()}\n"


def _inner(found: re.Match[str]) -> str:
    return found[1]


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
