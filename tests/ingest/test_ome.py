"""OME metadata: scale, facts and places of planes, out of any schema, and nothing of people."""

import contextlib

import pytest

from ingest.lengths import scale_of
from ingest.ome import facts_of, parse_ome, spoken
from ingest.ome_modality import FLUORESCENCE, LIGHT, Optics, modality_of
from schemas.errors import ArticleError

SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


def ome(pixels="", channels="", inside="", before=""):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="{SCHEMA}">{before}<Image ID="Image:0" Name="a">{inside}
<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="10" SizeY="8" SizeZ="3" SizeC="2" SizeT="1" {pixels}>
{channels}<TiffData/></Pixels></Image></OME>""".encode()


def image(**parts):
    return parse_ome(ome(**parts)).images[0]


def facts(**parts):
    return {(fact.name, fact.value) for fact in facts_of(image(**parts))}


@pytest.mark.parametrize(
    ("x", "y", "unit", "expected"),
    [
        (65, 65, "nm", 0.065),
        (0.1, 0.1005, "\u00b5m", 0.10025),
        (0.00003, 0.00003, "cm", 0.3),
        (0.5, 0.6, "\u00b5m", "pixels_not_square"),
        (1, 1, "\u00b5m", "placeholder"),
        (10_000, 10_000, "\u00b5m", "placeholder"),
        (0, 0, "\u00b5m", "placeholder"),
        (float("nan"), 1, "\u00b5m", "placeholder"),
        (3, 3, "pixel", "unit_not_a_length"),
        (3, 3, "reference frame", "unit_not_a_length"),
        (None, 0.1, "\u00b5m", "scale_missing"),
    ],
)
def test_a_pixel_has_a_size_only_where_it_is_believable(x, y, unit, expected):
    scale = scale_of(x, y, unit)
    if isinstance(expected, str):
        assert (scale.microns_per_pixel, scale.reason) == (None, expected)
    else:
        assert scale.microns_per_pixel == pytest.approx(expected, rel=1e-4)


def test_units_of_the_two_directions_may_differ():
    sizes = 'PhysicalSizeX="65" PhysicalSizeXUnit="nm" PhysicalSizeY="0.065" PhysicalSizeYUnit="\u00b5m"'

    assert image(pixels=sizes).scale.microns_per_pixel == pytest.approx(0.065)


@pytest.mark.parametrize("size", ["0.0", "NaN", "-0.5", "INF", "wide"])
def test_a_size_that_ome_does_not_allow_costs_the_scale_only(size):
    told = parse_ome(ome(pixels=f'PhysicalSizeX="{size}" PhysicalSizeY="0.5"', channels='<Channel Name="GFP"/>'))

    assert told.images[0].scale.microns_per_pixel is None
    assert ("channel", "GFP") in {(fact.name, fact.value) for fact in facts_of(told.images[0])}
    assert told.left_out in ((f'Pixels.PhysicalSizeX="{size}"',), ())


@pytest.mark.parametrize("unit", ["\u03bcm", "micron", "um", "\u00b5m"])
def test_a_micrometre_may_be_spelled_in_several_ways(unit):
    sizes = f'PhysicalSizeX="0.5" PhysicalSizeXUnit="{unit}" PhysicalSizeY="500" PhysicalSizeYUnit="nm"'

    assert image(pixels=sizes).scale.microns_per_pixel == 0.5


def test_a_size_of_an_unknown_unit_is_not_taken_for_micrometres():
    told = parse_ome(ome(pixels='PhysicalSizeX="5" PhysicalSizeXUnit="cubit" PhysicalSizeY="5"'))

    assert told.images[0].scale.reason == "scale_missing"
    assert told.left_out == ('Pixels.PhysicalSizeXUnit="cubit"',)


def test_bad_values_of_channels_cost_themselves():
    channels = (
        '<Channel ID="Channel:0:0" Name="GFP" AcquisitionMode="Magic" EmissionWavelength="-3"/>'
        '<Channel ID="Channel:0:1" Name="RFP" EmissionWavelength="600"/>'
    )
    told = parse_ome(ome(channels=channels, inside="<AcquisitionDate>yesterday</AcquisitionDate>"))

    assert {fact.value for fact in facts_of(told.images[0]) if fact.name == "channel"} >= {"RFP (emission 600 nm)"}
    assert told.left_out == ('Channel.AcquisitionMode="Magic"', 'Channel.EmissionWavelength="-3"')


def test_metadata_with_more_nonsense_than_is_worth_reading_are_broken():
    channels = "".join(f'<Channel ID="Channel:0:{at}" EmissionWavelength="-{at + 1}"/>' for at in range(40))

    with pytest.raises(ArticleError, match="20 values and more are nonsense"):
        parse_ome(ome(channels=channels))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'SizeX="10"', b'SizeX="ten"', "Pixels.SizeX says 'ten', which OME doesn't allow. Save the file anew"),
        (b'DimensionOrder="XYCZT"', b"", "Pixels.DimensionOrder is missing. Save the file anew"),
    ],
)
def test_broken_metadata_are_told_in_one_line(old, new, said):
    with pytest.raises(ArticleError) as caught:
        parse_ome(ome().replace(old, new))

    assert caught.value.detail.startswith(said)
    assert "\n" not in caught.value.detail
    assert "http" not in caught.value.detail


def test_channels_and_objective_become_facts_with_their_origin():
    channels = (
        '<Channel ID="Channel:0:0" Name="nuclei" Fluor="DAPI" ExcitationWavelength="405" EmissionWavelength="450"'
        ' AcquisitionMode="SpinningDiskConfocal" IlluminationType="Epifluorescence" ContrastMethod="Fluorescence"/>'
        '<Channel ID="Channel:0:1" Name="Channel 1" AcquisitionMode="SpinningDiskConfocal"'
        ' IlluminationType="Epifluorescence"/>'
    )
    before = (
        '<Instrument ID="Instrument:0"><Objective ID="Objective:0" Model="Plan Apo" NominalMagnification="63"'
        ' LensNA="1.4" Immersion="Oil"/></Instrument>'
    )
    inside = '<InstrumentRef ID="Instrument:0"/><ObjectiveSettings ID="Objective:0"/>'
    told = facts_of(image(channels=channels, before=before, inside=inside))

    assert {(fact.name, fact.value, fact.unit, fact.origin) for fact in told} == {
        ("modality", "fluorescence microscopy", None, "ome:Channel"),
        ("submodality", "confocal microscopy", None, "ome:Channel"),
        ("acquisition_mode", "spinning disk confocal", None, "ome:Channel"),
        ("contrast_method", "fluorescence", None, "ome:Channel"),
        ("illumination", "epifluorescence", None, "ome:Channel"),
        ("channel", "nuclei (fluor DAPI, excitation 405 nm, emission 450 nm)", None, "ome:Channel"),
        ("objective", "Plan Apo", None, "ome:Objective"),
        ("magnification", "63", "x", "ome:Objective"),
        ("numerical_aperture", "1.4", None, "ome:Objective"),
        ("immersion", "oil", None, "ome:Objective"),
    }


def test_only_the_channels_that_are_shown_are_told():
    channels = (
        '<Channel ID="Channel:0:0" Name="GFP" ContrastMethod="Fluorescence"/>'
        '<Channel ID="Channel:0:1" Name="light" ContrastMethod="Phase" IlluminationType="Transmitted"/>'
    )
    both = image(channels=channels)

    assert not [fact for fact in facts_of(both) if fact.name == "modality"]
    assert ("submodality", "phase contrast microscopy") in {(f.name, f.value) for f in facts_of(both, [1])}
    assert ("channel", "GFP") not in {(f.name, f.value) for f in facts_of(both, [1])}


@pytest.mark.parametrize(
    ("optics", "expected"),
    [
        (Optics("WideField", None, "Epifluorescence", glows=False), (FLUORESCENCE, "epifluorescence microscopy")),
        (Optics("WideField", None, None, glows=False), (None, None)),
        (Optics("LaserScanningConfocalMicroscopy", None, None, glows=False), (None, None)),
        (Optics("LaserScanningConfocalMicroscopy", None, None, glows=True), (FLUORESCENCE, "confocal microscopy")),
        (Optics("LaserScanningConfocalMicroscopy", "DIC", "Transmitted", glows=False), (None, None)),
        (Optics(None, "DIC", "Transmitted", glows=False), (LIGHT, "differential interference contrast microscopy")),
        (Optics("FluorescenceLifetime", "Brightfield", "Oblique", glows=True), (None, None)),
        (Optics("STED", None, None, glows=False), (FLUORESCENCE, "STED microscopy")),
    ],
)
def test_the_modality_is_told_only_where_it_is_certain(optics, expected):
    assert modality_of([optics]) == expected


def test_people_never_become_facts():
    before = '<Experimenter ID="Experimenter:0" FirstName="Ada" LastName="Byron" Email="ada@example.org"/>'
    inside = "<Description>{}</Description>"

    assert ("description", "Actin at the edge") in facts(inside=inside.format("Actin at\n the edge"), before=before)
    for said in ("Taken by A. Byron", "write to x@example.org", "for ada"):
        assert not facts(inside=inside.format(said), before=before)


def test_old_schemas_are_read():
    old = b"""<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2010-06">
<Image ID="Image:0" Name="a"><AcquiredDate>2010-02-23T12:51:30</AcquiredDate>
<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="6" SizeY="4" SizeZ="1" SizeC="1" SizeT="1"
PhysicalSizeX="0.25" PhysicalSizeY="0.25"><Channel ID="Channel:0:0" AcquisitionMode="WideField"/><TiffData/></Pixels>
</Image></OME>"""

    assert parse_ome(old).images[0].scale.microns_per_pixel == 0.25


def test_a_file_of_pixels_only_names_its_companion():
    only = f'<OME xmlns="{SCHEMA}"><BinaryOnly MetadataFile="a.companion.ome" UUID="urn:uuid:1"/></OME>'

    assert (parse_ome(only.encode()).images, parse_ome(only.encode()).companion) == ((), "a.companion.ome")


def test_metadata_without_an_image_are_no_error():
    assert parse_ome(f'<OME xmlns="{SCHEMA}"/>'.encode()).images == ()


def test_planes_are_found_where_the_metadata_say():
    data = '<TiffData FirstZ="1" FirstC="1" IFD="4" PlaneCount="2"><UUID FileName="b.tif">urn:uuid:2</UUID></TiffData>'
    channels = '<Channel ID="Channel:0:0"/><Channel ID="Channel:0:1"/>'
    told = parse_ome(ome(channels=channels).replace(b"<TiffData/>", data.encode())).images[0]

    assert told.place(1, 1, 0) == ("b.tif", 4)
    assert told.place(2, 0, 0) == ("b.tif", 5)
    assert told.place(0, 0, 0) is None


def test_billions_of_planes_in_a_few_words_cost_nothing():
    many = ome().replace(b'SizeT="1"', b'SizeT="2000000000"').replace(b'SizeZ="3"', b'SizeZ="2000000000"')

    assert parse_ome(many).images[0].place(1_999_999_999, 1, 1_999_999_999).page == 8 * 10**18 - 1


BOMB = b'<!DOCTYPE OME [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><OME><Image Name="&b;"/></OME>'


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (BOMB, "ome_hostile"),
        (BOMB.decode().encode("utf-16"), "ome_hostile"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><OME/>', "ome_hostile"),
        (b"<OME>", "ome_broken"),
        (b"", "ome_broken"),
        (b"\xff\xfe\x00", "ome_broken"),
        (b"<html/>", "not_ome"),
        (ome().replace(b'SizeX="10"', b'SizeX="ten"'), "ome_broken"),
        (b"<OME>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</OME>", "ome_broken"),
    ],
    ids=["entities", "entities in UTF-16", "external", "cut", "empty", "noise", "html", "no number", "deep"],
)
def test_what_is_hostile_or_broken_says_why(xml, reason):
    with pytest.raises(ArticleError) as caught:
        parse_ome(xml)
    assert caught.value.reason == reason


def test_an_odd_element_says_nothing_on_the_side(caplog, capfd):
    xml = ome().replace(b"<TiffData/>", b'<TiffData/><Plane TheZ="0" TheT="0" TheC="0"><Odd/></Plane><Odder>1</Odder>')
    with contextlib.suppress(ArticleError):
        parse_ome(xml)

    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_words_are_spoken_as_people_write_them():
    assert [spoken(word) for word in ("TIRF", "WideField", "MultiPhotonMicroscopy")] == [
        "TIRF",
        "wide field",
        "multi photon microscopy",
    ]
