"""Conformance damage: what a connector makes of input that is cut, emptied, scrambled or leads elsewhere."""

import io
import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

from pipeline.conformance_bench import Bench, Ran
from pipeline.conformance_finding import Finding, finding
from pipeline.conformance_rows import bugs_in, rows_of
from pipeline.conformance_secrets import paths_of
from pipeline.workspace import FIGURES
from schemas.errors import UsageError

_MOST_BYTES = 100_000_000
_MAY_END_WITH = frozenset({0, 1, 2, 3})
_LINKED = ("linked", "linked too")
"""Of every other file, and of those between them."""
Damage = Callable[[bytes, random.Random], bytes]


def _sprinkled(whole: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one in a hundred changed, and at least one."""
    spoilt = bytearray(whole)
    for at in (chance.randrange(len(whole)) for _ in range(len(whole) // 100 + 1) if whole):
        spoilt[at] = chance.randrange(256)
    return bytes(spoilt)


DAMAGES: Mapping[str, Damage] = {
    "emptied": lambda _whole, _chance: b"",
    "cut": lambda whole, chance: whole[: chance.randrange(len(whole) + 1)],
    "sprinkled": _sprinkled,
}


def hostile_input(bench: Bench) -> Finding:
    """Check that damaged files and answers cost themselves alone: no traceback, no bug, an end in time."""
    wrong, done, opened = [], [], set[str]()
    if _has_files(bench):
        for name in (*DAMAGES, *_LINKED):
            manifest, outside = _damaged(bench, name), str(_outside(bench)) if name in _LINKED else ""
            spoilt = bench.run(name, "--until", FIGURES, manifest=manifest, outside=outside)
            wrong += [f"files {name}: {said}" for said in _faults(spoilt)]
            wrong += _shown(spoilt) if name in _LINKED else []
            opened |= _opened(spoilt)
        done.append(f"every other file {', '.join(DAMAGES)}, or a link that leads out")
    if bench.described.requests_per_second is not None:
        spoilt = bench.run("scrambled answers", "--until", FIGURES, spoil_every=2)
        wrong += [f"answers scrambled: {said}" for said in _faults(spoilt)]
        done.append("every other answer scrambled")
    named = opened & {Path(path).name for path in paths_of(bench)}  # a person chose it, wherever it leads
    wrong += [f"{name}: was read through a link that leads out of the folder" for name in sorted(opened - named)]
    beside = f" but {', '.join(sorted(named))}, which the manifest names" if named else ""
    seen = f"each cost itself, with a reason; nothing was followed out of its folder{beside}"
    return finding("hostile_input", f"ran it with {', and '.join(done) or 'nothing to damage'}", wrong, seen)


def _has_files(bench: Bench) -> bool:
    return any(path.is_file() for path in _inputs(bench.manifest_file.parent, bench.manifest_file))


def _inputs(folder: Path, manifest: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != manifest.name)
    if sum(path.stat().st_size for path in found) > _MOST_BYTES:
        raise UsageError(
            "holds too much to be copied and damaged.",
            where=str(folder),
            mend="Put a small sample into its own folder.",
        )
    return found


def _damaged(bench: Bench, name: str) -> Path:
    """Return the manifest of a copy of its folder in which every other file is damaged."""
    folder = bench.root / f"{name}.input"
    shutil.copytree(bench.manifest_file.parent, folder)
    manifest = folder / bench.manifest_file.name
    chance = random.Random(name)  # noqa: S311  (the same damage each time)
    first, step = int(name == _LINKED[1]), 1 if name == "sprinkled" else 2
    for path in _inputs(folder, manifest)[first::step]:
        if name in _LINKED:
            _outside(bench).write_bytes(_marked())
            path.unlink()
            path.symlink_to(_outside(bench))
        else:
            path.write_bytes(DAMAGES[name](path.read_bytes(), chance))
    return manifest


def _outside(bench: Bench) -> Path:
    return bench.root / "outside.png"


def _marked() -> bytes:
    """Return a picture that is told from all others."""
    written = io.BytesIO()
    Image.radial_gradient("L").save(written, "PNG")
    return written.getvalue()


def _faults(ran: Ran) -> list[str]:
    bugs = bugs_in(ran.place) if ran.place.stage(FIGURES).is_dir() else []
    if bugs:  # the run went on, and told of each in its log
        return [f"a bug: {said}" for said in bugs]
    if ran.broke:
        return [ran.broke]
    return [] if ran.code in _MAY_END_WITH else [f"ended with {ran.code}"]


def _opened(ran: Ran) -> set[str]:
    """Return the names of the files that were read through a link that leads out."""
    said = [str(event["what"]).partition("followed ") for event in ran.events]
    return {Path(path).name for before, found, path in said if found and not before}


def _shown(ran: Ran) -> list[str]:
    """Return the rows that show what a link leads to."""
    if not ran.place.stage(FIGURES).is_dir():
        return []
    marked = _marked()
    return [
        f"{row['source_id']}: a link was followed out of the folder"
        for row in rows_of(ran.place, FIGURES)
        if row["blob"] == marked
    ]
