"""Only pictures whose own rights allow it are laid out to learn from, each with its source."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from scripts.free_pictures import licences, members, pictures_of

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2015 Somebody
License: GPL-3+

Files: src/animals/moose.jpg
       src/animals/panda.jpg
Copyright: 2012 Ann
License: CC0-1.0

Files: src/animals/fish.jpg
Copyright: 2013 Ben
License: CC-BY-SA-3.0
"""


def picture(size=(160, 140), mode="RGB"):
    held = io.BytesIO()
    Image.effect_noise(size, 40).convert(mode).save(held, "PNG")
    return held.getvalue()


def package(root, pictures):
    notes = root / "usr" / "share" / "doc" / "animals-data"
    notes.mkdir(parents=True)
    (notes / "copyright").write_text(COPYRIGHT)
    for name, held in pictures.items():
        (root / name).write_bytes(held)
    return list(pictures_of("animals-data", root))


def collection(files, *, packed=False):
    """Return files of one folder as Qt's resource compiler lays them out, format 1."""
    names, blocks = b"", b""
    nodes = struct.pack(">IHII", 0, 2, 1, 1)
    names += struct.pack(">HI", 1, 0) + "r".encode("utf-16-be")
    nodes += struct.pack(">IHII", 0, 2, len(files), 2)
    for name, held in files.items():
        body = struct.pack(">I", len(held)) + zlib.compress(held) if packed else held
        nodes += struct.pack(">IHHHI", len(names), int(packed), 0, 0, len(blocks))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
        blocks += struct.pack(">I", len(body)) + body
    at = 20
    return (
        struct.pack(">4sIIII", b"qres", 1, at, at + len(nodes), at + len(nodes) + len(blocks)) + nodes + blocks + names
    )


def test_a_licence_holds_for_the_files_that_it_names():
    told = {pattern: (licence, holder) for pattern, licence, holder in licences(COPYRIGHT)}
    assert told["src/animals/panda.jpg"] == ("CC0-1.0", "2012 Ann")
    assert told["*"] == ("GPL-3+", "2015 Somebody")


def test_only_what_is_named_and_free_is_taken(tmp_path):
    found = package(tmp_path, {"moose.png": picture(), "fish.png": picture(), "unnamed.png": picture()})
    assert [(one.name, one.licence, one.holder, one.kind) for one in found] == [
        ("moose", "CC0-1.0", "2012 Ann", "photo")
    ]


def test_drawings_with_holes_and_icons_stay_behind(tmp_path):
    assert package(tmp_path, {"moose.png": picture(mode="RGBA"), "panda.png": picture((40, 40))}) == []


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_are_found_in_a_collection_of_resources(tmp_path, packed):
    held = collection({"panda.png": picture(), "fish.png": picture()}, packed=packed)
    assert [name for name, _ in members(held)] == ["//r/fish.png", "//r/panda.png"]
    assert [one.name for one in package(tmp_path, {"animals.rcc": held})] == ["panda"]


def test_what_is_no_collection_holds_nothing():
    assert list(members(b"\x00" * 40)) == []


def test_a_picture_is_brought_to_a_size_to_learn_from(tmp_path):
    found = package(tmp_path, {"moose.png": picture((1600, 400))})
    assert np.asarray(found[0].image).shape == (250, 1000, 3)
