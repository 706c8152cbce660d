"""A listing of the bucket that can't be relied on is a failure, never an article that isn't there."""

import hashlib
from typing import Any

import pytest

from schemas.records import Figure

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ROOT = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
_ONE = "<CommonPrefixes><Prefix>PMC7.1/</Prefix></CommonPrefixes>"


def listing(*, key_count: str = "0", cut: str = "false", more: str = "", prefix: str = "PMC7.", dtd: str = "") -> bytes:
    return (
        f"{_HEAD}{dtd}{_ROOT}<Name>pmc-oa-opendata</Name><Prefix>{prefix}</Prefix><KeyCount>{key_count}</KeyCount>"
        f"<IsTruncated>{cut}</IsTruncated>{more}</ListBucketResult>"
    ).encode()


BROKEN = {
    "entity": listing(
        key_count="1",
        more="<CommonPrefixes><Prefix>&v;</Prefix></CommonPrefixes>",
        dtd='<!DOCTYPE x [<!ENTITY v "PMC7.1/">]>',
    ),
    "external entity": listing(more="&v;", dtd='<!DOCTYPE x [<!ENTITY v SYSTEM "file:///etc/passwd">]>'),
    "laughs": listing(more="&c;", dtd='<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'),
    "a DTD alone": listing(dtd="<!DOCTYPE ListBucketResult>"),
    "keys without prefixes": listing(key_count="2"),
    "one prefix too few": listing(key_count="2", more=_ONE),
    "no count": listing(key_count=""),
    "a strange count": listing(key_count="-1"),
    "no end": listing(cut=""),
    "a strange end": listing(cut="no"),
    "more without a token": listing(key_count="1", cut="true", more=_ONE),
    "more with an empty token": listing(key_count="1", cut="true", more=f"{_ONE}<NextContinuationToken/>"),
    "another article's": listing(prefix="PMC8."),
    "another article's folder": listing(key_count="1", more=_ONE.replace("PMC7", "PMC8")),
    "an empty prefix": listing(key_count="1", more="<CommonPrefixes><Prefix/></CommonPrefixes>"),
    "nothing at all": f"{_HEAD}{_ROOT}</ListBucketResult>".encode(),
    "cut off": listing(key_count="1", more=_ONE)[:-30],
    "an error": b"<Error><Code>InternalError</Code></Error>",
    "a fragment of a page": b"<div>Please enable JavaScript</div>",
    "deep": listing(more="<a>" * 5000 + "</a>" * 5000),
    "a page": b"<!DOCTYPE html><html><head><title>PMC</title></head></html>",
    "no XML": b"slow down",
    "nothing": b"",
    "UTF-16 that is none": b"\xff\xfe<",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_listing_is_a_failure_that_costs_its_article_and_passes(
    pmc: Any, pmc_server: Any, body: bytes
) -> None:
    for number in (6, 7, 8):
        pmc_server.add(number, figures=1)
    pmc_server.fault("prefix=PMC7.", body=body, times=99)
    ids = ("PMC6", "PMC7", "PMC8")
    one, broken, three = pmc.brought(ids=ids)
    assert (type(one), type(three)) == (Figure, Figure)
    assert type(broken).__name__ == "Failed"
    assert broken.reason in ("not_a_listing", "html_instead", "not_xml", "empty")
    pmc_server.faults.clear()
    assert pmc.reasons(pmc.brought(ids=ids)) == ["Figure:"] * 3


@pytest.mark.parametrize("body", [BROKEN["cut off"], BROKEN["keys without prefixes"], BROKEN["entity"]])
def test_a_broken_listing_that_passes_is_not_noticed(pmc: Any, pmc_server: Any, body: bytes) -> None:
    pmc_server.add(7)
    pmc_server.fault("prefix=PMC7.", body=body)
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Figure:"] * 2


def test_a_listing_whose_second_page_is_broken_is_no_listing_of_the_first(pmc: Any, pmc_server: Any) -> None:
    for version in (1, 2, 3):
        pmc_server.add(7, version=version)
    pmc_server.page_keys = 1
    pmc_server.fault("token=2", body=listing(key_count="1", cut="true", more=_ONE), times=99)
    (item,) = pmc(ids=("PMC7",)).find()
    assert item.stamp == "unlisted"


def test_a_listing_that_never_ends_is_left(pmc: Any, pmc_server: Any) -> None:
    endless = listing(key_count="1", cut="true", more=f"{_ONE}<NextContinuationToken>1</NextContinuationToken>")
    pmc_server.fault("prefix=PMC7.", body=endless, times=10**6)
    (item,) = pmc(ids=("PMC7",)).find()
    assert item.stamp == "unlisted"
    assert len(pmc_server.asked("prefix=PMC7.")) <= 100


def test_a_listing_may_name_a_version_twice_and_what_is_none(pmc: Any, pmc_server: Any) -> None:
    names = ("9", "10", "10", "010", "0", "x", "1.1", "99999999", "\u0663")
    shown = "".join(_ONE.replace("7.1", f"7.{name}") for name in names)
    pmc_server.fault("prefix=PMC7.", body=listing(key_count="9", more=shown), times=9)
    (item,) = pmc(ids=("PMC7",)).find()
    assert item.stamp == "10"


def test_the_xml_of_another_article_is_not_taken_for_this_one(pmc: Any, pmc_server: Any) -> None:
    other = pmc_server.add(8)
    body = pmc_server.objects[f"{other.name}/{other.name}.xml"]
    address = f"s3://pmc-oa-opendata/PMC7.1/PMC7.1.xml?md5={hashlib.md5(body).hexdigest()}"
    pmc_server.add(7, metadata={"xml_url": address})
    pmc_server.objects["PMC7.1/PMC7.1.xml"] = body
    assert pmc.reasons(pmc.brought(ids=("PMC7",))) == ["Failed:wrong_article"]
