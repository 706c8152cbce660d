"""Licence credits: the words by which a caption says that its picture was elsewhere before."""

import re
from typing import Final

_PICTURE = (
    r"(?:figures?|images?|pictures?|photos?|photographs?|(?:photo)?micrographs?|illustrations?|drawings?|panels?|maps?)"
)
_BE = r"(?: (?:is|are|was|were|has been|have been))?"
_GIVEN = r"(?:provided|supplied|contributed|donated|shared)"
_CLAUSE = r"(?:^|[.(;:\u2013-] ?)"
_WORK = r"(?:refs?\b|references?\b|\[\d+\b|[\w'-]+(?: [\w'-]+)? et al\b|[\w'-]+ (?:and|&) [\w'-]+,? \(?\d{4})"
_HOARD = r"(?:the )?[^.;]{0,40}\b(?:atlas|archive|museum|website|wikipedia|commons|repository)\b"

_SAID_OF_IT = rf"{_CLAUSE}(?:this |the )?(?:{_PICTURE}{_BE} )?"
"""A clause of the picture, or one without a subject."""

_CREDITED: Final = re.compile(
    "|".join(
        (
            r"\bcopyrighted (?:material|image|work|by)\b",
            rf"{_SAID_OF_IT}(?:originally|previously|first) (?:published|printed|appeared)\b",
            rf"\b{_PICTURE}{_BE} (?:kindly |generously )?{_GIVEN} by\b(?! (?:the )?authors?\b)",
            rf"\b{_PICTURE}{_BE} from {_WORK}",
            rf"{_SAID_OF_IT}(?:borrowed|copied|downloaded|obtained|retrieved) from (?:{_WORK}|{_HOARD})",
            rf"\b{_PICTURE} credits?\b(?!:? (?:the )?authors?\b)",
            rf"\bsource:? (?:{_WORK}|[\w'-]+,? \(?(?:19|20)\d\d\b)",
            r"\bmit (?:freundlicher )?genehmigung\b|\bavec l'(?:aimable )?autorisation\b|\bcon (?:el )?permiso de\b",
        )
    )
)
_BY_NAME: Final = re.compile(r"\b[Pp]hoto(?:graph)?s?(?: taken)? by (?!the\b)(?:Dr\.? |Prof\.? )?[A-Z][\w'-]*\.? [A-Z]")
_AROUND_CHARACTERS = 80

HINTS: Final = (
    r"published|appeared|printed|provided|supplied|contributed|donated|shared by|credit|borrowed|copied|downloaded"
    r"|obtained|retrieved|source|genehmigung|autorisation|permiso|photo|et al|copyrighted"
)
"""One of these stands in every text that `credits_another` finds something in; for a look before a longer one."""


def credits_another(text: str) -> str:
    """Return the words of a plain text, in lower case, that say where its picture was before; "" where none do."""
    found = _CREDITED.search(text)
    return text[found.start() : found.end() + _AROUND_CHARACTERS].strip(" .(;:-\u2013") if found else ""


def names_photographer(caption: str) -> str:
    """Return the words of a caption that name who took its picture; "" where none do."""
    found = _BY_NAME.search(caption)
    return caption[found.start() : found.end() + _AROUND_CHARACTERS] if found else ""
