"""Tiny MECA archives as bioRxiv and medRxiv make them, with what is wrong with some of the real ones."""

import io
import random
import zipfile
from dataclasses import dataclass
from datetime import date

_ARTICLE = """{first}<article article-type="research-article" xmlns:xlink="http://www.w3.org/1999/xlink">
<front><journal-meta><journal-id journal-id-type="publisher-id">BIORXIV</journal-id></journal-meta>
<article-meta>{doi}{version}<title-group><article-title>Cells {and_} fibres</article-title></title-group>
</article-meta></front><body><p>Nothing.</p></body></article>
"""
_MANIFEST = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<manifest xmlns="http://manuscriptexchange.org" version="1.0">
<item {article}><title>Cells</title>
<instance media-type="application/xml" href="{content}{stem}.xml"/>
<instance media-type="application/pdf" href="{content}{stem}.pdf"/></item>
<item id="transfer" type="transfer-details">
<instance media-type="application/meca-xfer+xml" href="transfer.xml"/></item>
<item id="fig1" type="figure"><instance media-type="image/tiff" href="{content}{stem}v{version}_fig1.tif"/></item>
</manifest>
"""


@dataclass(frozen=True)
class Meca:
    """An archive; every field but the first two is one way in which real ones differ."""

    suffix: str = "2026.01.05.000001"
    version: int = 1
    prefix: str = "10.64898"
    posted: date = date(2026, 1, 6)
    padding_bytes: int = 300_000
    folder: str = ""
    backslashes: bool = False
    first: str = '<?xml version="1.0" encoding="UTF-8"?>\n'
    doi_element: str = '<article-id pub-id-type="doi">{}</article-id>'
    version_element: str = "<article-version>1.{}</article-version>"
    and_: str = "&amp;"
    manifest: bool = True
    transfer: bool = True
    versioned_names: bool = True

    @property
    def doi(self) -> str:
        return f"{self.prefix}/{self.suffix}"

    def members(self) -> dict[str, bytes]:
        """Return the files in the order in which the servers write them."""
        stem = self.suffix.rpartition(".")[2]
        content = "content\\" if self.backslashes else "content/"
        article = _ARTICLE.format(
            first=self.first,
            doi=self.doi_element.format(self.doi),
            version=self.version_element.format(self.version),
            and_=self.and_,
        )
        figure = f"{stem}v{self.version}_fig1.tif" if self.versioned_names else "figure.tif"
        noise = random.Random(f"{self.doi} {self.version}")
        files = {
            f"{content}{stem}.xml": article.encode(),
            f"{content}{stem}.pdf": noise.randbytes(self.padding_bytes // 2),
            f"{content}{figure}": noise.randbytes(self.padding_bytes // 2),
            "directives.xml": b"<hw-directives/>",
        }
        if self.manifest:
            told = f'type="article" id="{stem}v{self.version}"'
            files["manifest.xml"] = _MANIFEST.format(
                article=told, content=content, stem=stem, version=self.version
            ).encode()
        if self.transfer:
            reference = f"/biorxiv/early/{self.posted:%Y/%m/%d}/{self.suffix}.atom"
            files["transfer.xml"] = f'<transfer version="1.0" id="0" reference="{reference}"/>'.encode()
        return {f"{self.folder}{name}": body for name, body in files.items()}

    def packed(self) -> bytes:
        """Return the archive's bytes."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in self.members().items():
                archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
        return packed.getvalue()
