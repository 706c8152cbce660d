"""Readable: what `bricks check` notes of a manifest that is right."""

import pytest

from ingest.readable import notes
from schemas.manifest import Manifest


def noted(**source):
    said = {"bricks": 1, "name": "a", "contact": "https://example.org", "licenses": ["CC0-1.0"], "sources": [source]}
    return notes(Manifest.model_validate(said))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"type": "images", "path": "p", "license": "CC-BY-4.0"}, "CC-BY-4.0 asks to name the author"),
        ({"type": "images", "path": "p", "license": "CC-BY-4.0", "attribution": "A Lab"}, None),
        ({"type": "images", "path": "p", "license": "CC0-1.0"}, None),
        ({"type": "masks", "path": "p", "preset": "livecell"}, None),
        ({"type": "pmc", "path": "p"}, None),
        ({"type": "eln", "path": "p"}, "without `license` nothing of these entries is published"),
        ({"type": "eln", "path": "p", "license": "CC0-1.0"}, None),
        ({"type": "elabftw", "url": "https://e.example.org", "key": "${env:K}", "license": "CC0-1.0"}, None),
        ({"type": "rspace", "url": "https://e.example.org", "key": "${env:K}"}, "without `license` nothing"),
    ],
)
def test_what_may_surprise_is_noted(source, words):
    said = noted(**source)
    assert len(said) == (words is not None)
    assert all(words in line for line in said)
