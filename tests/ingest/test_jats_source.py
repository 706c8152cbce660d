"""Whatever an XML looks like, it is read without a guess, without the network, or refused with one reason."""

# ruff: noqa: RUF001  (dashes and primes are what is tested)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.jats import may_be_article, parse_articles
from ingest.jats_source import read_xml, root_name
from schemas.errors import ArticleError

HEAD = '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front/><body><fig id="f1"><caption><p>'
TAIL = '</p></caption><graphic xlink:href="f1.tif"/></fig></body></article>'
DOCTYPE = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE article PUBLIC "-//NLM//DTD" "a.dtd"%s>\n'


def caption_of(xml: str | bytes) -> tuple[str, tuple[str, ...]]:
    blob = xml.encode() if isinstance(xml, str) else xml
    (article,) = parse_articles(blob, where="test")
    return article.figures[0].caption, article.repairs


def reason_of(xml: str | bytes) -> str:
    with pytest.raises(ArticleError) as caught:
        parse_articles(xml.encode() if isinstance(xml, str) else xml, where="test")
    return caught.value.reason


READABLE = {
    "well-formed": (HEAD + "x" + TAIL, "x", None),
    "named characters": (DOCTYPE % "" + HEAD + "a&nbsp;b &ndash; &mu;m" + TAIL, "a b – μm", "named"),
    "a name nobody knows": (HEAD + "&whatsit;" + TAIL, "&whatsit;", "named"),
    "raw ampersands": (HEAD + "R & D &; AT&T" + TAIL, "R & D &; AT&T", "ampersands"),
    "raw less-than": (HEAD + "p < 0.05, n <3" + TAIL, "p < 0.05, n <3", "less-than"),
    "control characters": (HEAD + "a\x0bb&#x1;" + TAIL, "ab", "control"),
    "declaration after a blank line": ("\n\n" + DOCTYPE % "" + HEAD + "x" + TAIL, "x", "leading"),
    "declaration after a comment": ("<!-- a --><?xml version='1.0'?>" + HEAD + "x" + TAIL, "x", "declaration"),
    "a comment with two hyphens": (HEAD + "<!-- a -- b -->x" + TAIL, "x", "hyphens"),
    "an undeclared prefix": (
        HEAD.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "") + "x" + TAIL,
        "x",
        "prefix",
    ),
    "glued attributes": (HEAD.replace('id="f1"', 'id="f1"position="float"') + "x" + TAIL, "x", "attributes"),
    "CDATA is left alone": (HEAD + "<![CDATA[a & b &nbsp; <x>]]>" + TAIL, "a & b &nbsp; <x>", None),
    "an own entity that is a known character": (
        DOCTYPE % ' [<!ENTITY ndash "&#8211;">]' + HEAD + "1&ndash;2" + TAIL,
        "1–2",
        "named",
    ),
    "an unparsed entity": (DOCTYPE % ' [<!ENTITY f1 SYSTEM "f1.tif" NDATA tif>]' + HEAD + "x" + TAIL, "x", None),
}


@pytest.mark.parametrize(("xml", "caption", "repair"), READABLE.values(), ids=READABLE)
def test_what_has_one_meaning_is_read_and_the_repair_is_told(xml: str, caption: str, repair: str | None) -> None:
    said, repairs = caption_of(xml)
    assert said == caption
    assert bool(repairs) == bool(repair)
    assert not repair or repair in " ".join(repairs)


REFUSED = {
    "nothing": (" \n", "xml_empty"),
    "a web page": ("<!DOCTYPE html><html><body/></html>", "not_jats"),
    "words": ("hello", "not_jats"),
    "another XML": ("<eSearchResult/>", "not_jats"),
    "DocBook": ("<article><title>t</title></article>", "not_jats"),
    "crossed tags": (HEAD + "<italic>x</bold>" + TAIL, "xml_malformed"),
    "half a file": ((HEAD + "x" + TAIL)[:-40], "xml_truncated"),
    "an endless comment": (HEAD + "<!-- x" + TAIL, "xml_malformed"),
    "billion laughs": (DOCTYPE % ' [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]' + HEAD + "&b;" + TAIL, "xml_hostile"),
    "a file of this machine": (DOCTYPE % ' [<!ENTITY x SYSTEM "/etc/passwd">]' + HEAD + "&x;" + TAIL, "xml_hostile"),
    "a DTD of the attacker": (
        DOCTYPE % ' [<!ENTITY % x SYSTEM "http://e/">%x;]' + HEAD + TAIL,
        "xml_hostile",
    ),
    "an own entity": (DOCTYPE % ' [<!ENTITY own "text">]' + HEAD + "&own;" + TAIL, "xml_hostile"),
    "too deep": ("<article><body>" + "<sec>" * 9999, "xml_truncated"),
}


@pytest.mark.parametrize(("xml", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_would_need_a_guess_is_refused_with_a_reason(xml: str, reason: str) -> None:
    assert reason_of(xml) == reason


ENCODED = {
    "utf-8": ("µm é", "UTF-8", "utf-8", False),
    "utf-8 with a mark": ("µm é", "UTF-8", "utf-8-sig", False),
    "utf-16": ("µm é", "UTF-16", "utf-16", False),
    "latin-1 and says so": ("µm é", "ISO-8859-1", "latin-1", False),
    "says utf-8, is windows-1252": ("5 µm “é”", "UTF-8", "cp1252", True),
    "says latin-1, is utf-8": ("µm é", "ISO-8859-1", "utf-8", True),
}


@pytest.mark.parametrize(("text", "declared", "codec", "mended"), ENCODED.values(), ids=ENCODED)
def test_the_encoding_is_what_the_bytes_are(text: str, declared: str, codec: str, mended: bool) -> None:  # noqa: FBT001
    xml = f'<?xml version="1.0" encoding="{declared}"?>{HEAD}{text}{TAIL}'
    said, repairs = caption_of(xml.encode(codec))
    assert said == text
    assert bool(repairs) == mended


def test_a_mixture_of_encodings_is_refused() -> None:
    assert reason_of(HEAD.encode() + "µm".encode() + b" caf\xe9" + TAIL.encode()) == "xml_encoding"


def test_several_articles_in_one_answer_are_several_articles() -> None:
    article = HEAD + "x" + TAIL
    for many in (
        f"<pmc-articleset>{article}{article}</pmc-articleset>",
        DOCTYPE % "" + article + DOCTYPE % "" + article,
    ):
        assert len(parse_articles(many.encode(), where="set")) == 2


def test_an_oai_answer_with_namespaces_reads_like_the_bare_article() -> None:
    article = (HEAD + "x" + TAIL).replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ')
    answer = f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord>{article}</GetRecord></OAI-PMH>'
    assert caption_of(answer)[0] == "x"


def test_manifests_are_told_from_articles_by_their_root() -> None:
    assert root_name(b"<!-- c --><?xml-model x?><!DOCTYPE manifest [<!ENTITY a 'b]>'>]><m:manifest/>") == "manifest"
    assert not may_be_article(b"<?xml version='1.0'?><manifest/>")
    assert may_be_article(b"\xef\xbb\xbf\n<article/>")
    assert may_be_article(b"")


@given(st.text())
def test_any_text_in_a_caption_comes_back_as_it_was_written(text: str) -> None:
    kept = "".join(
        char for char in text if char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff"
    )
    escaped = kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert caption_of(HEAD + escaped + TAIL)[0] == " ".join(kept.split())


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_an_article_error(blob: bytes) -> None:
    for xml in (blob, HEAD.encode() + blob + TAIL.encode()):
        try:
            parse_articles(xml, where="fuzz")
        except ArticleError:
            continue


@pytest.mark.parametrize("prolog", ["", DOCTYPE % "", "\n\n<!-- two\nlines -->\n" + DOCTYPE % ""])
def test_a_fault_is_told_with_its_line_in_the_file(prolog):
    xml = prolog + HEAD + "</wrong>" + TAIL
    line = xml[: xml.index("</wrong>")].count("\n") + 1
    with pytest.raises(ArticleError, match=rf"line {line}$"):
        parse_articles(xml.encode(), where="test")


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.sampled_from(["1", "a=b", "it's", "x = 'y'"]))
def test_spaces_are_put_where_they_lack_and_nowhere_else(glued, value):
    names = [f"data-{at}" for at in range(len(glued))]
    joined = "".join(("" if tight else " ") + f'{name}="{value}"' for name, tight in zip(names, glued, strict=True))
    spaced = "".join(f' {name}="{value}"' for name in names)
    xml = f'<article a="0"{{}}><front/><body><p b="1" c="{value}">t</p></body></article>'

    mended, right = (read_xml(xml.format(some).encode(), where="test").root for some in (joined, spaced))
    assert [dict(one.attrib) for one in mended.iter()] == [dict(one.attrib) for one in right.iter()]
