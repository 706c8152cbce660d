"""VQA wording: sentences of an answer, and whether their words deny, doubt, ask, explain or take back."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_ENDS: Final = re.compile(r"(?<=[.!?;\u3002])\s+(?=\S)")
_LONE: Final = re.compile(r"(?:^|[\s(\[])[A-Z][)\]]?\.$")
_NUMBER: Final = re.compile(r"^\s*\d+\.$")
_DENIES: Final = re.compile(
    r"\b(?:not|no|nor|neither|never|none|cannot|wrong|incorrect\w*|false|least|unlikely|doubt\w*|reject\w*|unclear|unknown"
    r"|exclud\w+|discard\w*|dismiss\w*|avoid\w*|eliminat\w+|rul(?:ed?|ing)\s+out|except|than|instead|worst)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_SUPPOSES: Final = re.compile(
    r"\b(?:if|unless|suppos\w+|assuming|whether|were)\b(?!\s+(?:i|we|one)\s+(?:had|have|must|need|should|were)\b)",
    re.IGNORECASE,
)
_PUTS_OFF: Final = re.compile(
    r"\b(?:thought|might|may|could|some\s+say|opposite|(?:every|any)thing\s+but|all\s+but|another|alternative|other|second|next|possible)\b",
    re.IGNORECASE,
)
"""What stands before an answer that isn't the speaker's, or not the first."""
_CORRECTS: Final = re.compile(
    r"\?|\b(?:but|actually|wait|hmm+|correction|however|rather\s+(?!than)|reflection|second\s+thought|sorry|oops|mistake|better)\b"
    r"|\bno\s*[,:;.!]",
    re.IGNORECASE,
)
_TAKES_BACK: Final = re.compile(
    r"^(?:no|wait|hmm+|actually|correction|sorry|oops|scratch|on\s+reflection|on\s+second)\b\s*(?:[,.:;!\u2026-]|that\b|thought|$)"
    r"|^(?:(?:but|however|yet),?\s+)?(?:(?:this|that|it|which)\b\s*)?(?:['\u2019]s|is|was|does|can|could|would)?\s*(?:not|n['\u2019]t|cannot)\s+"
    r"(?:be\s+)?(?:the\s+)?(?:fit|match|right|correct|it|so|likely|possible|answer|true)\b"
    r"|\b(?:this|that|it)(?:['\u2019]s|\s+is|\s+was|\s+seems)\s+(?:\w+ly\s+)?(?:wrong|incorrect|false|unlikely|ruled|excluded|a\s+mistake)\b|^(?:wrong|incorrect|false)\W*$|\bdo(?:n['\u2019]t|\s+not)\s+think\s+so\b",
    re.IGNORECASE,
)
_REJECTED: Final = re.compile(
    r"(?:\bnot|n['\u2019]t|\bcannot)\s+(?:be\s+)?(?:the\s+)?(?:fit|match|right|correct|it|likely|possible|answer|best|true)\b"
    r"|\b(?:is|was|are|be|seems?)\s+(?:\w+ly\s+)?(?:wrong|incorrect|false|unlikely|excluded|ruled\s+out|out)\b",
    re.IGNORECASE,
)
_BECAUSE: Final = re.compile(r"\b(?:because|since)\b", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[,;]|\b(?:so|therefore|thus|hence)\b", re.IGNORECASE)
_EXPLAINS: Final = re.compile(
    r"(?:the\s+)?(?:explanation|reason(?:ing)?|rationale|justification|because|since|as|unlike|while|whereas"
    r"|in\s+contrast|compared|this\s+is\s+because|that\s+is\s+because|the\s+other)\b",
    re.IGNORECASE,
)


def sentences(line: str, texts: Sequence[str]) -> list[str]:
    """Return the sentences of a line; a letter with a full stop before one of the options' `texts` ends none.

    >>> sentences("Answer: B. H&E stains nuclei. It is pink.", ["H&E"])
    ['Answer: B. H&E stains nuclei.', 'It is pink.']
    """
    return list(_sentences(line, tuple(text.casefold() for text in texts if text)))


def _sentences(line: str, texts: tuple[str, ...]) -> Iterator[str]:
    began = 0
    for end in _ENDS.finditer(line):
        if not _goes_on(
            line[max(began, end.start() - 8) : end.start()], line[end.end() :][:400], end.start() - began, texts
        ):
            yield line[began : end.start()]
            began = end.end()
    if line[began:].strip():
        yield line[began:]


def _goes_on(before: str, rest: str, characters: int, texts: tuple[str, ...]) -> bool:
    """Return whether a full stop is that of a letter before a text or within a name."""
    if characters <= 4 and _NUMBER.search(before):
        return True
    if not _LONE.search(before):
        return False
    return characters <= 4 or not rest[0].isupper() or rest.casefold().startswith(texts) or len(rest.split()) < 3


def denies(text: str) -> bool:
    """Return whether a text denies or doubts something."""
    return _DENIES.search(text) is not None


def denies_once(text: str) -> bool:
    """Return whether a text denies with one word, reasons aside: two may say yes."""
    return len(_DENIES.findall(_BECAUSE.split(text)[0])) == 1


def unsure_of(before: str) -> bool:
    """Return whether what stands before a named option denies it in the same clause, or supposes what isn't so."""
    clause = _CLAUSE.split(before)[-1]
    return denies(clause) or _PUTS_OFF.search(clause) is not None or _SUPPOSES.search(before) is not None


def corrects(text: str) -> bool:
    """Return whether a text turns from what it said before, or asks."""
    return _CORRECTS.search(text) is not None


def takes_back(text: str) -> bool:
    """Return whether a sentence takes back what was said before it."""
    return _TAKES_BACK.search(text) is not None


def rejects(text: str) -> bool:
    """Return whether a sentence says of what it names that it is wrong."""
    return _REJECTED.search(text) is not None


def explains(text: str) -> bool:
    """Return whether a sentence begins as a reason does."""
    return _EXPLAINS.match(text) is not None
