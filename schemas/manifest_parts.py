"""Manifest parts: the base of every section, and the kinds of value that several sections share."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, PositiveInt
from pydantic_core import PydanticCustomError

from schemas.errors import UsageError
from schemas.licence_terms import SPDX

LOCAL: Final = "local"
"""Stands in a published manifest where a path of this machine stood."""

WITHHELD: Final = "withheld"
"""Stands in a published manifest where a contact or a private address stood."""

_PLANES: Final = ("first", "middle", "last")
_SHOWN_CHARACTERS: Final = 60
_MOST_CHARACTERS: Final = 100
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_PINNED: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*@\w[\w./-]*")
_UNPINNED: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*@?")
_SECRET: Final = re.compile(r"\$\{env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")


class Part(BaseModel):
    """A section of the manifest: frozen, strict, and no key but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, serialize_by_alias=True)


class Sample(Part):
    """A part drawn by chance: the same seed draws the same."""

    n: PositiveInt
    """How many are drawn."""
    seed: int = 0


class Withhold:
    """Marks what a published manifest must not tell, and what stands there instead (None: the default)."""

    def __init__(self, instead: Callable[[Any], Any]) -> None:
        self.instead = instead


class SecretMark:
    """Marks the fields where a reference to an environment variable may stand."""


SAID: Final = "said"
"""The type of an error whose message is in plain words already."""


def said(what: str) -> PydanticCustomError:
    """Return an error that says `what` as it stands."""
    return PydanticCustomError(SAID, "{what}", {"what": what})


_PASSWORD = re.compile(r"://[^\s/]*@")


def spoken(value: object) -> str:
    """Return a value of the file as a message shows it."""
    if isinstance(value, str):
        value = _PASSWORD.sub("://\u2026@", value)
        return f'"{value}"' if len(value) <= _SHOWN_CHARACTERS else f'"{value[:_SHOWN_CHARACTERS]}..."'
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else str(value)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the likest of `words`; None where none is alike."""
    by_case = {known.lower(): known for known in sorted(words)}
    close = get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return by_case[close[0]] if close else None


def did_you_mean(word: str | None) -> str:
    """Return ' (did you mean "word"?)'; "" without a word."""
    return f' (did you mean "{word}"?)' if word else ""


def _known_licence(value: str) -> str:
    if value in SPDX:
        return value
    from schemas.licence import parse_licence

    meant = parse_licence(value).license or nearest(value, SPDX)
    raise said(f'"{value}" is no licence bricks knows; write its SPDX id, such as CC-BY-4.0{did_you_mean(meant)}')


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise said(f"must be a day such as 2026-01-31, not {spoken(value)}") from None


def _one_or_many(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(value)
    raise said(f"must be a path or a list of paths, not {spoken(value)}")


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _reference(value: object) -> str:
    if isinstance(value, str) and _SECRET.fullmatch(value):
        return value
    raise said('must be "${env:NAME}", so that the secret itself stays out of the file')


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise said(f"is no regular expression: {error}") from None
    return value


def _plane(value: object) -> str | int:
    if value in _PLANES or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise said(f"must be first, middle, last or a number from 0, not {spoken(value)}")


def _fact(value: object) -> str | int | float | bool:
    if isinstance(value, str | int | float | bool):
        return value
    raise said(f"must be text or a number, not {spoken(value)}")


def shaped(pattern: str, words: str) -> Any:  # noqa: ANN401  (an annotation has no narrower type)
    """Return the type of the texts that match `pattern`; `words` say what it wants."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value):
            return value
        raise said(f"must be {words}, not {spoken(value)}")

    return Annotated[str, AfterValidator(check), Field(json_schema_extra={"pattern": f"^{pattern}$"})]


def _no_device(value: str) -> str:
    if _DEVICE.fullmatch(value):
        raise said(f"must not be a name that some systems keep for a device, such as {spoken(value)}")
    return value


def _published(value: str) -> str:
    """Refuse a dataset of the Hub without its revision; whatever else can't be one is a folder."""
    hub = value.startswith("hub:")
    name = value.removeprefix("hub:")
    if _PINNED.fullmatch(name) or not (hub or _UNPINNED.fullmatch(name)):
        return value
    folder = "" if hub else f"; a folder of this name is ./{name}"
    raise said(f"must be a dataset with its revision, such as org/name@v1, or a folder, not {spoken(value)}{folder}")


def on_the_hub(published: str) -> tuple[str, str] | None:
    """Return repository and revision of a published dataset; None where it is a folder."""
    name = published.removeprefix("hub:")
    repo, _, revision = name.partition("@")
    return (repo, revision) if _PINNED.fullmatch(name) else None


def _address(value: str) -> str:
    """Refuse what looks like an address and is none, such as https://[x or https://host:port."""
    try:
        _ = urlsplit(value).port
    except ValueError:
        raise said(f"must be a web address, such as https://example.org, and {spoken(value)} is none") from None
    return value


if TYPE_CHECKING:
    Slug = str
    Repo = str
    Url = str
    PmcId = str
    PreprintDoi = str
    StudyId = str
    OmeroUrl = str
else:
    Slug = shaped(r"[a-z0-9]+([._-][a-z0-9]+)*", "lower-case letters and digits, parted by single '-', '_' or '.'")
    Repo = shaped(r"[\w.-]+/[\w.-]+", "a repository such as org/name")
    Url = Annotated[
        shaped(
            rf"https?://[^\s/@]+(/\S*)?|{WITHHELD}", "a web address without a password, such as https://example.org"
        ),
        AfterValidator(_address),
    ]
    PmcId = shaped(r"PMC[0-9]+(\.[0-9]+)?", "a PMC id such as PMC11370360")
    PreprintDoi = shaped(
        r"10\.(1101|64898)/[\d.]*\d",
        "the DOI of a preprint of bioRxiv or medRxiv without a version, such as 10.64898/2026.01.02.123456",
    )
    StudyId = shaped(r"idr[0-9]{4}", "a study such as idr0062")
    OmeroUrl = shaped(
        r"(wss?|tcp|ssl)://[\w.-]+(:\d{1,5})?(/[\w./-]*)?", "an address such as wss://example.org/omero-ws"
    )

Name = Annotated[Slug, Field(max_length=_MOST_CHARACTERS), AfterValidator(_no_device)]
"""A name that a folder may have on any system."""

many = BeforeValidator(_as_tuple)
"""Lets a tuple be given as a list."""

Spdx = Annotated[str, AfterValidator(_known_licence), Field(json_schema_extra={"enum": sorted(SPDX)})]
Text = Annotated[str, Field(min_length=1)]
Published = Annotated[Text, AfterValidator(_published)]
"""A published dataset: org/name@revision of the Hub, also with `hub:` before it, or a folder."""
Texts = Annotated[tuple[Text, ...], many]
Index = Annotated[int, Field(ge=0)]
Regex = Annotated[str, AfterValidator(_pattern), Field(json_schema_extra={"format": "regex"})]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
Share = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(ge=0, le=1)]
Secret = Annotated[
    str, PlainValidator(_reference, json_schema_input_type=Annotated[str, Field(pattern=r"^\$\{env:\w+\}$")])
]
Plane = Annotated[str | int, PlainValidator(_plane, json_schema_input_type=Literal["first", "middle", "last"] | Index)]
Facts = dict[
    Text, Annotated[str | int | float | bool, PlainValidator(_fact, json_schema_input_type=str | float | bool)]
]
Paths = Annotated[
    tuple[Text, ...],
    BeforeValidator(_one_or_many, json_schema_input_type=Text | list[Text]),
    Field(min_length=1),
]


def resolve_secret(value: str, environ: Mapping[str, str]) -> str:
    """Return the secret that "${env:NAME}" stands for.

    Raises:
        UsageError: `environ` has no such name.
    """
    found = _SECRET.fullmatch(value)
    if found is None:
        raise UsageError("a secret is not given as ${env:NAME}.", mend="Put it in an environment variable.")
    secret = environ.get(found["name"])
    if not secret:
        raise UsageError(f"the environment has no {found['name']}.", mend=f"Set it: export {found['name']}=...")
    return secret
