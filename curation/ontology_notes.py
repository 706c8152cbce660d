"""Ontology notes: which ontologies of a manifest aren't here yet; for `bricks check`, before a run stumbles on them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from schemas.errors import OntologyError
from schemas.manifest_file import LoadedManifest
from schemas.manifest_sections import ONTOLOGIES, given_by


def notes(loaded: LoadedManifest, folder: Path) -> list[str]:
    """Return a line for each ontology that is a missing file, or a name that no index in `folder` holds."""
    told: list[str] = []
    names: list[tuple[int, str]] = []
    for at, given in given_by(loaded.manifest.curation.ontologies):
        if given in ONTOLOGIES:
            names.append((at, given))
        elif not (loaded.folder / given).is_file():
            told.append(f"curation.ontologies.{at}: there is no file {loaded.folder / given}")
    return [*told, *(_unbuilt(names, folder) if names else ())]


def _unbuilt(names: Iterable[tuple[int, str]], folder: Path) -> Iterator[str]:
    from curation.lexicons import INDEX
    from curation.term_index import editions

    try:
        held = {edition.name for edition in editions(folder / INDEX)} if (folder / INDEX).is_file() else set()
    except OntologyError as error:
        yield f"curation.ontologies: {error}"
        return
    for at, name in names:
        if name not in held:
            pull = f"`bricks ontologies pull {name}`, then `bricks ontologies build`"
            yield f"curation.ontologies.{at}: {name} isn't in the index of {folder}: {pull}"
