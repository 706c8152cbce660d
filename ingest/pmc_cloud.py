"""PMC Cloud Service: the listings, metadata and keys of the bucket pmc-oa-opendata, in its layout of 2026.

    PMC<n>.<v>/PMC<n>.<v>.json | .xml | .txt | .pdf and every picture as an object of its own

Plain HTTPS, no account. The bucket's README.txt says how, and asks for `schemas.citations.NLM`. Seen through public
code in autumn 2026, not probed by us: what answers otherwise fails with its reason.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from lxml import etree

from ingest.session import JSON, XML, Session
from schemas.errors import SourceError

BUCKET = "pmc-oa-opendata"
CLOUD_URL = f"https://{BUCKET}.s3.amazonaws.com/"
_MOST_PAGES = 10_000
_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Cloud:
    """The bucket, seen through a session."""

    session: Session
    url: str = CLOUD_URL

    def address(self, key: str) -> str:
        """Return where the object `key` lies."""
        return self.url.rstrip("/") + "/" + quote(key)


def _listing(body: bytes, where: str) -> etree._Element:
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError("not_a_listing", str(error), where=where) from error
    if etree.QName(root).localname != "ListBucketResult":
        raise SourceError("not_a_listing", f"<{root.tag}>", where=where)
    return root


def listing_params(prefix: str, token: str | None = None) -> dict[str, str]:
    """Return the parameters that list the folders under `prefix`."""
    params = {"list-type": "2", "prefix": prefix, "delimiter": "/"}
    return params | ({"continuation-token": token} if token else {})


def folders(cloud: Cloud, prefix: str, *, max_age_s: float | None) -> Iterator[str]:
    """Yield the folders under `prefix`, page after page."""
    token: str | None = None
    for _ in range(_MOST_PAGES):
        params = listing_params(prefix, token)
        answer = cloud.session.get(cloud.address(""), promise=XML, params=params, max_age_s=max_age_s)
        root = _listing(answer.read(), answer.url)
        yield from (found.text or "" for found in root.iterfind("{*}CommonPrefixes/{*}Prefix"))
        before, token = token, root.findtext("{*}NextContinuationToken")
        if root.findtext("{*}IsTruncated") != "true":
            return
        if not token or token == before:
            raise SourceError("not_a_listing", "goes on without saying where", where=answer.url)
    raise SourceError("not_a_listing", f"more than {_MOST_PAGES} pages", where=prefix)


def versions(cloud: Cloud, pmcid: str, *, max_age_s: float | None) -> list[int]:
    """Return the versions of an article, lowest first; none where the bucket doesn't have it."""
    # The dot keeps PMC1234 out of the listing of PMC123; an absent article is a listing with nothing in it.
    names = folders(cloud, f"{pmcid}.", max_age_s=max_age_s)
    found = (re.fullmatch(rf"{pmcid}\.([0-9]{{1,9}})/", name) for name in names)
    return sorted({int(match[1]) for match in found if match})


def metadata(cloud: Cloud, pmcid: str, version: int, *, max_age_s: float | None) -> dict[str, Any]:
    """Return the metadata of an article's version as they are written."""
    name = f"{pmcid}.{version}"
    answer = cloud.session.get(cloud.address(f"{name}/{name}.json"), promise=JSON, max_age_s=max_age_s)
    told = json.loads(answer.read())
    if not isinstance(told, dict) or told.get("pmcid") != pmcid or told.get("version") != version:
        raise SourceError("metadata_invalid", f"not the metadata of {name}", where=answer.url)
    return told


def rebase(cloud: Cloud, address: str) -> tuple[str, str]:
    """Return where on our own host the object at `address` lies, and the MD5 it must have.

    Raises:
        SourceError: key_refused, where it names another bucket, a way out of its folder, or no MD5.
    """
    parts = urlsplit(address)
    key = parts.path.removeprefix("/")
    md5 = (parse_qs(parts.query).get("md5") or [""])[0]
    steps = unquote(key).replace("\\", "/").split("/")
    if parts.scheme != "s3" or parts.netloc != BUCKET or {"", ".", ".."}.intersection(steps) or "\0" in unquote(key):
        raise SourceError("key_refused", f"{address!r} is no object of {BUCKET}")
    if not _MD5.fullmatch(md5):
        raise SourceError("key_refused", f"{address!r} has no MD5 to check it by")
    return cloud.address(key), md5
