"""Picture persons: names and addresses in the metadata of picture files are found without decoding a pixel."""

import io

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from publishing.picture_persons import persons_in_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
OME = '<OME xmlns="x"><Experimenter ID="E:0" FirstName="Ada" Email="ada@example.org"/></OME>'


def saved(form, **said):
    out = io.BytesIO()
    Image.fromarray(PIXELS).save(out, form, **said)
    return out.getvalue()


def png(*, packed=False, unicode=False, **texts):
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        add = info.add_itxt if unicode else info.add_text
        add(name, text, zip=packed)
    return saved("PNG", pnginfo=info)


def exif(tag, text):
    told = Image.Exif()
    told[tag] = text
    return told


def tiff(**said):
    out = io.BytesIO()
    tifffile.imwrite(out, PIXELS, **{"metadata": None, **said})
    return out.getvalue()


@pytest.mark.parametrize("more", [{}, {"packed": True}, {"unicode": True}, {"unicode": True, "packed": True}])
def test_the_texts_of_a_png(more):
    assert persons_in_picture(png(Author="Ada", **more)) == [("Author", "author")]
    found = persons_in_picture(png(Comment="ada@example.org 0000-0002-1825-0097", **more))
    assert found == [("Comment", "email"), ("Comment", "orcid")]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize(("tag", "found"), [(315, ("Artist", "author")), (33432, ("Copyright", "copyright"))])
def test_the_exif_of_every_form(form, tag, found):
    assert persons_in_picture(saved(form, exif=exif(tag, "Ada Lovelace"))) == [found]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize(("tag", "name"), [(269, "DocumentName"), (285, "PageName"), (316, "HostComputer")])
def test_the_names_of_a_document_a_page_and_a_computer(form, tag, name):
    for said in ("Ada Lovelace", "/home/ada/cells.tif", r"C:\Users\ada"):
        assert persons_in_picture(saved(form, exif=exif(tag, said))) == [(name, "experimenter")]
    assert (name, "email") in persons_in_picture(saved(form, exif=exif(tag, "ada@example.org")))
    assert persons_in_picture(saved(form, exif=exif(tag, "cells_01.tif"))) == []


@pytest.mark.parametrize("fill", [1, 2, 3, 1_000])
def test_a_jpeg_whose_markers_are_filled_up(fill):
    blob = saved("JPEG", comment=b"mail ada@example.org")
    for marker in (b"\xff\xe0", b"\xff\xfe"):
        blob = blob.replace(marker, b"\xff" * fill + marker, 1)
    assert persons_in_picture(blob) == [("Comment", "email")]


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_the_ome_xml_of_a_tiff(bigtiff, byteorder):
    out = io.BytesIO()
    tifffile.imwrite(out, PIXELS, description=OME, metadata=None, bigtiff=bigtiff, byteorder=byteorder)
    assert persons_in_picture(out.getvalue()) == [("ImageDescription", "email"), ("ImageDescription", "experimenter")]


def test_the_comment_and_xmp_of_a_jpeg():
    assert persons_in_picture(saved("JPEG", comment=b"mail ada@example.org")) == [("Comment", "email")]
    xmp = b"<x:xmpmeta><dc:creator><rdf:li>Ada</rdf:li></dc:creator></x:xmpmeta>"
    assert persons_in_picture(saved("JPEG", xmp=xmp)) == [("XMP", "author")]


def test_a_picture_that_names_nobody_is_not_listed():
    plain = [saved("PNG"), saved("JPEG"), saved("TIFF"), tiff(description="Gain: 5"), png(Software="ImageJ 1.54")]
    assert [persons_in_picture(blob) for blob in plain] == [[]] * 5
    assert persons_in_picture(tiff(description='<Experimenter ID="E:0"/>')) == []


@given(st.sampled_from([png(Author="Ada"), saved("JPEG", comment=b"x"), tiff(description=OME)]), st.data())
def test_a_bent_file_costs_nothing(blob, data):
    bent = bytearray(blob[: data.draw(st.integers(4, len(blob)))])
    for _ in range(3):
        bent[data.draw(st.integers(4, len(bent) - 1) if len(bent) > 4 else st.just(0))] = data.draw(st.integers(0, 255))
    assert isinstance(persons_in_picture(bytes(bent)), list)
