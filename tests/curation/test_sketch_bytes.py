"""A sketch that was packed says what it said: the same hash in all orientations, the same votes."""

import numpy as np
import pytest
from drawn_cells import cells

from curation.duplicates import proposals
from curation.gathered_sketches import gathered
from curation.hashing import hash_words
from curation.orientations import ORIENTATIONS, oriented_frequencies
from curation.sketch_bytes import packed, unpacked
from curation.sketches import sketch_of
from schemas.manifest_sections import Dedup


def grey(seed, box=None):
    return np.asarray(cells(seed).crop(box) if box else cells(seed), np.float32)


@pytest.mark.parametrize("bits", [64, 256])
def test_hashes_are_the_same_in_all_orientations(bits):
    sketch = sketch_of(grey(1), bits, features=False)
    again = unpacked(packed(sketch))
    assert again.features is None
    assert (again.says_little, again.side_px) == (sketch.says_little, sketch.side_px)
    for way in ORIENTATIONS:
        one, other = (hash_words(oriented_frequencies(each.low[None], way)) for each in (sketch, again))
        assert (one == other).all()
    assert sketch.edges is not None
    assert again.edges is not None
    assert (sketch.edges == again.edges).all()


def test_the_same_pairs_are_proposed():
    pictures = [grey(1), grey(1, (40, 40, 280, 260)), grey(2), grey(1)[:, ::-1].copy()]
    sketches = [sketch_of(each, 64, features=True) for each in pictures]
    plain = proposals(gathered(enumerate(sketches), 4), Dedup())
    again = proposals(gathered(((at, unpacked(packed(one))) for at, one in enumerate(sketches)), 4), Dedup())
    for told in (plain, again):  # of pictures that share nothing, a feature more or less may be laid by chance
        assert told.keys() >= {(0, 1), (0, 3)}


def test_a_sketch_takes_14_kb_at_most():
    assert len(packed(sketch_of(grey(1), 256, features=True))) < 13_400


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x09" + bytes(40)])
def test_what_is_no_sketch_is_said_so(blob):
    with pytest.raises(ValueError, match="sketch"):
        unpacked(blob)
