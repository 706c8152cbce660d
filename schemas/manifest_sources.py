"""Manifest sources: where figures and images come from, one model a type."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    SerializeAsAny,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schemas import plugins
from schemas.manifest_parts import (
    LOCAL,
    WITHHELD,
    Day,
    Facts,
    Index,
    OmeroUrl,
    Part,
    Paths,
    Plane,
    PmcId,
    PreprintDoi,
    Regex,
    Sample,
    Secret,
    SecretMark,
    Slug,
    Spdx,
    StudyId,
    Text,
    Texts,
    Url,
    Withhold,
    many,
)
from schemas.manifest_rules import refuse, source_rules
from schemas.mask_layouts import MaskLayout

PMC_CLOUD_URL = "https://pmc-oa-opendata.s3.amazonaws.com/"
PMC_EUTILS_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

BIORXIV_API_URL = "https://api.biorxiv.org/"
IDR_URL = "https://idr.openmicroscopy.org/"
IDR_ZARR_URL = "https://livingobjects.ebi.ac.uk/idr/zarr/"
IDR_OMERO_URL = "wss://idr.openmicroscopy.org/omero-ws"
EUROPEPMC_URL = "https://www.ebi.ac.uk/europepmc/webservices/rest/"

_local = Withhold(lambda _: LOCAL)
_default = Withhold(lambda _: None)
_LocalPaths = Annotated[Paths | None, _local]


class SourceSettings(Part):
    """What every source takes."""

    limit: PositiveInt | None = None
    """At most so many articles, images, entries or files."""
    sample: Sample | None = None
    """Only a part of what is found, drawn by chance."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        refuse(source_rules(self.model_dump(exclude_unset=True, exclude_none=True)))
        return self


class PmcSource(SourceSettings):
    """PubMed Central: exactly one of path, ids, query or since; since with query is a window of dates."""

    type: Literal["pmc"]
    path: _LocalPaths = None
    """Article folders, PMC packages (.tar.gz), zips, or bare JATS with the images beside it."""
    ids: Annotated[tuple[PmcId, ...], many, Field(min_length=1)] | None = None
    """PMC ids with their prefix: PMC11370360; with a version: PMC11370360.1."""
    query: Text | None = None
    """A query as PMC's search takes it."""
    since: Day | None = None
    """The first day; alone: what is new or changed since then, by PMC's inventory."""
    until: Day | None = None
    """The last day."""
    cloud_url: Annotated[Url, _default] = PMC_CLOUD_URL
    """The PMC Cloud Service, or a mirror of it."""
    eutils_url: Annotated[Url, _default] = PMC_EUTILS_URL
    """The E-utilities, or a mirror of them."""
    api_key: Annotated[Secret | None, SecretMark(), _default] = None
    """NCBI's key for ten requests a second, as ${env:NAME}."""


class BiorxivSource(SourceSettings):
    """Preprints of bioRxiv and medRxiv: exactly one of path, dois or since."""

    type: Literal["biorxiv"]
    path: _LocalPaths = None
    """MECA archives or folders; patterns such as meca/*.meca are taken."""
    server: Literal["biorxiv", "medrxiv"] = "biorxiv"
    dois: Annotated[tuple[PreprintDoi, ...], many, Field(min_length=1)] | None = None
    """DOIs of preprints, without a version."""
    since: Day | None = None
    """The first day of posting."""
    until: Day | None = None
    """The last day; left out: today."""
    categories: Texts = ()
    """Only these categories, such as cell biology; empty: all."""
    versions: Literal["newest", "all"] = "newest"
    """With since, of those days."""
    route: Annotated[tuple[Literal["bucket", "web", "pmc"], ...], many, Field(min_length=1)] = (
        "bucket",
        "web",
        "pmc",
    )
    """Ways to the files, tried in this order."""
    api_url: Annotated[Url, _default] = BIORXIV_API_URL
    """The API of both servers, or a mirror of it."""
    web_url: Annotated[Url | None, _default] = None
    """The server's website; left out: its own."""
    bucket_url: Annotated[Url | None, _default] = None
    """Where the bucket is served; left out: Amazon S3."""
    europepmc_url: Annotated[Url, _default] = EUROPEPMC_URL
    """Europe PMC, or a mirror of it."""
    cloud_url: Annotated[Url, _default] = PMC_CLOUD_URL
    """The PMC Cloud Service, or a mirror of it."""
    seconds_between_pages: PositiveFloat = 7
    """How long the website is left alone between two requests; its robots.txt asks for 7 s."""


class IdrSource(SourceSettings):
    """The Image Data Resource: exactly one of path or studies."""

    type: Literal["idr"]
    path: _LocalPaths = None
    """Folders of study files, with pictures if there are any; read without the network."""
    studies: Annotated[tuple[StudyId, ...], many, Field(min_length=1)] | None = None
    """Studies such as idr0062."""
    images_per_study: PositiveInt | None = None
    """At most so many images of each study, spread evenly over its plates or datasets; left out: all."""
    pixels: Literal["rendered", "zarr", "omero"] = "rendered"
    """Where the pixels come from: IDR's own rendering, its OME-Zarr, or the raw planes of its OMERO."""
    level: Index | None = None
    """Resolution level for zarr; 0 is the finest."""
    plane: Plane | None = None
    """Which section of a stack; left out: the middle one, at the first time point."""
    channels: Annotated[tuple[Index, ...], many] | None = None
    """Which channels, counted from 0, for zarr and omero."""
    url: Annotated[Url, _default] = IDR_URL
    """IDR, or a mirror of it."""
    zarr_url: Annotated[Url, _default] = IDR_ZARR_URL
    """IDR's OME-Zarr store, or a mirror of it."""
    omero_url: Annotated[OmeroUrl, _default] = IDR_OMERO_URL
    """Where IDR's OMERO listens."""
    per_second: Annotated[PositiveFloat, _default] = 1.5
    """Requests a second; IDR itself gets two at most."""


class _Notebook(SourceSettings):
    """What the sources of notebook entries share."""

    license: Spdx | None = None
    """The owner's licence for all entries; an exporter's default is no consent."""
    attribution: Text | None = None
    """Whom to name."""
    row_schema: Annotated[Annotated[Text | None, Field(alias="schema")], Withhold(lambda _: LOCAL)] = None
    """A JSON Schema file that each entry must satisfy."""
    contract: Literal["evolve", "freeze", "discard_row", "discard_value"] = "discard_row"
    """What happens to an entry that breaks the schema."""
    keep_fields: Texts = ()
    """Fields that hold no person, whatever they are called: `Acquired by` where the lab writes a microscope there."""


class ElnSource(_Notebook):
    """Exports of electronic lab notebooks (.eln)."""

    type: Literal["eln"]
    path: Annotated[Paths, _local]
    signing_keys: _LocalPaths = None
    """Files of minisign public keys; an export that none of them signed is refused."""


class ElabftwSource(_Notebook):
    """A running eLabFTW: what its key may read."""

    type: Literal["elabftw"]
    url: Annotated[Url, Withhold(lambda _: WITHHELD)]
    key: Annotated[Secret, SecretMark(), Withhold(lambda _: "${env:WITHHELD}")]
    """The API key, as ${env:NAME}."""
    entities: Annotated[tuple[Literal["experiments", "items"], ...], many, Field(min_length=1)] = ("experiments",)
    """Experiments, items (resources), or both."""
    tags: Texts = ()
    """Only entries with one of these tags; empty: all."""
    categories: Texts = ()
    """Only entries of these categories, by name or number; empty: all."""
    since: Day | None = None
    """The first day, by the entry's own date."""
    until: Day | None = None
    """The last day, by the entry's own date."""
    modified_since: Day | None = None
    """Only entries that were changed on this day or later."""
    per_second: Annotated[PositiveFloat, _default] = 2
    """Requests a second."""


class RspaceSource(_Notebook):
    """A running RSpace: what its key may read and export."""

    type: Literal["rspace"]
    url: Annotated[Url, Withhold(lambda _: WITHHELD)]
    key: Annotated[Secret, SecretMark(), Withhold(lambda _: "${env:WITHHELD}")]
    """The API key, as ${env:NAME}."""
    tags: Texts = ()
    """Only documents with one of these tags; empty: all."""
    modified_since: Day | None = None
    """Only documents that were changed on this day or later."""
    per_second: Annotated[PositiveFloat, _default] = 1
    """Requests a second."""


class ImagesSource(SourceSettings):
    """A folder of images: OME-TIFF, OME-Zarr, TIFF, PNG."""

    type: Literal["images"]
    path: Annotated[Paths, _local]
    license: Spdx
    attribution: Text | None = None
    plane: Plane = "middle"
    """Which plane of a stack."""
    channels: Annotated[tuple[Index, ...], many] | None = None
    """Which channels, counted from 0; all if left out."""
    labels: Annotated[Text | None, Withhold(lambda value: value if value == "folder" else LOCAL)] = None
    """A CSV file, or `folder`: the name of the folder is the label."""
    metadata: Facts = Field(default={})
    """Facts that hold for every image."""
    group: Regex | None = None
    """A pattern over the path; what its group `group` finds is never parted by a split."""


class MasksSource(SourceSettings, MaskLayout):
    """Images with segmentation masks: a preset, or format with images and masks."""

    type: Literal["masks"]
    path: Annotated[Paths, _local]
    preset: Slug | None = None
    """A public set whose layout, licence and citation are known, such as livecell."""
    dataset: Text | None = None
    """The set's name; left out: the preset's, or that of the folder."""
    license: Spdx | None = None
    """Of all images; beside a preset only a stricter one, or the one that the preset doesn't know."""
    attribution: Text | None = None


def _of_a_plugin(value: object, built_in: ValidatorFunctionWrapHandler) -> object:
    """Return the entry of a source by its plug-in's own model, where its type is none of bricks'."""
    kind = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    if not isinstance(kind, str) or kind in plugins.BUILT_IN["connector"]:
        return built_in(value)
    found = plugins.plugin("connector", kind)
    if found is None:
        return built_in(value)
    if found.described is None:
        raise PydanticCustomError(
            plugins.BROKEN, "{what}", {"what": f"the plug-in {found.told} can't be used: {found.why_not}"}
        )
    return found.described.source.model_validate(value)


Source = Annotated[
    PmcSource | BiorxivSource | IdrSource | ElnSource | ElabftwSource | RspaceSource | ImagesSource | MasksSource,
    Field(discriminator="type"),
    SerializeAsAny(),
    WrapValidator(_of_a_plugin),
]
"""An entry of `sources`. What a plug-in brings is a SourceSettings that isn't named here: the JSON Schema that ships
is the same whatever is installed."""
