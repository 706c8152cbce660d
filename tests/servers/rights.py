"""Rights: a folder that may not be written, or not be read either, also not by root, who else may."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class _Head(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Rights(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def without_rights(*paths: Path, folder: int = 0o555, file: int = 0o444) -> Iterator[None]:
    """Let paths have these modes, and take from root the right to do what they forbid."""
    for path in paths:
        path.chmod(folder if path.is_dir() else file)
    kernel, head, rights = ctypes.CDLL(None), _Head(0x20080522, 0), (_Rights * 2)()
    kernel.capget(ctypes.byref(head), rights)
    before = rights[0].effective
    rights[0].effective = before & ~0b1110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
    kernel.capset(ctypes.byref(head), rights)
    try:
        yield
    finally:
        rights[0].effective = before
        kernel.capset(ctypes.byref(head), rights)
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write below `folder`."""
    with without_rights(folder, *folder.rglob("*")):
        yield
