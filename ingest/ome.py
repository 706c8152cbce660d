"""OME: the metadata of OME-TIFF and OME-XML, in any schema since 2008, as images with scale and facts.

ome-types reads it (it brings old schemas up to date); before, the XML is parsed without DTD, entities or network,
and what tells of people is cut out, so that no name or address can become a fact.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.lengths import MICRONS, Scale, scale_of
from ingest.ome_modality import Optics, modality_of
from ingest.ome_planes import Block, Order, Place, blocks_of, order_of, place_in
from ingest.ome_reading import believed
from schemas.errors import ArticleError
from schemas.records import Fact, Record

MAX_BYTES = 64 << 20
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_UUID = "urn:uuid:00000000-0000-0000-0000-000000000000"
_MAX_IMAGES = 100_000
_LEFT_OUT = frozenset(
    {"StructuredAnnotations", "ROI", "ROIRef", "Experimenter", "ExperimenterGroup", "ExperimenterRef", "Rights"}
    | {"ExperimenterGroupRef", "AnnotationRef", "Project", "Dataset", "Folder", "FolderRef", "Experiment"}
    | {"ExperimentRef", "BinData", "MicrobeamManipulation", "MicrobeamManipulationRef", "Leader", "Contact", "Group"}
    | {"DatasetRef", "ProjectRef", "GroupRef", "CustomAttributes", "AcquisitionDate", "AcquiredDate"}
)
"""Elements that say nothing of a picture that is used here, or tell of people."""
_ADDRESS = re.compile(r"\S+@\S+\.\w+")
_MAX_DESCRIPTION = 2_000
_NUMBERED = re.compile(r"(?:channel|chan|ch|c)?[\s:_#-]*\d+(?::\d+)*", re.IGNORECASE)
"""Names that say no more than the channel's number."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IMMERSIONS = frozenset({"Oil", "Water", "WaterDipping", "Air", "Multi", "Glycerol"})


class OmeImage(Record):
    """An image as OME describes it."""

    name: str | None
    size_x: int
    size_y: int
    size_z: int
    size_c: int
    size_t: int
    samples: int
    """Samples per pixel of a channel: 3 for RGB."""
    scale: Scale
    facts: tuple[Fact, ...]
    channel_facts: tuple[tuple[Fact, ...], ...]
    optics: tuple[Optics, ...]
    order: Order
    blocks: tuple[Block, ...]

    def place(self, z: int, c: int, t: int) -> Place | None:
        """Return where a plane lies; None where the metadata don't tell."""
        return place_in(self.blocks, self.order.number(z, c, t))


class OmeFile(Record):
    """What a file's metadata say: images, or where these are described."""

    images: tuple[OmeImage, ...]
    companion: str | None = None
    """The file that holds the metadata, where this one has the pixels only (BinaryOnly)."""
    left_out: tuple[str, ...] = ()
    """Values that OME doesn't allow, which count as not given."""


def parse_ome(xml: bytes) -> OmeFile:
    """Return the images that `xml` describes.

    Raises:
        ArticleError: `ome_too_large`, `ome_hostile`, `ome_broken`, `not_ome`.
    """
    root = _parsed(xml)
    only = next((child for child in root if _name(child) == "BinaryOnly"), None)
    if only is not None:
        return OmeFile(images=(), companion=only.get("MetadataFile"))
    people = _people(root)
    _cut(root)
    ome, left_out = believed(root)
    if len(ome.images) > _MAX_IMAGES:
        raise ArticleError("ome_too_large", f"{len(ome.images)} images")
    return OmeFile(images=tuple(_image(ome, image, people) for image in ome.images), left_out=left_out)


def _parsed(xml: bytes) -> Any:  # noqa: ANN401  (lxml's element)
    from lxml import etree

    if len(xml) > MAX_BYTES:
        raise ArticleError("ome_too_large", f"{len(xml)} bytes of metadata")
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise ArticleError("ome_hostile", "the metadata have a DTD")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml if xml[:2] in _UTF_16 else xml.strip(b"\0 \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ArticleError("ome_broken", str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding that hid it above
        raise ArticleError("ome_hostile", "the metadata have a DTD")
    if _name(root) != "OME":
        raise ArticleError("not_ome", f"the root is {_name(root)}")
    return root


def _name(element: Any) -> str:  # noqa: ANN401
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _people(root: Any) -> frozenset[str]:  # noqa: ANN401
    """Return the names of the people in the file, so that no free text that holds one is taken."""
    found = {
        (element.get(key) or (element.text or "")).strip().lower()
        for element in root.iter()
        if _name(element) in {"Experimenter", "FirstName", "LastName", "OMEName", "Email"}
        for key in ("FirstName", "LastName", "UserName", "DisplayName", "Email")
    }
    return frozenset(name for name in found if len(name) > 2)


def _cut(root: Any) -> None:  # noqa: ANN401
    for element in [each for each in root.iter() if _name(each) in _LEFT_OUT]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    for element in root.iter():
        if _name(element) == "UUID" and not _UUID.fullmatch((element.text or "").strip()):
            element.text = _NO_UUID  # what counts of it is the file's name, and one odd id would cost all
    if not _UUID.fullmatch(root.get("UUID", _NO_UUID)):
        del root.attrib["UUID"]


def _image(ome: Any, image: Any, people: frozenset[str]) -> OmeImage:  # noqa: ANN401
    pixels = image.pixels
    channels = list(pixels.channels)
    return OmeImage(
        name=image.name,
        size_x=pixels.size_x,
        size_y=pixels.size_y,
        size_z=pixels.size_z,
        size_c=pixels.size_c,
        size_t=pixels.size_t,
        samples=max((channel.samples_per_pixel or 1 for channel in channels), default=1),
        scale=scale_of(
            pixels.physical_size_x,
            pixels.physical_size_y,
            pixels.physical_size_x_unit.value,
            pixels.physical_size_y_unit.value,
        ),
        facts=(*_description(image.description, people), *_objective(ome, image)),
        channel_facts=tuple(tuple(_channel(channel)) for channel in channels),
        optics=tuple(_optics(channel) for channel in channels),
        order=order_of(pixels),
        blocks=tuple(blocks_of(pixels, order_of(pixels))),
    )


def _description(text: str | None, people: frozenset[str]) -> Iterator[Fact]:
    said = " ".join((text or "").split())
    names_somebody = _ADDRESS.search(said) or any(name in said.lower() for name in people)
    if said and len(said) <= _MAX_DESCRIPTION and not names_somebody:
        yield Fact(name="description", value=said, origin="ome:Image.Description")


def _objective(ome: Any, image: Any) -> Iterator[Fact]:  # noqa: ANN401
    settings = image.objective_settings
    objectives = {one.id: one for instrument in ome.instruments for one in instrument.objectives}
    objective = objectives.get(settings.id) if settings else None
    if objective is None:
        return
    origin = "ome:Objective"
    if objective.model:
        yield Fact(name="objective", value=objective.model, origin=origin)
    if objective.nominal_magnification:
        yield Fact(name="magnification", value=f"{objective.nominal_magnification:g}", unit="x", origin=origin)
    if objective.lens_na:
        yield Fact(name="numerical_aperture", value=f"{objective.lens_na:g}", origin=origin)
    if objective.immersion and objective.immersion.value in _IMMERSIONS:
        yield Fact(name="immersion", value=spoken(objective.immersion.value), origin=origin)


def spoken(value: str) -> str:
    """Return OME's word as people write it.

    >>> spoken("LaserScanningConfocalMicroscopy"), spoken("DIC"), spoken("WaterDipping")
    ('laser scanning confocal microscopy', 'DIC', 'water dipping')
    """
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in _WORDS.findall(value))


def _optics(channel: Any) -> Optics:  # noqa: ANN401
    glows = bool(channel.fluor or channel.emission_wavelength)
    return Optics(
        _word(channel.acquisition_mode), _word(channel.contrast_method), _word(channel.illumination_type), glows
    )


def _word(value: Any) -> str | None:  # noqa: ANN401
    return value.value if value is not None and value.value != "Other" else None


def _channel(channel: Any) -> Iterator[Fact]:  # noqa: ANN401
    named = channel.name if channel.name and not _NUMBERED.fullmatch(channel.name.strip()) else None
    details = [f"fluor {channel.fluor}"] if channel.fluor and channel.fluor != named else []
    for kind in ("excitation", "emission"):
        length = getattr(channel, f"{kind}_wavelength")
        microns = MICRONS.get(getattr(channel, f"{kind}_wavelength_unit").value)
        details += [f"{kind} {round(length * microns * 1e3, 1):g} nm"] if length and microns else []
    if named or details:
        value = f"{named} ({', '.join(details)})" if named and details else named or ", ".join(details)
        yield Fact(name="channel", value=str(value), origin="ome:Channel")


def facts_of(image: OmeImage, channels: Sequence[int] = ()) -> list[Fact]:
    """Return what OME says of the channels that are shown (counted as samples; empty: all) and of the image."""
    chosen = sorted({at // image.samples for at in channels} or range(len(image.optics)))
    there = [at for at in chosen if at < len(image.optics)]
    optics = [image.optics[at] for at in there]
    modality, submodality = modality_of(optics)
    told = [("modality", modality), ("submodality", submodality)]
    facts = [Fact(name=name, value=value, origin="ome:Channel") for name, value in told if value]
    for name, words in (
        ("acquisition_mode", [one.mode for one in optics]),
        ("contrast_method", [one.contrast for one in optics]),
        ("illumination", [one.illumination for one in optics]),
    ):
        facts += [Fact(name=name, value=spoken(word), origin="ome:Channel") for word in dict.fromkeys(words) if word]
    return [*facts, *(fact for at in there for fact in image.channel_facts[at]), *image.facts]
