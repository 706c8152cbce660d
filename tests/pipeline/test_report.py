"""The report: sums that add up, strangers' words that stay words, a page that needs nothing but itself."""

import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from launched_chromium import launched
from PIL import Image

from pipeline.report import render, write_report
from pipeline.report_charts import flow, folded, losses, reason_colours
from pipeline.report_records import (
    MAX_KEPT_CARDS,
    MAX_PILE_CARDS,
    Card,
    LicenseSum,
    Pile,
    ReportData,
    SizeSum,
    SourceSum,
    StageSum,
    ViewSum,
    megapixel_bins,
    sample_ids,
)
from schemas.records import make_id

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">'"></style></title>&lt;"""
VOID = {"meta", "img", "link", "br", "hr", "input", "base"}


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and whether they are nested well."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def jpeg(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def card(name: str = "a", **changes: Any) -> Card:
    return Card(**({"id": make_id(name), "source_id": "PMC1", "label": "Figure 1", "caption": "Nuclei."} | changes))


def report(**changes: Any) -> ReportData:
    stages = [
        StageSum(
            name="1-figures", found=3, created=6, kept=7, dropped={"image_missing": 1}, failed={"xml_malformed": 1}
        ),
        StageSum(name="4-curated", found=7, kept=4, dropped={"duplicate": 2}, held={"licenses": 1}),
    ]
    plain = {
        "name": "cells",
        "workspace": "runs/cells",
        "stages": stages,
        "sources": [SourceSum(source="pmc", articles=3, figures=7, kept=4)],
        "licenses": [
            LicenseSum(license="CC-BY-4.0", figures=6, kept=4, commercial=True, adaptable=True),
            LicenseSum(license=None, figures=1, kept=0, commercial=False, adaptable=False),
        ],
        "views": [ViewSum(view="panels", splits={"train": 3, "test": 1})],
        "dataset": "runs/cells/dataset",
        "size": SizeSum(figures=7, bytes=1_400_000, pixels=2_000_000, megapixels=megapixel_bins([300_000] * 7)),
        "kept": [card("kept", license="CC-BY-4.0", url="https://doi.org/10.5555/1", thumb=jpeg())],
        "dropped": [Pile(stage="4-curated", name="duplicate", count=2, cards=[card("twin", detail="same picture")])],
        "held": [Pile(stage="4-curated", name="licenses", count=1, cards=[card("asks")])],
        "failed": [Pile(stage="1-figures", name="xml_malformed", count=1, cards=[card("broken")])],
    }
    return ReportData(**(plain | changes))


def test_a_stage_whose_numbers_do_not_add_up_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="found 3"):
        StageSum(name="1-figures", found=3, kept=1, dropped={"image_missing": 1})
    with pytest.raises(ValueError, match="found 1"):
        StageSum(name="1-figures", found=1, kept=2, complete=False)
    assert StageSum(name="1-figures", found=3, kept=1, complete=False).pending == 2


def test_every_record_is_told_once_in_the_totals() -> None:
    page = Page(render(report()))
    assert "4 of 9 records are in the dataset" in page.text
    for said in ("kept 4", "dropped 3", "held 1", "failed 1"):
        assert said in page.text


def test_a_run_that_is_not_done_tells_what_waits() -> None:
    stages = [StageSum(name="1-figures", found=9, kept=4, complete=False), StageSum(name="4-curated", found=2, kept=2)]
    page = Page(render(report(stages=stages)))
    assert "2 of 9 records have come through so far" in page.text
    assert "pending 7" in page.text


def test_an_empty_run_has_a_page_too() -> None:
    bare = ReportData(name="none", workspace="runs/none", stages=[], size=SizeSum(figures=0, bytes=0, pixels=0))
    assert "Nothing has been found yet." in Page(render(bare)).text


@pytest.mark.parametrize("place", ["caption", "label", "detail", "license", "source_id", "url"])
def test_words_of_strangers_stay_words(place: str) -> None:
    page = Page(render(report(kept=[card(**{place: HOSTILE, "thumb": jpeg()})])))
    assert not page.all("script")
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert all((image["src"] or "").startswith("data:image/jpeg;base64,") for image in page.all("img"))
    assert len(page.all("style")) == 1
    if place != "url":
        assert "alert(1)" in page.text


def test_hostile_names_stay_words_too() -> None:
    pile = Pile(stage=HOSTILE, name=HOSTILE, count=1, cards=[card()])
    stages = [StageSum(name=HOSTILE, found=2, kept=1, dropped={HOSTILE: 1})]
    page = Page(render(report(name=HOSTILE, workspace=HOSTILE, dataset=HOSTILE, stages=stages, dropped=[pile])))
    assert not page.all("script")
    assert len(page.all("img")) == 1


@given(st.text())
def test_any_caption_is_a_page_that_parses(caption: str) -> None:
    Page(render(report(kept=[card(caption=caption, detail=caption)])))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//example.org",
        "https:example.org",
        "http://[broken",
        None,
    ],
)
def test_what_is_no_web_address_is_not_linked(url: str | None) -> None:
    assert outward_links(card(url=url)) == []


@pytest.mark.parametrize("url", ["https://doi.org/10.5555/1", "http://example.org/a?b=1&c=2"])
def test_web_addresses_are_linked(url: str) -> None:
    assert outward_links(card(url=url)) == [url]


def outward_links(shown: Card) -> list[str]:
    hrefs = [a["href"] for a in Page(render(report(kept=[shown], dropped=[]))).all("a")]
    return [href for href in hrefs if not href.startswith("#")]


def test_the_page_asks_for_nothing() -> None:
    html = render(report())
    page = Page(html)
    assert not page.all("link")
    assert not page.all("script")
    assert "default-src 'none'" in html
    assert "@import" not in html
    assert "url(" not in html


def test_every_picture_has_words_and_every_column_a_head() -> None:
    page = Page(render(report()))
    assert all(image["alt"] for image in page.all("img"))
    assert all(head["scope"] for head in page.all("th"))


def test_the_sheets_are_bounded_and_do_not_depend_on_the_order() -> None:
    cards = [card(str(n), thumb=jpeg()) for n in range(100)]
    pile = Pile(stage="4-curated", name="duplicate", count=100, cards=cards)
    full = report(kept=cards, dropped=[pile])
    turned = report(kept=cards[::-1], dropped=[pile.model_copy(update={"cards": cards[::-1]})])
    assert len(Page(render(full)).all("img")) == MAX_KEPT_CARDS + MAX_PILE_CARDS
    assert render(full) == render(turned)


@given(st.lists(st.integers(0, 500).map(str)), st.integers(0, 60))
def test_a_sample_is_the_same_in_any_order(ids: list[str], most: int) -> None:
    assert sample_ids(ids, most) == sample_ids(reversed(ids), most)
    assert len(sample_ids(ids, most)) == min(most, len(set(ids)))


@given(st.lists(st.integers(1, 10**9)))
def test_every_picture_is_in_one_bin(pixels: list[int]) -> None:
    bins = megapixel_bins(pixels)
    assert sum(bin_.count for bin_ in bins) == len(pixels)
    assert all(low.high == high.low for low, high in pairwise(bins))


def test_the_next_commands_speak_of_this_run() -> None:
    page = Page(render(report(workspace="runs/two words")))
    assert "bricks show 'runs/two words' --dropped duplicate" in page.text
    assert "bricks show 'runs/two words' --held licenses" in page.text
    assert "bricks retry 'runs/two words'" in page.text
    assert f"bricks explain 'runs/two words' {make_id('twin')}" in page.text


def test_the_flow_shows_every_loss_and_folds_a_long_tail() -> None:
    many = {f"reason_{n}": n + 1 for n in range(30)}
    stage = StageSum(name="4-curated", found=sum(many.values()) + 1, kept=1, dropped=many)
    parts = losses(stage, reason_colours([stage]))
    assert sum(part.count for part in parts) == sum(many.values())
    assert sum(part.count for part in folded(parts)) == sum(many.values())
    drawn = flow([stage])
    assert len(drawn.words) < 15
    assert all("nan" not in shape.path and "inf" not in shape.path for shape in drawn.shapes)
    assert max(word.y for word in drawn.words) < drawn.height


def test_writing_again_gives_the_same_bytes_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = write_report(tmp_path, report())
    first = path.read_bytes()
    assert write_report(tmp_path, report()).read_bytes() == first
    assert [each.name for each in path.parent.iterdir()] == ["index.html"]
    assert path == tmp_path / "report" / "index.html"
    assert not re.search(rb"20[2-9]\d-\d\d-\d\d", first)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [1400, 1024, 400])
def test_a_browser_shows_it_whole_and_asks_for_nothing(
    tmp_path: Path, width_px: int, scheme: Literal["light", "dark"]
) -> None:
    long = card("long", caption="word " * 400, thumb=jpeg(), url="https://example.org/" + "a" * 300, detail="x" * 300)
    path = write_report(tmp_path, report(kept=[card(str(n), thumb=jpeg(), caption=HOSTILE) for n in range(9)] + [long]))
    heard: list[str] = []
    with launched() as browser:
        page = browser.new_page(viewport={"width": width_px, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else heard.append(asked.url))
        page.goto(path.as_uri())
        broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (heard, broken, overflow) == ([], 0, 0)


def test_the_dataset_is_loaded_under_the_name_of_its_view() -> None:
    views = [ViewSum(view="panels-noncommercial", splits={"train": 3})]
    page = render(report(views=views, dataset="x/dataset"))
    assert "panels_noncommercial = load_dataset(&#39;x/dataset&#39;, &#34;panels-noncommercial&#34;)" in page.replace(
        '"', "&#34;"
    )


def test_kinds_of_what_was_kept_are_told() -> None:
    assert "By kind: 3 plot, 1 line drawing." in render(report(kinds={"plot": 3, "line_drawing": 1}))
