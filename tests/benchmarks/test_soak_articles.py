"""Made articles: as many figures as are asked for, no picture as another, and what is made stays."""

import io
import tarfile
from itertools import combinations

import pytest
from PIL import Image

from benchmarks.mirror import members
from benchmarks.soak_articles import make
from curation.hashing import phash
from pipeline.pixels import inspect


def _files(place):
    return {path.name: dict(members(path)) for path in sorted(place.rglob("*.tar.gz"))}


def test_so_many_figures_are_made_and_none_shows_what_another_does(articles, tmp_path):
    assert make(articles, tmp_path / "made", 9, workers=1) == 5
    made = _files(tmp_path / "made")
    pictures = [blob for files in made.values() for name, blob in files.items() if name.endswith(".jpg")]
    assert len(pictures) == 9
    assert all(max(Image.open(io.BytesIO(blob)).size) <= 1000 for blob in pictures)
    hashes = [int(phash(blob, inspect(blob)), 16) for blob in pictures]
    assert min((one ^ other).bit_count() for one, other in combinations(hashes, 2)) > 8


def test_ids_and_captions_are_an_articles_own_and_nothing_ties_it_to_another(articles, tmp_path):
    make(articles, tmp_path / "made", 4, workers=1)
    texts = [blob for files in _files(tmp_path / "made").values() for name, blob in files.items() if "xml" in name]
    assert [b"PMC1100000" in text for text in texts] == [True, False]
    assert len(set(texts)) == 2
    assert all(text.count(b"Experiment ") == 2 and b"10.1101/preprint" not in text for text in texts)


def test_what_is_made_stays_and_what_is_lost_is_made_as_it_was(articles, tmp_path):
    make(articles, tmp_path / "made", 6, workers=1)
    first, second, *_ = sorted((tmp_path / "made").rglob("*.tar.gz"))
    before, stands = _files(tmp_path / "made"), first.stat().st_mtime_ns
    second.unlink()
    make(articles, tmp_path / "made", 6, workers=1)
    assert first.stat().st_mtime_ns == stands
    assert _files(tmp_path / "made") == before


def test_other_settings_make_all_anew(articles, tmp_path):
    make(articles, tmp_path / "made", 6, workers=1)
    make(articles, tmp_path / "made", 3, workers=1)
    assert len(_files(tmp_path / "made")) == 2
    with tarfile.open(max((tmp_path / "made").rglob("*.tar.gz"))) as tar:
        assert len(tar.getnames()) == 2


def test_a_folder_without_pictures_is_told(tmp_path):
    with pytest.raises(SystemExit, match="holds no article"):
        make(tmp_path, tmp_path / "made", 3, workers=1)
