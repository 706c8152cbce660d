"""Blending: (1 - alpha) a + alpha b of two tensors' bytes, computed in float32 and kept in the first one's type."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

_PLAIN: Final[dict[str, np.dtype[Any]]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
SIZES: Final = {"BF16": 2, **{name: kind.itemsize for name, kind in _PLAIN.items()}}
"""Bytes of a number of each type that can be mixed; all else must be the same in both."""


def blended(one: bytes, other: bytes, types: tuple[str, str], alpha: float) -> bytes:
    """Return the mixture of as many numbers as `one` holds, in its type; `types` are those of one and other."""
    if alpha == 0 or (alpha == 1 and types[0] == types[1]):
        return other if alpha else one
    wide = _wide(*types)
    mixed = _numbers(other, types[1], wide)
    if alpha != 1:
        first = _numbers(one, types[0], wide)
        with np.errstate(invalid="ignore", over="ignore"):  # of what is infinite there may be no mean
            first *= wide.type(1 - alpha)
            mixed *= wide.type(alpha)
            mixed += first
    return _written(mixed, types[0])


def _wide(one: str, other: str) -> np.dtype[Any]:
    """Return what is computed in: float32, or float64 where a tensor has it."""
    return np.dtype(np.float64 if "F64" in {one, other} else np.float32)


def _numbers(raw: bytes, kind: str, wide: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return numbers that may be written over."""
    if kind != "BF16":
        return np.frombuffer(raw, _PLAIN[kind]).astype(wide)
    bits = np.frombuffer(raw, "<u2").astype(np.uint32)
    bits <<= 16
    return bits.view(np.float32).astype(wide, copy=False)


def _written(mixed: npt.NDArray[Any], kind: str) -> bytes:
    if kind != "BF16":
        with np.errstate(over="ignore"):  # what float16 can't hold is infinite, as torch has it
            return mixed.astype(_PLAIN[kind]).tobytes()
    bits = mixed.astype(np.float32, copy=False).view(np.uint32)
    nearest = bits >> 16
    nearest &= 1
    nearest += 0x7FFF  # to the nearest, ties to even
    nearest += bits
    nearest >>= 16
    written = nearest.astype("<u2")
    nothing = np.isnan(mixed)
    if nothing.any():
        written[nothing] = 0x7FC0
    return written.tobytes()
