"""Manifest file: from a YAML file, what it extends and what `--set` overrules, to a manifest or all its mistakes."""

import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from schemas.errors import ManifestError, Problem
from schemas.first_bytes import no_utf8
from schemas.manifest import Manifest
from schemas.manifest_keys import EXTENDS
from schemas.manifest_parts import Part, spoken
from schemas.manifest_problems import problems_of
from schemas.manifest_yaml import WHOLE, Loc, Place, Tree, read_tree, told
from schemas.shipped import folder_of, manifest_at

MAX_BYTES: Final = 1_000_000
MOST_TOLD: Final = 100
"""More mistakes than this are counted, not told."""

SET: Final = "--set"
"""What problems of an override give as their file; their line is the number of the option."""


class LoadedManifest(Part):
    """A manifest with where it stood."""

    manifest: Manifest
    folder: Path
    """What its relative paths start from, also those that come from a file it extends; see `schemas.shipped`."""
    text: str
    """The file as it is written."""


def load_manifest(path: Path, overrides: Sequence[str] = ()) -> LoadedManifest:
    """Return the manifest in the file `path`, with `overrides` ("captioning.max_tokens=256") applied in order.

    The bare name of one that ships is taken for it where there is no such file.

    Raises:
        UsageError: there is neither file nor name.
        ManifestError: it is wrong; `problems` holds every mistake.
    """
    file = manifest_at(path)
    text = text_of(file, str(path))
    tree = _extended(read_tree(text, str(path)), file, (file.resolve(),))
    return _loaded(tree, path, text, overrides).model_copy(update={"folder": folder_of(file)})


def read_manifest(text: str, name: str, overrides: Sequence[str] = ()) -> LoadedManifest:
    """Return the manifest that a `text` from elsewhere holds, which messages call `name`; it can extend nothing.

    Paths that `overrides` give start from the working folder.

    Raises:
        ManifestError: it is wrong; `problems` holds every mistake.
    """
    if len(text) > MAX_BYTES:
        raise ManifestError([Problem(name, 1, 1, WHOLE, f"is too large: more than {MAX_BYTES:,} characters.")])
    tree = read_tree(text, name)
    if isinstance(tree.value, dict) and EXTENDS in tree.value:
        place = tree.places[EXTENDS,].key
        raise ManifestError([Problem(name, *place, EXTENDS, "must not stand in a manifest from elsewhere.")])
    return _loaded(tree, Path(name), text, overrides).model_copy(update={"folder": Path()})


def _loaded(tree: Tree, path: Path, text: str, overrides: Sequence[str]) -> LoadedManifest:
    for number, override in enumerate(overrides, start=1):
        overrule(tree, override, number)
    problems = list(problems_of(tree))
    if problems:
        told_first = _in_order(problems, tree, str(path))
        raise ManifestError(told_first[:MOST_TOLD], more=max(0, len(told_first) - MOST_TOLD))
    return LoadedManifest(manifest=Manifest.model_validate(tree.value), folder=path.parent, text=text)


def _in_order(problems: Sequence[Problem], tree: Tree, first: str) -> list[Problem]:
    """Return `problems` by file, the manifest's own file first and `--set` last, then by line."""
    files = [first, *dict.fromkeys(place.file for place in tree.places.values()), SET]
    last = len(files)

    def rank(problem: Problem) -> tuple[int, int, int]:
        at = files.index(problem.file) if problem.file in files else last
        return (last if problem.file == SET else at, problem.line, problem.column)

    return sorted(dict.fromkeys(problems), key=rank)


def text_of(path: Path, file: str, whole: str = WHOLE) -> str:
    """Return what a file holds, which messages call `file`, and `whole` what it should be.

    It must be a file, UTF-8 and no larger than `MAX_BYTES`.
    """
    try:
        about = path.stat()
        if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):  # reading it may never end
            raise ManifestError([Problem(file, 1, 1, whole, "is a pipe, a socket or a device, and must be a file.")])
        if about.st_size > MAX_BYTES:
            what = f"is too large: {about.st_size:,} of at most {MAX_BYTES:,} bytes."
            raise ManifestError([Problem(file, 1, 1, whole, what)])
        raw = path.read_bytes()
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = no_utf8(raw)
        if kind:
            what = f"is {kind}, and must be a text in UTF-8."
            raise ManifestError([Problem(file, 1, 1, whole, what)]) from None
        line, column = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        raise ManifestError([Problem(file, line, column, whole, "is not written in UTF-8. Save it so.")]) from None
    except OSError as error:
        raise ManifestError([Problem(file, 1, 1, whole, f"can't be read: {error.strerror}.")]) from None


def _extended(tree: Tree, path: Path, above: tuple[Path, ...]) -> Tree:
    """Return `tree` laid over the file that it extends."""
    if not isinstance(tree.value, dict) or EXTENDS not in tree.value:
        return tree
    place, named = tree.places[EXTENDS,], tree.value.pop(EXTENDS)
    if not isinstance(named, str) or not named:
        return _with(tree, place, f"must be the path of a manifest, not {spoken(named)}.")
    base = path.parent / named
    if base.resolve() in above:
        return _with(tree, place, f"goes in a circle: {named} extends this file.")
    if not base.is_file():
        return _with(tree, place, f"there is no file {base}.")
    below = _extended(read_tree(text_of(base, str(base)), str(base)), base, (*above, base.resolve()))
    if not isinstance(below.value, dict):
        return _with(tree, place, f"{base} holds no mapping of keys.")
    merged = Tree(below.value, below.places, [*tree.problems, *below.problems])
    _lay_over(merged, tree, ())
    merged.places[()] = tree.places[()]
    return merged


def _with(tree: Tree, place: Place, what: str) -> Tree:
    tree.problems.append(Problem(place.file, *place.value, EXTENDS, what))
    return tree


def _lay_over(under: Tree, over: Tree, loc: Loc) -> None:
    """Merge the mapping at `loc` of `over` into that of `under`, with the places; lists are replaced."""
    target, source = _at(under.value, loc), _at(over.value, loc)
    for key, value in source.items():
        inner = (*loc, key)
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _lay_over(under, over, inner)
            continue
        target[key] = value
        _replace_places(under, inner, {at: place for at, place in over.places.items() if at[: len(inner)] == inner})


def _replace_places(tree: Tree, loc: Loc, places: dict[Loc, Place]) -> None:
    for at in [at for at in tree.places if at[: len(loc)] == loc]:
        del tree.places[at]
    tree.places.update(places)


def _at(value: Any, loc: Loc) -> Any:  # noqa: ANN401
    for step in loc:
        value = value[step]
    return value


def overrule(tree: Tree, override: str, number: int) -> None:
    """Set one value of `tree`; an override that can't be becomes a problem."""
    written, equals, text = override.partition("=")
    if not equals or not re.fullmatch(r"[^.\s=]+(\.[^.\s=]+)*", written):
        tree.problems.append(Problem(SET, number, 1, WHOLE, f'must be key=value, not "{override}".'))
        return
    steps, place = written.split("."), Place(SET, (number, 1), (number, 1))
    try:
        value = read_tree(text, SET).value
        loc = _path_to(tree, steps, place)
    except (LookupError, ManifestError) as error:
        what = error.problems[0].what if isinstance(error, ManifestError) else str(error.args[0])
        tree.problems.append(Problem(SET, number, 1, written, what))
        return
    _at(tree.value, loc[:-1])[loc[-1]] = value
    _replace_places(tree, loc, dict.fromkeys([loc, *_inside(value, loc)], place))


def _path_to(tree: Tree, steps: Sequence[str], place: Place) -> Loc:
    """Return the path of `steps`, making at `place` the mappings on the way that are not there yet.

    Raises:
        LookupError: a step leads nowhere.
    """
    loc: Loc = ()
    value = tree.value
    for at, step in enumerate(steps):
        if isinstance(value, list):
            if not step.isdecimal() or int(step) >= len(value):
                raise LookupError(f"{told(loc)} has {len(value)} entries, counted from 0: there is no {step}.")
            key: str | int = int(step)
        elif isinstance(value, dict):
            key = step
            if at + 1 < len(steps) and value.get(step) is None:
                value[step] = {}
                tree.places[*loc, step] = place
        else:
            raise LookupError(f"{told(loc)} is {spoken(value)} and has no keys.")  # noqa: TRY004  (a lookup, not a type)
        loc = (*loc, key)
        value = value[key] if at + 1 < len(steps) else None
    return loc


def _inside(value: Any, loc: Loc) -> Iterator[Loc]:  # noqa: ANN401
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield (*loc, key)
        yield from _inside(one, (*loc, key))
