"""Licence addresses: which licence a web address in a text stands for, judged by its host and its whole path.

The path grammar is that of creativecommons.org/licenses (looked at in 2025), its ports and its badges. What has the
host and not the grammar is some licence that cannot be read; what has the words and another host gives nothing.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from schemas.licence_words import CODES, PORTS, Named, flags, full_version, readable

_TOKEN: Final = re.compile(
    r"(?:https?:)?//[^\s<>\"]++|https?%3a%2f%2f[^\s<>\"]++"
    r"|(?<![\w@.\-])(?:[a-z0-9\-]++\.)++(?<=\.)[a-z]{2,}+(?::\d++)?[/?#\\][^\s<>\"]*+"
)
_CC_HOSTS: Final = frozenset(
    {"creativecommons.org", "www.creativecommons.org", "i.creativecommons.org", "licensebuttons.net"}
)
_END = rf"(?:/+{PORTS})?(?:/+(?:deed|legalcode)(?:[.\-][a-z\-]++)*+)?(?:/+\d++x\d++\.(?:png|gif|svg))?(?![a-z\d])/*"
_KIND = r"(?P<kind>(?:by|nc|nd|sa)(?:-(?:nc|nd|sa))*)(?![^/.:!?])"
_CC_PATH: Final = re.compile(rf"/+(?:(?:licen[cs]es?|l)/+)?(?:cc-?)?{_KIND}(?:/+(?P<version>\d(?:\.\d++)?){_END}|/*)")
_WAIVER_PATH: Final = re.compile(
    rf"/+(?:publicdomain/+|licen[cs]es?/+|p/+)(?P<name>zero|cc0|mark|publicdomain)(?:/+1\.0)?{_END}"
)
_WAIVERS: Final = {"zero": "CC0-1.0", "cc0": "CC0-1.0", "mark": "CC-PDM-1.0", "publicdomain": "CC-PDDC"}
_SOME_LICENCE: Final = re.compile(
    r"/+(?:licen[cs]es?|l|p|publicdomain)/+[^\s/)\]},.;]|(?<![a-z])(?:by|nc|nd|sa)(?![a-z])"
)
_ENOUGH: Final = re.compile(r"[^()\[\]{},;'|*]*+")
"""What of a run of characters is the address: a sentence goes on behind a bracket or a comma."""
_GLUED: Final = re.compile(r"[.:!?]*+(?:$|(?<=[.:!?])[a-z])")
_WITHIN_ANOTHER: Final = re.compile(r"[/=?&#@%\\]$")
_NEAR_CHARACTERS = 16
_MORE: Final = re.compile(r"/|\d\.\d")
"""What tells, a few characters behind an address without a version, that the address was torn apart."""
_ELEMENT_NEXT: Final = re.compile(r"[^\w\s]*+ ?(?:n\W?c|n\W?d|s\W?a)(?![a-z])")

_ELSEWHERE: Final = (
    ("opensource.org", re.compile(r"/licen[cs]es?/(?P<id>mit|bsd-[23]-clause|apache-2\.0)(?:\.php|\.html)?/*$")),
    ("apache.org", re.compile(r"/licenses/licen[cs]e-2\.0(?P<id>)(?:\.txt|\.html)?/*$")),
    ("opendatacommons.org", re.compile(r"/licen[cs]es/(?P<id>pddl|by)(?:/(?:1[.\-]0|summary|index\.html))*/*$")),
    ("spdx.org", re.compile(rf"/licenses/(?P<id>[a-z0-9.\-]+?)(?:-{PORTS})?(?:\.html|\.json)?/*$")),
)
_SHORT: Final = {"": "Apache-2.0", "pddl": "PDDL-1.0", "by": "ODC-By-1.0"}
_CODE_WITHIN: Final = re.compile(
    r"(?:(?<![a-z])cc|commons(?:\.org)?(?:/+licen[cs]es?)?|licen[cs]es?|/l)[\-/=.]*(?P<kind>by(?:[\-/.]?(?:n[cd]|sa))*)(?![a-z])"
)


def addresses(plain: str) -> Iterator[tuple[int, int, Named | None]]:
    """Yield where an address stands in `plain`, and the licence that it names, if it names one."""
    if "/" not in plain and "%2f" not in plain:
        return
    place = 0
    while found := _TOKEN.search(plain, place):
        start, end = found.span()
        parts = _split(found[0])
        if _host(parts) in _CC_HOSTS:
            end = start + len(_ENOUGH.match(found[0])[0])  # type: ignore[index]
            parts = _split(plain[start:end])
        named = _read(parts, plain, start, end)
        if named and _WITHIN_ANOTHER.search(plain, max(0, start - 1), start):
            named = named._replace(grants=False)
        yield start, end, named
        place = max(end, start + 1)


def _split(token: str) -> SplitResult:
    address = unquote(token) if "%3a%2f%2f" in token[:14] else token
    try:
        return urlsplit(address if address.startswith(("http:", "https:", "//")) else f"//{address}")
    except ValueError:
        return SplitResult("", "", address, "", "")


def _host(parts: SplitResult) -> str:
    """Return the host; "" where a user or a strange port stands beside it."""
    return re.sub(r":(?:80|443)?$", "", parts.netloc)


def _read(parts: SplitResult, plain: str, start: int, end: int) -> Named | None:
    host = _host(parts)
    if host in _CC_HOSTS:
        return _creative_commons(parts, plain, start, end)
    for site, path in _ELSEWHERE:
        if host.removeprefix("www.") == site:
            found = path.match(parts.path.rstrip(".,;:)]'"))
            license_ = _SHORT.get(found["id"]) or CODES.get(found["id"]) if found else None
            if license_:
                return Named(license_, None, None, plain[start:end], start, end)
    return _within(unquote(parts.geturl()), start, end)


def _creative_commons(parts: SplitResult, plain: str, start: int, end: int) -> Named | None:
    path = readable(unquote(parts.path))
    waived = _WAIVER_PATH.match(path)
    found = waived or _CC_PATH.match(path)
    url = plain[start:end].rstrip(".:!?")
    unread = Named(None, None, None, url, start, end)
    if not found:
        return unread if _SOME_LICENCE.search(f"{path} {parts.query} {parts.fragment}") else None
    rest = path[found.end() :]
    whole = waived or found["version"]
    goes_on = rest.strip(".:!?") or parts.query or parts.fragment or _MORE.search(plain, end, end + _NEAR_CHARACTERS)
    if (
        (goes_on and not whole)
        or not (waived or _exists(found["kind"]))
        or not _GLUED.match(rest)
        or _ELEMENT_NEXT.match(rest + plain[end : end + 12])
    ):
        return unread
    if waived:
        return Named(_WAIVERS[found["name"]], None, None, url, start, end)
    return Named(None, flags(found["kind"]), full_version(found["version"]), url, start, end)


def _exists(kind: str) -> bool:
    elements = kind.split("-")
    return len(elements) == len(set(elements)) and not {"nd", "sa"} <= set(elements)


def _within(token: str, start: int, end: int) -> Named | None:
    """Return what a code within somebody else's address warns of."""
    found = _CODE_WITHIN.search(token)
    return Named(None, flags(found["kind"]), None, None, start, end, grants=False) if found else None
