"""Preprints for the local bioRxiv and medRxiv: API records, web JATS and pictures made here."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pmc_articles import picture

_HREFS = {
    "cc_by": "http://creativecommons.org/licenses/by/4.0/",
    "cc_by_nc": "http://creativecommons.org/licenses/by-nc/4.0/",
    "cc_by_nd": "http://creativecommons.org/licenses/by-nd/4.0/",
    "cc_by_nc_nd": "http://creativecommons.org/licenses/by-nc-nd/4.0/",
    "cc0": "http://creativecommons.org/publicdomain/zero/1.0/",
}
LABELS = {"biorxiv": "bioRxiv", "medrxiv": "medRxiv"}


@dataclass(frozen=True)
class Posted:
    """One version of a preprint, as server and website show it."""

    number: int
    server: str = "biorxiv"
    prefix: str = "10.64898"
    version: int = 1
    posted: date = date(2026, 1, 5)
    received: date | None = None
    """The day in the DOI; None: the day it was first posted."""
    title: str = "Confocal views of invented cells"
    license: str = "cc_by"
    license_href: str | None = "same"
    """What the XML says; "same": the address of the API's code."""
    category: str = "cell biology"
    kind: str = "new results"
    abstract: str = "Cells were drawn, not grown."
    published: str | None = None
    processed: bool = True
    """False for 24 to 48 hours after posting: no jatsxml yet, and no XML on the website."""
    figures: int = 2
    record: dict[str, Any] = field(default_factory=dict)
    """Overrides the API's record; a value of `...` removes the key."""

    @property
    def slug(self) -> str:
        day = self.received or self.posted
        return f"{day:%Y.%m.%d}.{self.number:06d}" if self.server == "biorxiv" else f"{day:%Y.%m.%d}.{self.number:08d}"

    @property
    def doi(self) -> str:
        return f"{self.prefix}/{self.slug}"

    def source_path(self) -> str:
        """Return where the XML lies on the website."""
        return f"content/early/{self.posted:%Y/%m/%d}/{self.slug}.source.xml"

    def picture_path(self, figure: int) -> str:
        """Return where the picture of the figure number `figure` lies on the website."""
        return f"content/{self.server}/early/{self.posted:%Y/%m/%d}/{self.slug}/F{figure}.large.jpg"

    def href(self, figure: int) -> str:
        """Return what the XML calls the picture of a figure."""
        return f"{self.number:06d}v{self.version}_fig{figure}"

    def picture(self, figure: int) -> bytes:
        """Return the picture of a figure; another version has another one."""
        return bytes(picture(self.number * 100 + self.version * 10 + figure))

    def changed(self, **changes: Any) -> "Posted":
        return replace(self, received=self.received or self.posted, **changes)


def api_record(posted: Posted) -> dict[str, Any]:
    """Return the record of /details, with its strings for numbers."""
    jatsxml = f"https://www.{posted.server}.org/{posted.source_path()}"
    told = {
        "title": posted.title,
        "authors": "Maker, A.; Drawer, B.",
        "author_corresponding": "A Maker",
        "author_corresponding_institution": "Institute of Invented Cells",
        "doi": posted.doi,
        "date": posted.posted.isoformat(),
        "version": str(posted.version),
        "type": posted.kind,
        "license": posted.license,
        "category": posted.category,
        "jatsxml": jatsxml if posted.processed else "",
        "abstract": posted.abstract,
        "funder": [{"name": "Invented Trust", "id": "", "id-type": "ROR"}] if posted.number % 2 else "NA",
        "published": posted.published or "NA",
        "server": LABELS[posted.server],
    }
    return {key: value for key, value in {**told, **posted.record}.items() if value is not ...}


def published_record(posted: Posted, published: str, on: date) -> dict[str, Any]:
    """Return the record of /pubs."""
    return {
        "preprint_doi": posted.doi,
        "published_doi": published,
        "published_journal": "Journal of Invented Cells",
        "preprint_platform": LABELS[posted.server],
        "preprint_title": posted.title,
        "preprint_authors": "Maker, A.; Drawer, B.",
        "preprint_category": posted.category,
        "preprint_date": posted.posted.isoformat(),
        "published_date": on.isoformat(),
        "preprint_abstract": posted.abstract,
        "preprint_author_corresponding": "A Maker",
        "preprint_author_corresponding_institution": "Institute of Invented Cells",
    }


def web_jats(posted: Posted) -> bytes:
    """Return the XML in the shape of the website: hrefs are tokens, figures have slugs."""
    href = _HREFS.get(posted.license) if posted.license_href == "same" else posted.license_href
    licence = (
        f'<license license-type="creative-commons" xlink:href="{href}"><p>This pre-print is available under a '
        f'Creative Commons License, as described at <ext-link xlink:href="{href}">{href}</ext-link></p></license>'
        if href
        else "<license><p>All rights reserved. No reuse allowed without permission.</p></license>"
    )
    figures = "".join(
        f'<fig id="fig{n}" position="float" hwp:id="F{n}">'
        f'<object-id pub-id-type="other" hwp:sub-type="pisa">{posted.server};{posted.slug}v{posted.version}/FIG{n}'
        f'</object-id><object-id pub-id-type="other" hwp:sub-type="slug">F{n}</object-id>'
        f'<object-id pub-id-type="publisher-id">fig{n}</object-id><label>Figure {n}.</label>'
        f"<caption><p>(A) Invented nuclei {n} of {posted.number}, version {posted.version}. Scale bar, 10 µm.</p>"
        f'</caption><graphic xlink:href="{posted.href(n)}" position="float" hwp:id="graphic-{n}"/></fig>'
        for n in range(1, posted.figures + 1)
    )
    pisa = f"{posted.server};{posted.slug}v{posted.version}"
    return f"""<article article-type="article" specific-use="production" xml:lang="en"
 xmlns:hwp="http://schema.highwire.org/Journal" xmlns:xlink="http://www.w3.org/1999/xlink">
<front><journal-meta><journal-id journal-id-type="hwp">{posted.server}</journal-id>
<journal-title>{LABELS[posted.server]}</journal-title></journal-meta>
<article-meta><article-id pub-id-type="doi">{posted.doi}</article-id>
<article-id pub-id-type="other" hwp:sub-type="pisa">{pisa}</article-id>
<article-id pub-id-type="other" hwp:sub-type="slug">{posted.slug}</article-id>
<article-version>1.{posted.version}</article-version>
<title-group><article-title>{posted.title}</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Maker</surname><given-names>A</given-names></name>
</contrib></contrib-group>
<pub-date pub-type="epub"><year>{posted.posted.year}</year></pub-date>
<permissions><copyright-statement>© {posted.posted.year}, The makers of these tests</copyright-statement>
<copyright-year>{posted.posted.year}</copyright-year>{licence}</permissions>
</article-meta></front>
<body><sec><title>Results</title><p>Cells were drawn (<xref rid="fig1" ref-type="fig">Figure 1A</xref>).</p>
{figures}</sec></body></article>
""".encode()
