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
from pipeline.workspace import FIGURES
from schemas.errors import UsageError

_MOST_BYTES = 100_000_000
_MAY_END_WITH = frozenset({0, 1, 2, 3})
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
    wrong, done = [], []
    if _has_files(bench):
        for name in (*DAMAGES, "linked"):
            spoilt = bench.run(name, "--until", FIGURES, manifest=_damaged(bench, name))
            wrong += [f"files {name}: {said}" for said in _faults(spoilt)]
            if name == "linked":
                wrong += _followed(spoilt)
        done.append(f"every other file {', '.join(DAMAGES)}, or a link that leads out")
    if bench.described.requests_per_second is not None:
        spoilt = bench.run("scrambled answers", "--until", FIGURES, spoil_every=2)
        wrong += [f"answers scrambled: {said}" for said in _faults(spoilt)]
        done.append("every other answer scrambled")
    seen = "each cost itself, with a reason; nothing was followed out of its folder"
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
    for path in _inputs(folder, manifest)[:: 1 if name == "sprinkled" else 2]:
        if name == "linked":
            outside = bench.root / "outside.png"
            outside.write_bytes(_marked())
            path.unlink()
            path.symlink_to(outside)
        else:
            path.write_bytes(DAMAGES[name](path.read_bytes(), chance))
    return manifest


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


def _followed(ran: Ran) -> list[str]:
    if not ran.place.stage(FIGURES).is_dir():
        return []
    marked = _marked()
    return [
        f"{row['source_id']}: a link was followed out of the folder"
        for row in rows_of(ran.place, FIGURES)
        if row["blob"] == marked
    ]
