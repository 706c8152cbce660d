"""Manifest sections: what is done with what the sources bring, one model a section."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    Field,
    PlainSerializer,
    PlainValidator,
    PositiveFloat,
    PositiveInt,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from schemas import plugins
from schemas.manifest_parts import (
    LOCAL,
    WITHHELD,
    Index,
    Part,
    Published,
    Rate,
    Repo,
    Secret,
    SecretMark,
    Share,
    Slug,
    Text,
    Texts,
    Url,
    Withhold,
    did_you_mean,
    many,
    nearest,
    on_the_hub,
    said,
    spoken,
)

_default = Withhold(lambda _: None)


class Kinds(Part):
    """Which panel kinds go on."""

    keep: Annotated[tuple[Text, ...], many, Field(min_length=1)]
    threshold: Rate = 0.8
    """The confidence from which a kind is believed."""


class Dedup(Part):
    """How alike two pictures must be to count as one."""

    bits: Literal[64, 256] = 64
    """Length of the perceptual hash."""
    max_distance: Index = 6
    """Bits in which two hashes may differ."""
    orientations: bool = True
    """Also turned and mirrored copies."""
    crops: bool = True
    """Also cut-outs and insets."""


def is_a_folder(model: str) -> bool:
    """Return whether a model lies on this machine: what looks like org/name is on the Hub."""
    return model.startswith((".", "/", "~")) or model.count("/") > 1 or "\\" in model


class Encoder(Part):
    """An image encoder of your choice, which tells what looks alike."""

    model: Annotated[Text, Withhold(lambda model: LOCAL if is_a_folder(model) else model)]
    """A model that `transformers.AutoModel` loads: of the Hub, as google/siglip2-base-patch16-224, or ./a-folder."""
    revision: Text | None = None
    """The model's revision, pinned."""
    min_cosine: Rate = 0.95
    """How alike two pictures must look to count; what that means, each encoder has its own idea."""


ONTOLOGIES = ("FBbi", "NCBITaxon", "UBERON", "CL", "GO_CC", "ChEBI", "BTO", "EFO", "CMPO", "PATO", "EDAM-bioimaging")
"""What can be asked for by name."""


def _ontology(value: object) -> str | dict[str, str]:
    if isinstance(value, str) and (value in (*ONTOLOGIES, LOCAL) or any(mark in value for mark in "/\\.")):
        return value
    if isinstance(value, str):
        meant = did_you_mean(nearest(value, ONTOLOGIES))
        raise said(f"must be a file or one of {', '.join(ONTOLOGIES)}, not {spoken(value)}{meant}")
    if isinstance(value, dict) and value and all(isinstance(text, str) for text in (*value, *value.values())):
        return value
    raise said(f"must be a name, or a name with its file such as {{CL: onto/cl.obo}}, not {spoken(value)}")


Ontology = Annotated[str | dict[str, str], PlainValidator(_ontology, json_schema_input_type=Text | dict[str, Text])]


def given_by(asked: Iterable[str | Mapping[str, str]]) -> Iterator[tuple[int, str]]:
    """Yield the names and files of ontologies, each with its place in `asked`: a name with its file gives the file."""
    for at, entry in enumerate(asked):
        yield from ((at, given) for given in (entry.values() if isinstance(entry, Mapping) else (entry,)))


HUB = "hub:"
"""What the name of a dataset on the Hub begins with."""


def _public_names(values: tuple[Any, ...]) -> list[Any]:
    """Return ontologies or benchmarks without the files of this machine."""
    return [
        dict.fromkeys(value, LOCAL)
        if isinstance(value, Mapping)
        else value
        if value.startswith(HUB) or not any(mark in value for mark in "/\\.")
        else LOCAL
        for value in values
    ]


class CurationSettings(Part):
    """What stays, and what is found out about it."""

    min_short_side_px: PositiveInt = 96
    """Pictures whose shorter side is smaller are dropped."""
    languages: Texts = ()
    """Languages of captions, such as en; empty: all."""
    kinds: Kinds | None = None
    """Left out: every kind goes on."""
    panels: bool = True
    """Whether compound figures are split."""
    detector: Text | None = None
    """Your own detector of panels, as package.module:function; left out: bricks' own."""
    ontologies: Annotated[Annotated[tuple[Ontology, ...], many], Withhold(_public_names)] = ()
    """Names of built indexes, or files: {CL: onto/cl.obo}; the curated table always."""
    dedup: Dedup = Dedup()
    decontaminate: Annotated[Texts, Withhold(_public_names)] = ()
    """Hash lists, folders of pictures or hub: names that the dataset must not overlap with."""
    encoder: Encoder | None = None
    """Also tells, apart from copies, which panels look like a benchmark's pictures."""


class Budget(Part):
    """Where captioning stops, to be resumed."""

    gpu_hours: PositiveFloat


def _of_a_plugin(value: object, built_in: ValidatorFunctionWrapHandler) -> object:
    """Return the name of a captioner, where it is that of a plug-in."""
    found = plugins.plugin("captioner", value) if isinstance(value, str) and value not in _BACKENDS else None
    if found is None:
        return built_in(value)
    if found.described is None:
        raise said(f"the plug-in {found.told} can't be used: {found.why_not}")
    return value


_BACKENDS: Final = ("openai", "metadata")
if TYPE_CHECKING:
    _Backend = str
else:  # the JSON Schema that ships is the same whatever is installed
    _Backend = Annotated[
        Literal["openai", "metadata"], WrapValidator(_of_a_plugin), PlainSerializer(str, return_type=str)
    ]


class CaptioningSettings(Part):
    """Words from evidence: the embedded default (metadata), or any OpenAI-compatible server."""

    backend: _Backend = "metadata"
    endpoints: Annotated[Annotated[tuple[Url, ...], many], Withhold(lambda value: [WITHHELD] if value else None)] = ()
    """Base addresses, such as http://127.0.0.1:8000/v1."""
    key: Annotated[Secret | None, SecretMark(), _default] = None
    """The servers' API key, as ${env:NAME}."""
    model: Text | None = None
    revision: Text | None = None
    """The model's revision, pinned; part of the cache key."""
    prompt: Text = "detailed-v1"
    image_side_px: PositiveInt = 1024
    """Pictures are sent with their longer side at most this."""
    shared_folder: Annotated[Text | None, _default] = None
    """A folder that the servers see too: pictures lie there while they are asked about, instead of in the request."""
    gpus_per_endpoint: PositiveInt = 1
    """What a GPU-hour of the budget is counted by."""
    max_tokens: PositiveInt = 512
    max_model_len: PositiveInt = 8192
    """Tokens of picture, words and answers together, as the server has it; facts are cut to fit."""
    budget: Budget | None = None


Task = Literal[
    "modality",
    "submodality",
    "domain",
    "subdomain",
    "stain",
    "organism",
    "tissue",
    "cell_type",
    "organelle",
    "label",
    "counting",
    "object_class",
    "localization",
    "relative_position",
    "touching",
    "extreme_size",
    "area_fraction",
    "scale",
    "size",
    "scale_bar",
    "field_of_view",
    "cognition",
]
"""What can be asked about a panel; counting, localization and scale stand for several tasks."""


class QuestionSettings(Part):
    """Multiple-choice questions made from facts."""

    per_panel: PositiveInt = 4
    """At most so many about a panel."""
    tasks: Annotated[tuple[Task, ...], many, Field(min_length=1)] = ("modality", "stain", "organism")
    none_of_the_above: Rate = 0.15
    """Share of the questions whose right answer is "none of the above"."""
    seed: int = 17
    """What options, their order and the choice of questions are drawn by."""


class Queue(Part):
    """What a reviewer is asked."""

    name: Slug
    origin: Annotated[
        Literal["duplicates", "panels", "subcaptions", "kinds", "licenses", "tags", "captions", "questions"],
        Field(alias="from"),
    ]
    """What is asked about."""
    sample: PositiveInt | None = None
    """How many are drawn; all if left out."""
    strata: Texts = ()
    """Columns that the sample is balanced over."""
    require: Rate | None = None
    """Share of right answers below which publishing is refused."""


class ReviewSettings(Part):
    """The reviewers' queues."""

    queues: Annotated[tuple[Queue, ...], many] = ()


def _public_dataset(value: str | None) -> str | None:
    """Return the dataset without a folder of this machine."""
    return value if value is None or on_the_hub(value) else LOCAL


class SplitSettings(Part):
    """How rows are divided; families are never parted."""

    by: Literal["family"] = "family"
    test: Share = 0.05
    validation: Share = 0.05
    seed: int = 17
    keep: Annotated[Published | None, Withhold(_public_dataset)] = None
    """A published dataset whose splits are inherited: org/name@v1, or a folder that holds one."""


class PublishSettings(Part):
    """Where the dataset goes."""

    repo: Repo
    private: bool = True
    subsets: Annotated[tuple[Literal["commercial", "noncommercial"], ...], many, Field(min_length=1)] = (
        "commercial",
        "noncommercial",
    )


class ErrorSettings(Part):
    """When a run counts as failed."""

    max_failure_rate: Rate = 0.05
    """Share of items that may fail for reasons of the network or of broken files."""
