"""Addresses: from what `--to` says to a destination; what is shown of it holds nobody's password."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from publishing.destinations import Destination, LocalFolder, RemoteFolder
from schemas.errors import SourceError, UsageError

_OBJECT_STORES: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss"})
_OTHERWISE: Final = {
    "hf": "The Hub is where `bricks publish` goes without --to: say `publish: {repo: org/name}`.",
    "memory": "Nothing would be left of it.",
    "http": "A web address can't be written to.",
    "https": "A web address can't be written to.",
}
_FTP_PIECE_BYTES: Final = 16 << 20
"""fsspec opens a connection a piece."""


def destination_of(to: str) -> Destination:
    """Return the destination that a path or an address names; one elsewhere is asked whether it answers.

    Raises:
        UsageError: nothing here can write there; says what to install.
        SourceError: it doesn't answer, or lets nobody in.
    """
    if "://" not in to:
        return _local(Path(to))
    protocol, _, rest = to.partition("://")
    if protocol in {"file", "local"}:
        return _local(Path(rest))
    if protocol in _OTHERWISE:
        raise UsageError(f"nothing can be put to {protocol}://.", where=shown(to), mend=_OTHERWISE[protocol])
    _refuse_unknown(protocol, to)
    files, root = _reached(protocol, to)
    return RemoteFolder(files, root, shown(to), protocol in _OBJECT_STORES, _secrets(to))


def shown(to: str) -> str:
    """Return an address without user, password and query.

    >>> shown("ftp://ada:se/cret@example.org/lab?key=1"), shown("runs/out"), shown("ftp://example.org/a@b")
    ('ftp://example.org/lab', 'runs/out', 'ftp://example.org/a@b')
    """
    protocol, found, rest = to.partition("://")
    if not found:
        return to
    login, _, after = rest.rpartition("@")
    rest = after if ":" in login or "/" not in login else rest
    return f"{protocol}://{rest.partition('?')[0].partition('#')[0]}"


def _secrets(to: str) -> tuple[str, ...]:
    """Return what an error must not repeat."""
    login = to.partition("://")[2].rpartition("@")[0]
    secret, query = login.partition(":")[2], to.partition("?")[2]
    return tuple(one for one in dict.fromkeys((to, login, secret, unquote(secret), query)) if one)


def _local(path: Path) -> LocalFolder:
    path = path.expanduser()
    if path.exists() and not path.is_dir():
        raise UsageError("is a file, not a folder.", where=str(path), mend="Give --to a folder.")
    return LocalFolder(path.resolve() if path.is_symlink() else path)


def _refuse_unknown(protocol: str, to: str) -> None:
    import fsspec

    mend = "Known are a folder, s3://, ftp://, sftp:// and what fsspec reaches."
    if protocol not in {*fsspec.available_protocols()}:
        raise UsageError(f"nobody here knows {protocol}://.", where=shown(to), mend=mend)


def _reached(protocol: str, to: str) -> tuple[Any, str]:
    """Return the file system and the path in it."""
    try:
        return _of_arrow(to) if protocol in {"s3", "s3a"} else _of_fsspec(protocol, to)
    except ImportError as error:
        said = f"{protocol}:// needs a package that isn't installed"
        raise UsageError(f"{said}.", where=shown(to), mend=f"{_line(error, to)}.".replace("..", ".")) from None
    except Exception as error:  # noqa: BLE001  (each file system has errors of its own)
        raise SourceError("destination_failed", _line(error, to), where=shown(to)) from None


def _of_arrow(to: str) -> tuple[Any, str]:
    """Return S3 as Arrow speaks it: s3fs wants another boto3 than the sources do. It reads AWS_* by itself."""
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import FileSystem

    files, root = FileSystem.from_uri(to.replace("s3a://", "s3://", 1).rstrip("/"))
    return ArrowFSWrapper(files), root


def _of_fsspec(protocol: str, to: str) -> tuple[Any, str]:
    import fsspec

    if protocol != "ftp":
        files, root = fsspec.core.url_to_fs(to)
        return files, str(root)
    asked = urlsplit(to)
    files = fsspec.filesystem(
        "ftp",
        host=asked.hostname,
        port=asked.port or 21,
        username=unquote(asked.username or ""),
        password=unquote(asked.password or ""),
        block_size=_FTP_PIECE_BYTES,
        use_listings_cache=False,
    )
    return files, unquote(asked.path).rstrip("/") or "/"


def _line(error: BaseException, to: str) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    for secret in _secrets(to):
        said = said.replace(secret, "***")
    return said[:300]
