"""Ontologies: fetched from where they are published, pinned by digest, and built into one index.

The network is not spoken to here: the caller hands in a function that fetches an address.
"""

import shutil
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from curation.lexicons import INDEX
from curation.ontology_rules import BY_NAME
from curation.pinned import PUBLISHED, Published
from curation.term_index import Edition, editions, index_file, read_index, sha256_of, write_index
from pipeline.workspace import write_json
from schemas.errors import OntologyError, UsageError
from schemas.records import Record, Sha256

PINS = "pins.json"


class Pin(Record):
    """Which bytes of an ontology were fetched, from where and when."""

    url: str
    file: str
    sha256: Sha256
    size_bytes: int
    retrieved_at: str


_PINS = TypeAdapter(dict[str, Pin])
"""Which edition of each ontology lies in the folder: address, digest, size, day."""


class Fetched(Protocol):
    """A file that came over the network."""

    @property
    def sha256(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def retrieved_at(self) -> datetime: ...
    @property
    def body(self) -> Path: ...


Fetch = Callable[[str], Fetched]
"""Returns the file at an address, or raises a SourceError."""


def named(names: Sequence[str], published: Iterable[Published] = PUBLISHED) -> list[Published]:
    """Return where the ontologies that are named are published; all of them where none is.

    Raises:
        UsageError: a name that is none.
    """
    known = {each.name: each for each in published}
    for name in names:
        if name not in known:
            raise UsageError("no ontology has this name", where=name, mend=f"Use one of {', '.join(known)}.")
    return [known[name] for name in names or known]


def act(action: str, folder: Path, names: Sequence[str], fetcher: Callable[[], Fetch]) -> list[dict[str, Any]]:
    """Pull, build or list ontologies, and return a row for each.

    Raises:
        UsageError: another action, or a name that is none.
    """
    wanted = named(names)
    if action == "pull":
        return pull(folder, wanted, fetcher())
    if action == "build":
        return [edition.model_dump() for edition in build(folder, wanted)]
    if action == "list":
        return listed(folder)
    raise UsageError(f"no action is called {action!r}.", where="ontologies", mend="Use pull, build or list.")


def pull(folder: Path, wanted: Iterable[Published], fetch: Fetch) -> list[dict[str, Any]]:
    """Fetch ontologies into a folder and pin what came; return a row for each that came or was here."""
    return [_pulled(folder, each, fetch) for each in wanted]


def _pulled(folder: Path, each: Published, fetch: Fetch) -> dict[str, Any]:
    pins = _pins(folder)
    place = folder / each.file
    pin = pins.get(each.name)
    if pin and place.is_file() and sha256_of(place) == pin.sha256:
        return {"name": each.name, **pin.model_dump(), "new": False}
    came = fetch(each.url)
    folder.mkdir(parents=True, exist_ok=True)
    half = place.with_name(f".{place.name}.half")
    shutil.copyfile(came.body, half)
    half.replace(place)
    when = came.retrieved_at.isoformat()
    pin = Pin(url=each.url, file=each.file, sha256=came.sha256, size_bytes=came.size_bytes, retrieved_at=when)
    write_json(folder / PINS, {name: one.model_dump() for name, one in {**pins, each.name: pin}.items()})
    return {"name": each.name, **pin.model_dump(), "new": True}


def build(folder: Path, wanted: Iterable[Published]) -> list[Edition]:
    """Build the index of the ontologies that were pulled or put into a folder; those built before stay in it.

    Raises:
        UsageError: none of them is there.
        OntologyError: a file isn't the one that was pinned, or can't be read.
    """
    pins = _pins(folder)
    terms, made = [], []
    for each in wanted:
        place = _place(folder, each)
        if place is None:
            continue
        _refuse_other(place, pins.get(each.name))
        found, edition = index_file(place)
        if edition.name != each.name:
            raise OntologyError("wrong_ontology", f"holds {edition.name}, not {each.name}", where=str(place))
        terms += found
        made.append(edition)
    if not made:
        raise UsageError("no ontology is here", where=str(folder), mend="`bricks ontologies pull` fetches them.")
    kept = _built(folder, {edition.name for edition in made})
    others = read_index(folder / INDEX, [edition.name for edition in kept]) if kept else []
    write_index(folder / INDEX, [*others, *terms], [*kept, *made])
    return made


def _built(folder: Path, but: Container[str]) -> list[Edition]:
    """Return what an index holds beside some ontologies; nothing where it is none of this version."""
    try:
        return [edition for edition in editions(folder / INDEX) if edition.name not in but]
    except (FileNotFoundError, OntologyError):
        return []


def _place(folder: Path, each: Published) -> Path | None:
    """Return an ontology's file, by the name under which it is pulled or with the other ending."""
    places = (folder / each.file, *((folder / each.file).with_suffix(ending) for ending in (".obo", ".owl")))
    return next((place for place in places if place.is_file()), None)


def _refuse_other(place: Path, pin: Pin | None) -> None:
    if pin and pin.file == place.name and sha256_of(place) != pin.sha256:
        raise OntologyError(
            "not_as_pinned", f"its bytes are not those of {pin.retrieved_at}; pull it again", where=str(place)
        )


def listed(folder: Path) -> list[dict[str, Any]]:
    """Return a row for each ontology: where it is published, what of it lies here, what is built."""
    pins = _pins(folder)
    built = {edition.name: edition for edition in editions(folder / INDEX)} if (folder / INDEX).is_file() else {}
    return [_row(name, pins.get(name), built.get(name)) for name in BY_NAME if name != "bricks"]


def _row(name: str, pin: Pin | None, edition: Edition | None) -> dict[str, Any]:
    url = next((each.url for each in PUBLISHED if each.name == name), None)
    told = edition.model_dump(include={"version", "sha256", "terms", "names"}) if edition else {}
    return {"name": name, "url": url, "pulled": pin.retrieved_at if pin else None, "built": bool(edition), **told}


def _pins(folder: Path) -> dict[str, Pin]:
    """Return what was pulled.

    Raises:
        OntologyError: the file is damaged; without it nobody would notice other bytes.
    """
    place = folder / PINS
    if not place.exists():
        return {}
    try:
        return _PINS.validate_json(place.read_bytes())
    except (OSError, ValidationError) as error:
        what = "not the list of what was pulled; put a copy back, or remove it and pull again"
        raise OntologyError("pins_damaged", what, where=str(place)) from error


def told(row: Mapping[str, Any]) -> str:
    """Return one line about an ontology that was pulled, built or listed."""
    name = f"{row['name']:16}"
    if "new" in row:
        came = "came" if row["new"] else "is here"
        return f"{name} {came}: {row['size_bytes']:,} bytes, sha256 {row['sha256'][:12]}, {row['retrieved_at'][:10]}"
    if row.get("built", True) and "terms" in row:
        said = f"{row['terms']:,} terms, {row['names']:,} names, version {row['version'] or 'not told'}"
        problems = len(row.get("problems", ()))
        return f"{name} {said}, sha256 {row['sha256'][:12]}" + (f", {problems} lines left out" if problems else "")
    return f"{name} {'pulled ' + row['pulled'][:10] + ', not built' if row['pulled'] else 'not here'}: {row['url']}"
