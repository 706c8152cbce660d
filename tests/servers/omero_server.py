"""A local OMERO: Ice servants on loopback, in a process of their own, that serve projects, images and raw planes.

with running([StoredImage(7, samples)], folder=tmp_path) as server:
    server.fault("getTile", "ApiUsageException")     # the next one
    server.slow("getTile", 5.0)
    server.expire()                                  # every session ends
    ... server.url, server.asked()

The servants are those of omero_servants.py; orders go to them as JSON lines.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

_SERVANTS = Path(__file__).with_name("omero_servants.py")
PASSWORD = "sesame-Zk81"


@dataclass(frozen=True)
class StoredImage:
    """An image of the server; `samples` is [channel, plane, row, column], or None for an image without pixels."""

    id: int
    samples: Any = field(repr=False)
    name: str = "cells.ome.tif"
    channels: Sequence[str | None] = ()
    size_x: tuple[float, str] | None = (0.25, "MICROMETER")
    size_y: tuple[float, str] | None = (0.25, "MICROMETER")
    claims: tuple[int, int] | None = None
    """Width and height that the server tells, where they aren't those of `samples`."""
    kind: str | None = None
    """What the server calls a sample, where that isn't the array's own type."""


@dataclass
class OmeroProcess:
    """The server as a test sees it."""

    process: subprocess.Popen[str]
    url: str
    user: str = "public"
    password: str = PASSWORD

    def tell(self, **what: Any) -> Any:
        """Send an order; return what comes back."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def fault(self, operation: str, exception: str, times: int = 1) -> None:
        self.tell(do="fault", operation=operation, exception=exception, times=times)

    def slow(self, operation: str, seconds_s: float) -> None:
        self.tell(do="slow", operation=operation, seconds_s=seconds_s)

    def short(self) -> None:
        """Let the next tile lack its last byte."""
        self.tell(do="short")

    def expire(self) -> None:
        self.tell(do="expire")

    def asked(self) -> list[str]:
        """Return the operations that were called, in their order."""
        return list(self.tell(do="asked"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def running(
    images: Sequence[StoredImage] = (),
    *,
    folder: Path,
    projects: Sequence[str] = (),
    secured: bool = False,
    password: str = PASSWORD,
) -> Iterator[OmeroProcess]:
    """Start a server that lies in `folder`; `secured`: over a web socket with TLS, as IDR's."""
    arrays = {str(image.id): image.samples for image in images if image.samples is not None}
    np.savez(folder / "images.npz", **arrays)
    told = [{**asdict(image), "samples": None} for image in images]
    (folder / "server.json").write_text(
        json.dumps({"images": told, "projects": list(projects), "secured": secured, "password": password})
    )
    if secured:
        _certificate(folder)
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, _SERVANTS, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first, (folder / "server.log").read_text()
            yield OmeroProcess(process, json.loads(first), password=password)
        finally:
            process.kill()
            process.communicate()


def _certificate(folder: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key, now = rsa.generate_private_key(public_exponent=65537, key_size=2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
