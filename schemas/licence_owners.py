"""Licence owners: the words by which a statement of licence says that its work is somebody else's.

What a caption says of its picture is read by `schemas.licence_credits`.
"""

import re
from typing import Final

_CONSENT = (
    r"(?! (?:of|from|by) (?:the |all )*(?:patient|participant|subject|parent|famil|guardian|volunteer|ethic|animal))"
)
_AROUND_CHARACTERS = 80
_REUSED: Final = re.compile(
    r"\b(?:reproduced|reprinted|republished|reused)\b[^.;]{0,40}\b(?:from|permission|courtesy)\b"
    r"|\b(?:adapted|modified|redrawn|taken|reused) from (?:(?:the )?(?:ref|reference|fig|figure)s?\b|\[?\d+\b"
    r"|[\w'-]+(?: [\w'-]+)? (?:et al|and [\w'-]+,? \(?\d{4}))"
    r"|\bused under licen[cs]e\b|\bobtained with permission\b|\bgetty images\b|\bshutterstock\b|\bwikimedia\b"
    r"|\b(?:adapted|modified|redrawn|taken|obtained|used|provided|shown)\b(?!\s+without)[^.;]{0,160}"
    rf"\bwith (?:the )?(?:kind )?permission\b{_CONSENT}"
    r"|(?:^|[.(;:] ?)(?:(?:figure|image|panels?|photo\w*|illustration)[ \w]{0,12} )?(?:is |are |was |were )?"
    r"(?:adapted|modified|redrawn|taken) from\b"
    r"|\b(?:adapted|modified) from (?:previously )?published"
    rf"|\bwith (?:the )?(?:kind )?permission\b{_CONSENT} (?:of|from|by)\b|\bcourtesy of\b"
)
_NOTICE: Final = re.compile(r"(?:\u00a9|\(c\)|\bcopyright\b|\bcopywrite\b)(?P<owner>[^;]{0,100})")
_OWNER: Final = re.compile(
    r"\b(?:elsevier|springer|nature|wiley|macmillan|cell press|informa|sage|thieme|karger|ieee|iop|aaas|mdpi|pnas|acs"
    r"|rsc|getty|shutterstock|biorender|press|society|academy|association|institute?|institution|university|museum"
    r"|foundation|college|hospital|publish\w*|verlag|group|ltd|limited|inc|gmbh|llc|corporation|company"
    r"|taylor (?:&|and) francis|copyright holder|national library|federation|union|chemical|physics|sciences?)\b"
)
_OWN: Final = re.compile(
    r"\bauthors?\b|\bauthor\(s\)|\blicensee\b|\bposted by\b|\bet al\b|\bthis (?:pre-?print|article|work)\b"
)

_PERMISSION: Final = re.compile(
    r"\b(?:re-?(?:printed|produced|published|used|drawn)|adapted|modified|taken|used|copied|courtesy|image|photo)"
    r"[^()\[\]]{0,20}?(?:\([^()]*\)|\[[^\[\]]*\]|[^()\[\]]){0,150}?\bpermission\b"
    r"(?!\s+(?:of|from|by)\s+(?:the\s+|all\s+)?(?:patients?|participants?|subjects?|parents?|famil|guardian|volunteer))",
    re.IGNORECASE,
)


def names_another(text: str) -> str:
    """Return the words of a plain text that say that the work is somebody else's; "" where none do."""
    reused = _REUSED.search(text)
    if reused:
        return text[reused.start() : reused.end() + _AROUND_CHARACTERS].strip()
    notices = (found for found in _NOTICE.finditer(text) if _OWNER.search(found["owner"]))
    return next((found[0].strip() for found in notices if not _OWN.search(found["owner"])), "")


def asks_permission(words: str) -> bool:
    """Return whether a picture was reused by permission."""
    return bool(_PERMISSION.search(words))
