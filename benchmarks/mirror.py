"""Mirror: a folder of packages grown to a wanted number of figures, each article and picture made unique.

A picture gets a comment of a few bytes (JPEG and PNG have a place for one; a TIFF bears bytes at its end), an
article gets ids of its own: nothing is a duplicate, and reading and decoding cost what they cost.
"""

import io
import re
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif", ".webp")
_IDS = re.compile(rb'(<article-id\b[^>]*pub-id-type="[^"]*"[^>]*>)([^<]*)(</article-id>)')


def packages(folder: Path) -> list[Path]:
    """Return the packages and article folders in `folder`: what one item of a mirror is."""
    archives = [path for path in folder.rglob("*") if path.name.endswith((".tar.gz", ".tgz", ".zip", ".meca"))]
    folders = {path.parent for path in folder.rglob("*") if path.suffix in (".xml", ".nxml")}
    return sorted(archives + [path for path in folders if _has_pictures(path)])


def _has_pictures(folder: Path) -> bool:
    return any(_is_picture(path.name, path.read_bytes()[:4]) for path in folder.iterdir() if path.is_file())


def _is_picture(name: str, head: bytes) -> bool:
    return name.lower().endswith(_PICTURES) or head[:3] == b"\xff\xd8\xff"


def members(package: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every file of a package, plainly."""
    if package.is_dir():
        for path in sorted(path for path in package.rglob("*") if path.is_file()):
            yield path.relative_to(package).as_posix(), path.read_bytes()
    elif package.name.endswith((".tar.gz", ".tgz")):
        with tarfile.open(package) as tar:
            for member in tar:
                handle = tar.extractfile(member)
                if handle is not None:
                    yield member.name, handle.read()
    else:
        with zipfile.ZipFile(package) as archive:
            for name in archive.namelist():
                if not name.endswith("/"):
                    yield name, archive.read(name)


def unique(name: str, blob: bytes, copy: int) -> bytes:
    """Return `blob` so that no other copy has its bytes, and a decoder sees no difference."""
    mark = f"copy {copy}".encode()
    if blob[:3] == b"\xff\xd8\xff":
        return blob[:2] + b"\xff\xfe" + struct.pack(">H", len(mark) + 2) + mark + blob[2:]
    if blob[:8] == b"\x89PNG\r\n\x1a\n":
        body = b"tEXtcopy\0" + mark
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return blob[:33] + chunk + blob[33:]  # after the signature and IHDR
    if name.endswith((".xml", ".nxml")):
        return _IDS.sub(lambda found: found[1] + _renamed(found[2], copy) + found[3], blob)
    return blob + mark if _is_picture(name, blob[:4]) else blob


def _renamed(value: bytes, copy: int) -> bytes:
    return value + f"{copy:05d}".encode()


def grow(folder: Path, target: Path, copies: int) -> None:
    """Write `copies` of every package of `folder` into `target`, as packages of the same kind."""
    shutil.rmtree(target, ignore_errors=True)
    for at, package in enumerate(packages(folder)):
        files = list(members(package))
        for copy in range(copies):
            marked = [(name, unique(name, blob, copy)) for name, blob in files]
            _write(target / f"{at:04d}-{copy:05d}", package, marked)


def _write(stem: Path, package: Path, files: list[tuple[str, bytes]]) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    if package.is_dir():
        for name, blob in files:
            path = stem / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(blob)
    elif package.name.endswith((".tar.gz", ".tgz")):
        with tarfile.open(stem.with_suffix(".tar.gz"), "w:gz", compresslevel=1) as tar:
            for name, blob in files:
                member = tarfile.TarInfo(name)
                member.size = len(blob)
                tar.addfile(member, io.BytesIO(blob))
    else:
        with zipfile.ZipFile(stem.with_suffix(package.suffix), "w") as archive:
            for name, blob in files:
                archive.writestr(name, blob)
