"""Draft sources: what has to be asked of each type of source to write its part of a manifest, and in which words."""

from typing import Final, NamedTuple

from schemas.manifest_parts import Part

Value = str | tuple[str, ...]


class Ask(NamedTuple):
    """A key of a source: how it is asked for, by flag or on a terminal, and what the file says beside it."""

    key: str
    flag: str
    question: str
    comment: str
    several: bool = False
    """Whether it is a list."""
    needed: bool = True


class Line(NamedTuple):
    """A key that nobody is asked for, as it is written."""

    text: str
    comment: str


class Kind(NamedTuple):
    """A type of source."""

    what: str
    """What it brings, in a line."""
    live: tuple[Ask, ...] = ()
    """What is asked for of a server; without an answer to the first, files are meant."""
    files: str = ""
    """What may lie at its path; empty: it is always a server."""
    beside: tuple[Ask, ...] = ()
    """What is asked for of files, beside their path."""
    lines: tuple[Line, ...] = ()
    """What else is written of a server."""
    file_lines: tuple[Line, ...] = ()
    """What else is written of files, unless something stands beside them."""
    owned: bool = False
    """Whether its licence is its owner's word."""


class SourceDraft(Part):
    """A source as somebody asked for it: its type, and the keys that were given."""

    type: str
    given: tuple[tuple[str, Value], ...] = ()

    def value(self, key: str) -> Value | None:
        """Return what was given for a key."""
        return dict(self.given).get(key)

    @property
    def is_file(self) -> bool:
        """Return whether it lies on this machine."""
        return self.value("path") is not None


QUERY: Final = Ask("query", "--query", "Query, as typed into PMC's search", "as typed into PMC's search")
SINCE: Final = Ask("since", "--since", "First day of posting, as 2026-10-01", "days of posting, both included")
UNTIL: Final = Ask("until", "--until", "Last day (empty: today)", "left out: to today", needed=False)
CATEGORY: Final = Ask(
    "categories", "--category", "Categories, with commas (empty: all)", "left out: all", several=True, needed=False
)
STUDY: Final = Ask("studies", "--study", "Studies, with commas, as idr0062", "see idr.openmicroscopy.org", several=True)
URL: Final = Ask("url", "--url", "Address of the server, as https://eln.example.org", "your server")
PATH: Final = Ask("path", "--path", "Path", "relative to this file's folder")
PRESET: Final = Ask(
    "preset", "--preset", "Name of a public set (empty: a set of your own)", "docs/masks.md lists them", needed=False
)
LICENSE: Final = Ask(
    "license", "--own-license", "Their licence, as an SPDX id", "its owner's word, for all of it", needed=False
)
ATTRIBUTION: Final = Ask("attribution", "--attribution", "Whom to name (empty: nobody)", "whom to name", needed=False)

ASKS: Final = (QUERY, SINCE, UNTIL, CATEGORY, STUDY, URL, PATH, PRESET, LICENSE, ATTRIBUTION)
"""All of them."""

_FEW: Final = Line("# limit: 200", "at most so many; sample: {n: 200, seed: 1} draws by chance")


def _key(name: str) -> Line:
    return Line(f"key: ${{env:{name}}}", "read from the environment; never written here")


KINDS: Final = {
    "pmc": Kind("articles of PubMed Central", (QUERY,), "packages, zips, folders of articles", lines=(_FEW,)),
    "biorxiv": Kind(
        "preprints of bioRxiv", (SINCE, UNTIL, CATEGORY), "MECA archives, folders of articles",
        lines=(Line("route: [web, pmc]", "bucket first is quicker, needs bricks[s3], and Amazon bills you"), _FEW),
    ),
    "idr": Kind(
        "images of the Image Data Resource", (STUDY,), "study files, with pictures beside them",
        lines=(Line("images_per_study: 100", "spread evenly; a larger number adds to them"),),
    ),
    "eln": Kind("exports of a lab notebook", files=".eln files", owned=True),
    "elabftw": Kind("a running eLabFTW", (URL,), lines=(_key("ELABFTW_KEY"), _FEW), owned=True),
    "rspace": Kind("a running RSpace", (URL,), lines=(_key("RSPACE_KEY"), _FEW), owned=True),
    "images": Kind("pictures of your own", files="folders of OME-TIFF, OME-Zarr, TIFF, PNG", owned=True),
    "masks": Kind(
        "images with segmentation masks", files="a folder of images and masks", beside=(PRESET,), owned=True,
        file_lines=(
            Line("format: labels", "one label map an image; or binary, coco, arrays"),
            Line("images: images/*.png", "patterns from the path"),
            Line("masks: masks/*.png", "what * stands for must agree with the image's"),
        ),
    ),
}  # fmt: skip
"""Every type of source, in the order in which they are offered."""
