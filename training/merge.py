"""Merge: two checkpoints of one model as one, (1 - alpha) A + alpha B: a remedy against forgetting.

As Micro-Bench does between a base and its fine-tuned model (arXiv 2407.01791; Wortsman et al. 2022, arXiv 2109.01903).
Tensors pass through in pieces, so memory doesn't grow with the model.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import NonNegativeInt

from pipeline.pace import Pace
from schemas.errors import UsageError, WorkspaceError
from schemas.records import Record
from training.blending import SIZES, blended
from training.merge_checks import checked
from training.safetensors_files import INDEX, Shard, Tensor, pieces

_PIECE_NUMBERS: Final = 1 << 20
_WEIGHTS: Final = (".safetensors", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".gguf", ".onnx")
NOTE: Final = "merge.json"
"""What a mixture was made of; the file appears with the rest."""
_KEPT: Final = ".kept"
"""An empty file in a mixture that somebody asked to keep."""
RECIPE: Final = 2
"""Raised when mixtures of the same two at the same share can have other bytes, or other answers, than before."""


class Merged(Record):
    """What was written; folders by name, in which nothing of this machine is told."""

    a: str
    b: str
    alpha: float
    tensors: NonNegativeInt
    mixed: NonNegativeInt
    """Tensors of broken numbers; the others are the same in both."""
    bytes: NonNegativeInt
    out: str
    of: str = ""
    """A digest of all that it depends on, where the caller gave one."""


def merge(one: Path, other: Path, alpha: float, out: Path, *, of: str = "") -> Merged:
    """Write (1 - alpha) `one` + alpha `other` to the folder `out`, whole or not at all.

    Everything but the weights (configuration, tokenizer) is copied from `one`; `of` is noted beside them.

    Raises:
        UsageError: alpha is out of range, a folder is no whole checkpoint, or the two aren't of one model.
        WorkspaceError: `out` is there already, or somebody else writes it.
    """
    if not 0 <= alpha <= 1:
        raise UsageError(f"{alpha:g} is no share.", where="--alpha", mend="Give 0 (all A) to 1 (all B).")
    shards, others = checked(one, other)
    with _half(out) as half:
        _copy_rest(one, half)
        told = _written(shards, others, alpha, half)
        merged = Merged(a=one.resolve().name, b=other.resolve().name, alpha=alpha, out=out.name, of=of, **told)
        (half / NOTE).write_text(merged.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return merged


@contextmanager
def merged_at(pair: tuple[Path, Path], alpha: float, out: Path, of: str, *, keep: bool) -> Iterator[Callable[[], Path]]:
    """Yield what makes a mixture at `out`, once, when it is called; it goes when the block ends, unless it is kept.

    `of` is a digest of both and alpha: a mixture that lies there is used if it was made of the same. Another one
    makes room: it goes, or is set aside under its own digest where it was to be kept.

    Raises:
        UsageError: see `merge`; told at once, before anything is made.
    """
    checked(*pair)

    def made() -> Path:
        if _of(out) not in {None, of}:
            _make_room(out)
        if _of(out) is None:
            merge(*pair, alpha, out, of=of)
        if keep:
            (out / _KEPT).touch()
        return out

    try:
        yield made
    finally:
        if _of(out) is not None and not (out / _KEPT).exists():
            shutil.rmtree(out)


def _of(out: Path) -> str | None:
    """Return what a mixture was made of; "" where it doesn't say, None where there is none."""
    if not (out / NOTE).is_file():
        return None
    try:
        return Merged.model_validate_json((out / NOTE).read_bytes()).of
    except ValueError:
        return ""


def _make_room(out: Path) -> None:
    aside = out.with_name(f"{out.name}-{(_of(out) or 'of-others')[:12]}")
    if not (out / _KEPT).exists() or aside.exists():
        shutil.rmtree(out)
    else:
        out.rename(aside)


@contextmanager
def _half(out: Path) -> Iterator[Path]:
    """Yield a folder beside `out` that takes its place when the block ends well, and goes when it doesn't."""
    if out.exists() or out.is_symlink():
        raise WorkspaceError("is there already.", where=str(out), mend="Give another --out, or move it away.")
    half = out.with_name(f".{out.name}.half")
    try:
        half.mkdir(parents=True, exist_ok=True)
        handle = os.open(half, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        mend = "Give a folder that you may write to as --out."
        raise WorkspaceError(f"can't be written: {error.strerror}.", where=str(out), mend=mend) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkspaceError("somebody else is writing it.", where=str(out)) from None
        try:
            _clear(half)  # what a killed merge left
            yield half
            half.rename(out)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
    finally:
        os.close(handle)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy_rest(one: Path, half: Path) -> None:
    """Copy what isn't weights: configuration, tokenizer, processor, index of shards."""
    for path in sorted(one.iterdir()):
        weighs = path.suffix in _WEIGHTS or (path.name.endswith(".index.json") and path.name != INDEX)
        if path.is_file() and not weighs and path.name not in {NOTE, _KEPT}:
            shutil.copyfile(path, half / path.name)


def _written(shards: Sequence[Shard], others: Mapping[str, Tensor], alpha: float, half: Path) -> dict[str, int]:
    pace = Pace(f"mixing at {alpha:g}, tensors", sum(len(shard.tensors) for shard in shards))
    tensors = mixed = size = 0
    for shard in shards:
        with (half / shard.path.name).open("wb") as to:
            to.write(shard.head)
            for name, tensor in shard.tensors.items():
                mixed += _mix(name, tensor, others[name], alpha, to)
                tensors, size = tensors + 1, size + tensor.end - tensor.start
                pace.step()
            to.flush()
            os.fsync(to.fileno())
    return {"tensors": tensors, "mixed": mixed, "bytes": size}


def _mix(name: str, one: Tensor, other: Tensor, alpha: float, to: BinaryIO) -> bool:
    """Write one tensor's mixture, and return whether its numbers can be mixed; others must be the same."""
    types = (one.dtype, other.dtype)
    can_mix = one.dtype in SIZES
    sizes = [(SIZES[kind] if can_mix else 1) * _PIECE_NUMBERS for kind in types]
    for first, second in zip(pieces(one, sizes[0]), pieces(other, sizes[1]), strict=True):
        if not can_mix and first != second:
            raise UsageError(f"{name} ({one.dtype}) differs, and whole numbers have no mixture.", where=str(other.file))
        to.write(blended(first, second, types, alpha) if can_mix else first)
    return can_mix
