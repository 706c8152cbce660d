"""PMC Cloud Service: the listings, metadata and keys of the bucket pmc-oa-opendata, in its layout of 2026.

    PMC<n>.<v>/PMC<n>.<v>.json | .xml | .txt | .pdf and every picture as an object of its own

Plain HTTPS, no account. The bucket's README.txt says how, and asks for `schemas.citations.NLM`. Seen through public
code in autumn 2026, not probed by us: what answers otherwise fails with its reason.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from lxml import etree

from ingest.session import JSON, Promise, Session
from schemas.errors import SourceError

BUCKET = "pmc-oa-opendata"
CLOUD_URL = f"https://{BUCKET}.s3.amazonaws.com/"
_MOST_PAGES = 100
_MOST_LISTING_BYTES = 8 << 20
_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Cloud:
    """The bucket, seen through a session."""

    session: Session
    url: str = CLOUD_URL

    def address(self, key: str) -> str:
        """Return where the object `key` lies."""
        return self.url.rstrip("/") + "/" + quote(key)


def _listing(prefix: str, body: bytes) -> etree._Element:
    """Return the listing of `prefix`.

    Raises:
        SourceError: not_a_listing; what can't be relied on must not be read as an empty one.
    """
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError("not_a_listing", str(error)) from error
    if etree.QName(root).localname != "ListBucketResult":
        raise SourceError("not_a_listing", f"<{root.tag}>")
    if wrong := _wrong(root, prefix):
        raise SourceError("not_a_listing", wrong)
    return root


def _wrong(root: etree._Element, prefix: str) -> str | None:
    """Return what a listing contradicts itself in."""
    told = {name: root.findtext(f"{{*}}{name}") or "" for name in ("KeyCount", "IsTruncated", "NextContinuationToken")}
    shown = _folders(root)
    if root.getroottree().docinfo.internalDTD is not None:
        return "it has a DTD"
    if root.findtext("{*}Prefix", prefix) != prefix or not all(name.startswith(prefix) for name in shown):
        return f"it is not that of {prefix}"
    if not re.fullmatch(r"[0-9]{1,9}", told["KeyCount"]) or told["IsTruncated"] not in ("true", "false"):
        return "it doesn't say how much it holds"
    if int(told["KeyCount"]) > len(shown) + len(root.findall("{*}Contents")):
        return f"it counts {told['KeyCount']} keys and shows fewer"
    if told["IsTruncated"] == "true" and not told["NextContinuationToken"]:
        return "it goes on without saying where"
    return None


def _folders(root: etree._Element) -> list[str]:
    return [found.text or "" for found in root.iterfind("{*}CommonPrefixes/{*}Prefix")]


def listing_params(prefix: str, token: str | None = None) -> dict[str, str]:
    """Return the parameters that list the folders under `prefix`."""
    params = {"list-type": "2", "prefix": prefix, "delimiter": "/"}
    return params | ({"continuation-token": token} if token else {})


def folders(cloud: Cloud, prefix: str, *, max_age_s: float | None) -> Iterator[str]:
    """Yield the folders under `prefix`, page after page."""
    token: str | None = None
    promise = Promise("xml", _MOST_LISTING_BYTES, partial(_listing, prefix))
    for _ in range(_MOST_PAGES):
        params = listing_params(prefix, token)
        answer = cloud.session.get(cloud.address(""), promise=promise, params=params, max_age_s=max_age_s)
        root = _listing(prefix, answer.read())
        yield from _folders(root)
        if root.findtext("{*}IsTruncated") != "true":
            return
        token = root.findtext("{*}NextContinuationToken")
    raise SourceError("not_a_listing", f"more than {_MOST_PAGES} pages", where=prefix)


def versions(cloud: Cloud, pmcid: str, *, max_age_s: float | None) -> list[int]:
    """Return the versions of an article, lowest first; none where the bucket doesn't have it."""
    # The dot keeps PMC1234 out of the listing of PMC123; an absent article is a listing with nothing in it.
    names = folders(cloud, f"{pmcid}.", max_age_s=max_age_s)
    found = (re.fullmatch(rf"{pmcid}\.([1-9][0-9]{{0,5}})/", name) for name in names)
    return sorted({int(match[1]) for match in found if match})


def metadata(cloud: Cloud, pmcid: str, version: int, *, max_age_s: float | None) -> dict[str, Any]:
    """Return the metadata of an article's version as they are written."""
    name = f"{pmcid}.{version}"
    answer = cloud.session.get(cloud.address(f"{name}/{name}.json"), promise=JSON, max_age_s=max_age_s)
    told = json.loads(answer.read())
    if not isinstance(told, dict):
        raise SourceError("metadata_invalid", f"a {type(told).__name__}, no object", where=answer.url)
    wrong = [
        f"{field} is {told.get(field)!r:.80}"
        for field, own in (("pmcid", pmcid), ("version", version))
        if repr(told.get(field)) != repr(own)
    ]
    if wrong:
        raise SourceError("metadata_invalid", f"{', '.join(wrong)} in {name}.json", where=answer.url)
    return told


def rebase(cloud: Cloud, pmcid: str, address: str) -> tuple[str, str]:
    """Return where on our own host the object of `pmcid` at `address` lies, and the MD5 it must have.

    Raises:
        SourceError: key_refused, where it names another bucket or article, a way out of its folder, or no MD5.
    """
    try:
        parts = urlsplit(address)
        md5 = (parse_qs(parts.query).get("md5") or [""])[0]
    except ValueError as error:
        raise SourceError("key_refused", f"{address!r:.200} is no address") from error
    key = parts.path.removeprefix("/")
    if (parts.scheme, parts.netloc) != ("s3", BUCKET) or not _is_inside(key, pmcid) or not address.isprintable():
        raise SourceError("key_refused", f"{address!r:.200} is no object of {pmcid} in {BUCKET}")
    if not _MD5.fullmatch(md5):
        raise SourceError("key_refused", f"{address!r:.200} has no MD5 to check it by")
    return cloud.address(key), md5


def _is_inside(key: str, pmcid: str) -> bool:
    """Return whether `key` lies in the folder of a version of the article, whatever it is made of."""
    plain = unquote(key)
    folder, *steps = plain.replace("\\", "/").split("/")
    named = re.fullmatch(rf"{pmcid}\.[1-9][0-9]*", folder)
    return bool(named and steps) and plain.isprintable() and not {"", ".", ".."}.intersection(steps)
