"""Minisign: whether a signature of minisign's is that of some bytes, by a public key.

The format is minisign's own (jedisct1.github.io/minisign): two lines each of comment and base64; Ed25519 over the
bytes, or over their BLAKE2b-512, and a second signature that covers the trusted comment.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

from schemas.errors import ArchiveError

_PLAIN, _HASHED = b"Ed", b"ED"
_KEY_BYTES, _SIGNATURE_BYTES = 42, 74


class _Key(NamedTuple):
    number: bytes
    public: bytes


class _Signature(NamedTuple):
    algorithm: bytes
    number: bytes
    of_bytes: bytes
    trusted: bytes
    of_comment: bytes


def verdict_on(signed: bytes, signature: bytes | None, key: bytes | None, trusted: Sequence[bytes] = ()) -> str:
    """Return in words how a signature was checked; "" where there is none.

    `key` is the one that lies beside the signature, `trusted` are those that the manifest names.

    Raises:
        ArchiveError: signature_missing or signature_invalid, where keys are trusted and none of them signed this.
    """
    if trusted:
        return _by_trusted(signed, signature, trusted)
    if signature is None:
        return ""
    made = _signature(signature)
    if made is None:
        return "unreadable"
    number = made.number.hex().upper()
    known = _key(key) if key is not None else None
    if known is None:
        return f"not checked: no public key {number} in the export"
    if known.number != made.number:
        return f"not checked: made with key {number}, and the export holds another"
    return _verdict(signed, made, known, "which the export itself holds")


def _by_trusted(signed: bytes, signature: bytes | None, trusted: Sequence[bytes]) -> str:
    """Return the verdict of the trusted key that signed; whoever can change an export can strip or remake another."""
    if signature is None:
        raise ArchiveError("signature_missing", "has no signature, and the manifest names keys")
    made = _signature(signature)
    if made is None:
        raise ArchiveError("signature_invalid", "its signature can't be read")
    number = made.number.hex().upper()
    keys = [key for each in trusted if (key := _key(each)) and key.number == made.number]
    if not keys:
        raise ArchiveError("signature_invalid", f"signed with key {number}, which the manifest doesn't name")
    said = [_verdict(signed, made, key, "which the manifest names") for key in keys]
    valid = next((each for each in said if each.startswith("valid")), None)
    if valid is None:
        raise ArchiveError("signature_invalid", f"key {number}, which the manifest names, did not sign this: {said[0]}")
    return valid


def _verdict(signed: bytes, made: _Signature, key: _Key, whose: str) -> str:
    number = made.number.hex().upper()
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return f"not checked: key {number}; install bricks[eln]"
    public = Ed25519PublicKey.from_public_bytes(key.public)
    for form, what in ((signed, ""), (_as_pasta_signs(signed), " over its content, not its bytes")):
        message = hashlib.blake2b(form).digest() if made.algorithm == _HASHED else form
        try:
            public.verify(made.of_bytes, message)
            public.verify(made.of_comment, made.of_bytes + made.trusted)
        except InvalidSignature:
            continue
        return f"valid{what}: key {number}, {whose}"
    return f"invalid: key {number}"


def is_key(text: bytes) -> bool:
    """Return whether the bytes of a file are a public key of minisign's."""
    return _key(text) is not None


def _as_pasta_signs(metadata: bytes) -> bytes:
    """Return JSON as PASTA signs it, which then indents the file."""
    try:
        return json.dumps(json.loads(metadata)).encode()
    except (ValueError, RecursionError):
        return metadata


def _signature(text: bytes) -> _Signature | None:
    lines = text.strip().split(b"\n")
    if len(lines) < 4:
        return None
    first, last = _decoded(lines[1]), _decoded(lines[3])
    trusted = lines[2].rstrip(b"\r").removeprefix(b"trusted comment: ")
    if first is None or last is None or len(first) != _SIGNATURE_BYTES or first[:2] not in (_PLAIN, _HASHED):
        return None
    return _Signature(first[:2], first[2:10], first[10:], trusted, last)


def _key(text: bytes) -> _Key | None:
    """Return a public key; its file may have a comment before it."""
    lines = text.strip().split(b"\n")
    blob = _decoded(lines[-1])
    if blob is None or len(blob) != _KEY_BYTES or blob[:2] != _PLAIN:
        return None
    return _Key(blob[2:10], blob[10:])


def _decoded(line: bytes) -> bytes | None:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
