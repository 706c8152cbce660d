"""Make the demo: writes the bundled sample under manifests/demo, the same bytes each time.

Run as `python -m scripts.make_demo [FOLDER]`. Words and pictures are our own and given to the public (CC0): the
licences that the articles state are part of the play.
"""

import gzip
import io
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from scripts import demo_articles as articles
from scripts import demo_figures as figures
from scripts import demo_troubles as troubles
from scripts.demo_charts import icon, line_plot
from scripts.demo_jats import DemoArticle, pmc_cloud, pmc_package, preprint

Members = Mapping[str, bytes]

DEMO = Path(__file__).resolve().parent.parent / "manifests" / "demo"
_MADE = (2025, 1, 1, 0, 0, 0)
_JPEG_SHARE = 0.4
"""How much of a picture arrives when the transfer breaks off."""


def main() -> None:
    """Write the sample and tell its size."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO
    write_sample(folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    print(f"{folder}: {len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.2f} MB")


def write_sample(folder: Path) -> None:
    """Write every article in its own shape below `folder`; what stands in pmc/ and biorxiv/ is replaced."""
    for source in ("pmc", "biorxiv"):
        shutil.rmtree(folder / source, ignore_errors=True)
    for name, content in sample().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def sample() -> dict[str, bytes]:
    """Return the files of the sample by their names."""
    nuclei = figures.nuclei_field()
    files = {
        "pmc/PMC99900001.tar.gz": _counting(nuclei),
        "pmc/PMC99900003.tar.gz": _glands(),
        "pmc/PMC99900004.zip": _rods(),
        "pmc/PMC99900008.tar.gz": _damaged(),
        "biorxiv/2f6c0b1e-0011.meca": _preprint(figures.encoded(nuclei, "JPEG")),
    }
    return files | _folders() | _loose()


def _folders() -> dict[str, bytes]:
    return {
        "pmc/PMC99900002/PMC99900002.1.xml": _utf8(pmc_cloud(articles.SPREAD)),
        "pmc/PMC99900002/jrm-2-fig1.jpg": figures.encoded(figures.merge(), "JPEG"),
        "pmc/PMC99900002/jrm-2-fig2.webp": figures.encoded(figures.depth_coded_vessels(), "WEBP"),
        "pmc/PMC99900002/jrm-2-fig3.png": figures.encoded(icon(), "PNG"),
        "pmc/PMC99900005/PMC99900005.1.xml": _utf8(pmc_cloud(troubles.SECTION)),
        "pmc/PMC99900005/jrm-5-fig1.png": figures.encoded(figures.thin_section(), "PNG"),
        "pmc/PMC99900007/jrm-7.nxml": _utf8(pmc_package(troubles.UNLICENSED)),
        "pmc/PMC99900007/jrm-7-g001.jpg": figures.encoded(figures.bacteria(17, 30), "JPEG"),
        "biorxiv/2025.000012/2025.000012.xml": _utf8(preprint(articles.GROWTH)),
        "biorxiv/2025.000012/000012v1_fig1": figures.encoded(figures.time_series(), "JPEG"),
    }


def _loose() -> dict[str, bytes]:
    whole = _utf8(pmc_package(troubles.TRUNCATED))
    return {
        "pmc/loose/jrm-6.xml": _utf8(pmc_cloud(troubles.YEAST)),
        "pmc/loose/jrm-6-g001.jpg": figures.encoded(figures.budding_yeast(), "JPEG"),
        "pmc/loose/jrm-9.xml": whole[: whole.index(b"nobody will read")],
        "pmc/loose/jrm-10.xml": _utf8(pmc_package(troubles.WORDS_ONLY)),
    }


def _counting(nuclei: Image.Image) -> bytes:
    drawn = {"jrm-1-g001": nuclei, "jrm-1-g002": figures.compound(), "jrm-1-g003": line_plot()}
    return _package(articles.COUNTING, _with_thumbnails(drawn))


def _glands() -> bytes:
    drawn = {"jrm-3-g001": figures.section(3, 9, 84), "jrm-3-g002": figures.section(33, 4, 125)}
    return _package(articles.GLANDS, _with_thumbnails(drawn))


def _rods() -> bytes:
    members = {
        "PMC99900004/jrm-4.nxml": _utf8(pmc_package(articles.RODS)),
        "PMC99900004/jrm-4-g001.png": figures.encoded(figures.bacteria(), "PNG"),
        "PMC99900004/jrm-4-g002.png": figures.encoded(figures.tension_map(), "PNG"),
    }
    return zipped(members)


def _damaged() -> bytes:
    whole = figures.encoded(figures.merge(), "JPEG")
    members = {
        "jrm-8-g001.jpg": figures.encoded(figures.section(34, 4, 125), "JPEG"),
        "jrm-8-g002.jpg": whole[: int(len(whole) * _JPEG_SHARE)],
    }
    return _package(troubles.DAMAGED, members)


def _preprint(nuclei: bytes) -> bytes:
    members = {
        "content/000011.xml": _utf8(preprint(articles.PREPRINT)),
        "content/000011v1_fig1.jpg": nuclei,
        "content/000011v1_fig2.tif": figures.camera_counts(),
        "content/000011v1_fig3.tif": figures.camera_counts_rgb(),
    }
    items = "".join(
        f'<item id="i{index}"><instance media-type="{_media_type(name)}" href="{name}"/></item>\n'
        for index, name in enumerate(members)
    )
    manifest = (
        f'<?xml version="1.0"?>\n<manifest xmlns="http://manuscriptexchange.org" version="1.0">\n{items}</manifest>\n'
    )
    return zipped({"mimetype": b"application/meca+zip", "manifest.xml": _utf8(manifest), **members})


def _media_type(name: str) -> str:
    return {"xml": "application/xml", "jpg": "image/jpeg", "tif": "image/tiff"}[name.rpartition(".")[2]]


def _with_thumbnails(drawn: Mapping[str, Image.Image]) -> dict[str, bytes]:
    pictures = {f"{name}.jpg": figures.encoded(image, "JPEG") for name, image in drawn.items()}
    return pictures | {f"{name}.gif": figures.thumbnail(image) for name, image in drawn.items()}


def _package(article: DemoArticle, pictures: Members) -> bytes:
    name = f"jrm-{article.number}.nxml"
    members = {name: _utf8(pmc_package(article)), **pictures}
    return tarred({f"{article.pmcid}/{member}": content for member, content in members.items()})


def tarred(members: Members) -> bytes:
    """Return a .tar.gz of `members` that tells no time, owner or host."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def zipped(members: Members) -> bytes:
    """Return a zip of `members` that tells no time, owner or host."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def _utf8(text: str) -> bytes:
    return text.encode()


if __name__ == "__main__":
    main()
