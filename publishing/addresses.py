"""Addresses: from what `--to` says to a destination; what is shown of it holds nobody's password."""

import re
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from publishing.destinations import Destination, LocalFolder, RemoteFolder
from schemas.errors import SourceError, UsageError

_OBJECT_STORES: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss"})
_OTHERWISE: Final = {
    "hf": "The Hub is where `bricks publish` goes without --to: say `publish: {repo: org/name}`.",
    "memory": "Nothing would be left of it.",
    "http": "A web address can't be written to.",
    "https": "A web address can't be written to.",
}
_SERVED: Final = _OBJECT_STORES | {"ftp", "sftp", "ssh"}
"""Protocols whose addresses name a bucket or a server first."""
_ONE_SLASH: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/(?!/)(.*)", re.DOTALL)
_FTP_PIECE_BYTES: Final = 16 << 20
"""fsspec opens a connection a piece."""


class Address(NamedTuple):
    """An address in its parts, as it was written."""

    protocol: str
    """In lower case."""
    login: str
    server: str
    """Or the bucket; with its port."""
    path: str
    """With its first slash and, after a question mark, what is asked."""

    @property
    def has_clear_login(self) -> bool:
        """Return whether a login can't go on in what looks like the path: passwords hold "/", and paths "@"."""
        return "@" not in self.path or (":" not in self.login and (bool(self.login) or ":" not in self.server))


def destination_of(to: str) -> Destination:
    """Return the destination that a path or an address names; one elsewhere is asked whether it answers.

    Raises:
        UsageError: nothing here can write there; says what to install, or how the address is written.
        SourceError: it doesn't answer, or lets nobody in.
    """
    if found := _ONE_SLASH.fullmatch(to):
        mend = f"Did you mean {found[1].lower()}://? A folder of that name is ./{found[1]}:"
        raise UsageError("has one slash after its scheme.", where=f"{found[1]}:/", mend=mend)
    if "://" not in to:
        return _local(Path(to))
    address = _parted(to)
    protocol = address.protocol
    if protocol in {"file", "local"}:
        return _local(_path_here(address))
    if protocol in _OTHERWISE:
        raise UsageError(f"nothing can be put to {protocol}://.", where=shown(to), mend=_OTHERWISE[protocol])
    _refuse_unknown(address, to)
    files, root = _reached(address, to)
    return RemoteFolder(files, root, shown(to), protocol in _OBJECT_STORES, _secrets(to))


def _parted(to: str) -> Address:
    """Return the parts of an address.

    >>> _parted("FTP://ada:p%2Fw@example.org:21/a/b@c")
    Address(protocol='ftp', login='ada:p%2Fw', server='example.org:21', path='/a/b@c')
    """
    protocol, _, rest = to.partition("://")
    start, slash, path = rest.partition("/")
    login, _, server = start.rpartition("@")
    return Address(protocol.lower(), login, server, slash + path)


def _path_here(address: Address) -> Path:
    """Return the path that `file://` names: that of this machine, its signs written as addresses write them."""
    server = unquote(address.server)
    if server.lower() in {"", "localhost", "127.0.0.1"}:
        return Path(unquote(address.path) or "/")
    mend = f"A folder of this machine is {address.protocol}:///folder, or just its path."
    raise UsageError(f"{server} is another machine.", where=f"{address.protocol}://{server}", mend=mend)


def shown(to: str) -> str:
    """Return an address without user, password and query.

    >>> shown("ftp://ada:secret@example.org/lab?key=1"), shown("runs/out"), shown("ftp://ada@example.org/a@b")
    ('ftp://example.org/lab', 'runs/out', 'ftp://example.org/a@b')
    >>> shown("ftp://ada:se/cret@example.org/lab")
    'ftp://***'
    """
    if "://" not in to:
        return to
    address = _parted(to)
    if not address.has_clear_login:
        return f"{address.protocol}://***"
    return f"{address.protocol}://{address.server}{address.path}".partition("?")[0].partition("#")[0]


def _secrets(to: str) -> tuple[str, ...]:
    """Return what an error must not repeat."""
    login, query = _parted(to).login, to.partition("?")[2]
    secret = login.partition(":")[2]
    told = (to, quote(to, safe=_AS_WRITTEN), login, secret, unquote(login), unquote(secret), query)
    return tuple(one for one in dict.fromkeys(told) if one)


def _local(path: Path) -> LocalFolder:
    path = path.expanduser()
    if path.exists() and not path.is_dir():
        raise UsageError("is a file, not a folder.", where=str(path), mend="Give --to a folder.")
    return LocalFolder(path.resolve() if path.is_symlink() else path)


def _refuse_unknown(address: Address, to: str) -> None:
    import fsspec

    protocol = address.protocol
    if protocol not in {*fsspec.available_protocols()}:
        mend = "Known are a folder, s3://, ftp://, sftp:// and what fsspec reaches."
        raise UsageError(f"nobody here knows {protocol}://.", where=shown(to), mend=mend)
    if not address.has_clear_login:
        mend = "Write / in a password as %2F, and @ in a password or a path as %40."
        raise UsageError("where its password ends can't be told.", where=shown(to), mend=mend)
    if protocol in _SERVED and not address.server:
        what, example = ("bucket", "bucket") if protocol in _OBJECT_STORES else ("server", "example.org")
        raise UsageError(f"names no {what}.", where=shown(to), mend=f"Write {protocol}://{example}/folder.")


def _reached(address: Address, to: str) -> tuple[Any, str]:
    """Return the file system and the path in it."""
    protocol = address.protocol
    try:
        return _of_arrow(to) if protocol in {"s3", "s3a"} else _of_fsspec(address, to)
    except ImportError as error:
        said = f"{protocol}:// needs a package that isn't installed"
        raise UsageError(f"{said}.", where=shown(to), mend=f"{_line(error, to)}.".replace("..", ".")) from None
    except Exception as error:  # noqa: BLE001  (each file system has errors of its own)
        raise SourceError("destination_failed", _line(error, to), where=shown(to)) from None


_AS_WRITTEN: Final = "%/:@?#[]!$&'()*+,;=~"
"""Signs that Arrow takes as they stand; a blank or an umlaut it wants written as addresses write them."""


def _of_arrow(to: str) -> tuple[Any, str]:
    """Return S3 as Arrow speaks it: s3fs wants another boto3 than the sources do. It reads AWS_* by itself."""
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import FileSystem

    files, root = FileSystem.from_uri(quote(f"s3://{to.partition('://')[2]}".rstrip("/"), safe=_AS_WRITTEN))
    return ArrowFSWrapper(files), root


def _of_fsspec(address: Address, to: str) -> tuple[Any, str]:
    import fsspec

    if address.protocol != "ftp":
        files, root = fsspec.core.url_to_fs(f"{address.protocol}://{to.partition('://')[2]}")
        return files, str(root)
    asked, (user, _, password) = urlsplit(f"ftp://{address.server}"), address.login.partition(":")
    files = fsspec.filesystem(
        "ftp",
        host=asked.hostname,
        port=asked.port or 21,
        username=unquote(user),
        password=unquote(password),
        block_size=_FTP_PIECE_BYTES,
        use_listings_cache=False,
    )
    path = address.path.partition("?")[0].partition("#")[0]
    return files, unquote(path).rstrip("/") or "/"


def _line(error: BaseException, to: str) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    for secret in _secrets(to):
        said = said.replace(secret, "***")
    return said[:300]
