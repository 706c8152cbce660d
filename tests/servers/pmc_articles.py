"""Articles for the local PMC: JATS and pictures made here, as the bucket would store them."""

import hashlib
import io
import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from PIL import Image

BUCKET = "pmc-oa-opendata"
_HREFS = {
    "CC BY": "https://creativecommons.org/licenses/by/4.0/",
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY-NC": "https://creativecommons.org/licenses/by-nc/4.0/",
}


def picture(seed: int, *, format_: str = "JPEG", width_px: int = 160, height_px: int = 120) -> bytes:
    """Return a picture that looks a little like stained cells; another seed gives another picture."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height_px, :width_px]
    canvas = rng.normal(12, 4, (height_px, width_px, 3))
    for _ in range(12):
        y, x, radius = rng.uniform(0, height_px), rng.uniform(0, width_px), rng.uniform(5, 18)
        blob = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * radius**2))
        canvas[..., rng.integers(3)] += 220 * blob
    out = io.BytesIO()
    Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8)).save(out, format_)
    return out.getvalue()


@dataclass(frozen=True)
class Stored:
    """One version of an article, as it lies in the bucket."""

    number: int
    version: int = 1
    title: str = "Confocal views of invented cells"
    doi: str | None = None
    """None: one made of the number."""
    license_code: str | None = "CC BY"
    license_href: str | None = "same"
    """What the XML says; "same": the address of the code."""
    figures: int = 2
    unused: int = 1
    """Pictures that no figure names."""
    released: date = date(2026, 1, 5)
    metadata: dict[str, Any] = field(default_factory=dict)
    """Overrides the metadata; a value of `...` removes the key."""

    @property
    def name(self) -> str:
        return f"PMC{self.number}.{self.version}"

    @property
    def known_doi(self) -> str:
        return self.doi or f"10.5555/invented.{self.number}"

    def with_metadata(self, **more: Any) -> "Stored":
        return replace(self, metadata={**self.metadata, **more})


def jats(stored: Stored) -> bytes:
    """Return the article's XML in the shape PMC gives it since 2025."""
    href = _HREFS.get(stored.license_code or "") if stored.license_href == "same" else stored.license_href
    licence = (
        f'<license><ali:license_ref specific-use="textmining" content-type="cclicense">{href}</ali:license_ref>'
        "<license-p>Open access.</license-p></license>"
        if href
        else ""
    )
    figures = "".join(
        f'<fig id="f{n}"><label>Figure {n}</label><caption><title>Picture {n} of article {stored.number}.</title>'
        f"<p>(A) Invented nuclei, version {stored.version}. Scale bar, 10 µm.</p></caption>"
        f'<graphic xlink:href="{stored.number}-g{n:03d}.jpg"/></fig>'
        for n in range(1, stored.figures + 1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ali="http://www.niso.org/schemas/ali/1.0/"
 article-type="research-article" dtd-version="1.4" xml:lang="en">
<front><journal-meta><journal-title-group><journal-title>Journal of Invented Cells</journal-title>
</journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="pmcid">PMC{stored.number}</article-id>
<article-id pub-id-type="pmcid-ver">{stored.name}</article-id>
<article-id pub-id-type="doi">{stored.known_doi}</article-id>
<title-group><article-title>{stored.title}</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Maker</surname><given-names>A</given-names></name>
</contrib></contrib-group>
<pub-date pub-type="epub"><year>{stored.released.year}</year></pub-date>
<permissions><copyright-statement>The makers of these tests.</copyright-statement>{licence}</permissions>
</article-meta></front>
<body><sec><title>Results</title><p>Cells were drawn (<xref ref-type="fig" rid="f1">Figure 1A</xref>).</p>
{figures}</sec></body></article>
""".encode()


def objects(stored: Stored) -> dict[str, bytes]:
    """Return the objects of an article by key: XML, text, pictures, metadata."""
    folder = f"{stored.name}/"
    held = {f"{folder}{stored.name}.xml": jats(stored), f"{folder}{stored.name}.txt": b"text"}
    media = {
        f"{folder}{stored.number}-g{n:03d}.jpg": picture(stored.number * 100 + stored.version * 10 + n)
        for n in range(1, stored.figures + stored.unused + 1)
    }
    media[f"{folder}{stored.number}-s001.zip"] = b"PK\x05\x06" + bytes(18)
    told = json.dumps(_metadata(stored, held, media), indent=1).encode()
    mirror = {f"metadata/{stored.name}.json": told, f"{folder}{stored.name}.json": told}
    return held | media | mirror


def _address(key: str, body: bytes) -> str:
    return f"s3://{BUCKET}/{key}?md5={hashlib.md5(body).hexdigest()}"


def _metadata(stored: Stored, held: dict[str, bytes], media: dict[str, bytes]) -> dict[str, Any]:
    urls = {key.rpartition(".")[2]: _address(key, body) for key, body in held.items()}
    told = {
        "pmcid": f"PMC{stored.number}",
        "version": stored.version,
        "pmid": None,
        "doi": stored.known_doi,
        "title": stored.title,
        "citation": "J Invented Cells. 2026",
        "is_pmc_openaccess": True,
        "is_manuscript": False,
        "is_historical_ocr": False,
        "is_retracted": False,
        "license_code": stored.license_code,
        "xml_url": urls["xml"],
        "text_url": urls["txt"],
        "media_urls": [_address(key, body) for key, body in media.items()],
    }
    return {key: value for key, value in {**told, **stored.metadata}.items() if value is not ...}
