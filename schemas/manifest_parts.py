"""Manifest parts: the base of every section, and the kinds of value that several sections share."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt
from pydantic_core import PydanticCustomError

from schemas.errors import UsageError
from schemas.licence_terms import SPDX

LOCAL: Final = "local"
"""Stands in a published manifest where a path of this machine stood."""

WITHHELD: Final = "withheld"
"""Stands in a published manifest where a contact or a private address stood."""

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


def _said(what: str) -> PydanticCustomError:
    return PydanticCustomError("said", "{what}", {"what": what})


def nearest(word: str, words: Any) -> str:  # noqa: ANN401  (any collection of str)
    """Return ' (did you mean "...")?' for the likest of `words`; "" where none is alike."""
    by_case = {known.lower(): known for known in sorted(words)}
    close = get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return f' (did you mean "{by_case[close[0]]}"?)' if close else ""


def _known_licence(value: str) -> str:
    if value in SPDX:
        return value
    from schemas.licence import parse_licence

    meant = parse_licence(value).license
    guess = f' (did you mean "{meant}"?)' if meant else nearest(value, SPDX)
    raise _said(f'"{value}" is no licence that bricks knows; SPDX ids such as CC-BY-4.0 or CC0-1.0 are{guess}')


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _said(f'must be a day such as 2026-01-31, not "{value}"') from None


def _many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _reference(value: str) -> str:
    if _SECRET.fullmatch(value):
        return value
    raise _said('must be "${env:NAME}", so that the secret itself stays out of the file')


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise _said(f"is no regular expression: {error}") from None
    return value


Spdx = Annotated[str, AfterValidator(_known_licence), Field(json_schema_extra={"enum": sorted(SPDX)})]
Text = Annotated[str, Field(min_length=1)]
Regex = Annotated[str, AfterValidator(_pattern), Field(json_schema_extra={"format": "regex"})]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=64)]
Repo = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
Revision = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+@[\w./-]+$")]
Url = Annotated[str, Field(pattern=rf"^(https?://[^\s/@]+(/\S*)?|{WITHHELD})$")]
Share = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(ge=0, le=1)]
Secret = Annotated[str, AfterValidator(_reference), Field(json_schema_extra={"pattern": r"^\$\{env:\w+\}$"})]
Plane = Literal["first", "middle", "last"] | Annotated[int, Field(ge=0)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_tuple, json_schema_input_type=list[Text])]
Channels = Annotated[
    tuple[Annotated[int, Field(ge=0)], ...],
    BeforeValidator(_as_tuple, json_schema_input_type=list[Annotated[int, Field(ge=0)]]),
]
Paths = Annotated[
    tuple[Text, ...],
    BeforeValidator(_as_tuple),
    BeforeValidator(_many, json_schema_input_type=Text | list[Text]),
    Field(min_length=1),
]
many = BeforeValidator(_as_tuple)
"""Lets a tuple be given as a list."""


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
