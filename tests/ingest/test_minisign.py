"""Minisign: a signature is checked over bytes and comment, by the keys that are there."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eln_exports import brought, crate, dataset, file_node, picture, write

from ingest.minisign import verdict_on
from schemas.errors import ArchiveError, UsageError


class Signer:
    """A key that signs as minisign does."""

    def __init__(self):
        self.key, self.number = Ed25519PrivateKey.generate(), b"12345678"

    @property
    def public(self):
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return b"untrusted comment: key\n" + base64.b64encode(b"Ed" + self.number + raw)

    def signature(self, blob, algorithm=b"ED", trusted=b"https://eln.example.org/.well-known/keys.json"):
        made = self.key.sign(hashlib.blake2b(blob).digest() if algorithm == b"ED" else blob)
        lines = [b"untrusted comment: x", base64.b64encode(algorithm + self.number + made)]
        return b"\n".join(
            [*lines, b"trusted comment: " + trusted, base64.b64encode(self.key.sign(made + trusted)), b""]
        )


@pytest.mark.parametrize("algorithm", [b"ED", b"Ed"])
def test_a_signature_is_checked_over_bytes_and_comment(algorithm):
    signer = Signer()
    made = signer.signature(b"{}", algorithm)
    assert verdict_on(b"{}", made, signer.public).startswith("valid: key 3132333435363738")
    assert verdict_on(b"{ }1", made, signer.public).startswith("invalid")
    assert verdict_on(b"{}", made.replace(b".org", b".com"), signer.public).startswith("invalid")
    assert verdict_on(b"{}", made, Signer().public).startswith("invalid")


def test_what_cannot_be_checked_says_so():
    signer = Signer()
    assert verdict_on(b"{}", None, None) == ""
    assert verdict_on(b"{}", b"nonsense", signer.public) == "unreadable"
    assert verdict_on(b"{}", signer.signature(b"{}"), None).startswith("not checked: no public key")
    other = Signer()
    other.number = b"87654321"
    assert "holds another" in verdict_on(b"{}", signer.signature(b"{}"), other.public)


def test_pastas_signature_is_over_the_content():
    signer, metadata = Signer(), {"a": ["é"]}
    made = signer.signature(json.dumps(metadata).encode())
    assert verdict_on(json.dumps(metadata, indent=4).encode(), made, signer.public).startswith("valid over its content")


def test_a_key_of_the_manifest_is_trusted_and_a_change_refused(tmp_path):
    signer, path = Signer(), tmp_path / "a.eln"
    (tmp_path / "lab.pub").write_bytes(signer.public)
    nodes = [dataset("./e/", "./e/a.png", name="E", text="w"), file_node("./e/a.png", picture(1))]
    metadata = json.dumps(crate(nodes, ["./e/"])).encode()
    signed = {"e/a.png": picture(1), "ro-crate-metadata.json.minisig": signer.signature(metadata)}
    write(path, signed, metadata)
    (figure,), _ = brought(tmp_path, signing_keys="lab.pub")
    assert [fact.value for fact in figure.facts if fact.name == "signature"] == [
        "valid: key 3132333435363738, which the manifest names"
    ]
    write(path, signed, metadata.replace(b'"w"', b'"v"'))
    with pytest.raises(ArchiveError, match="signature_invalid"):
        brought(tmp_path, signing_keys="lab.pub")
    write(path, {"e/a.png": picture(1)}, metadata)
    with pytest.raises(ArchiveError, match="signature_missing"):
        brought(tmp_path, signing_keys="lab.pub")
    (tmp_path / "lab.pub").write_bytes(b"no key")
    with pytest.raises(UsageError, match="no public key"):
        brought(tmp_path, signing_keys="lab.pub")


def test_where_the_manifest_names_keys_no_other_signature_counts():
    lab, stranger, namesake = Signer(), Signer(), Signer()
    stranger.number = b"87654321"
    for made in (stranger.signature(b"{}"), namesake.signature(b"{}"), b"nonsense", b""):
        with pytest.raises(ArchiveError, match="signature_invalid"):
            verdict_on(b"{}", made, stranger.public, [lab.public])
    with pytest.raises(ArchiveError, match="signature_missing"):
        verdict_on(b"{}", None, stranger.public, [lab.public])
    assert verdict_on(b"{}", lab.signature(b"{}"), None, [namesake.public, lab.public]).startswith("valid: key")


def test_the_verdict_is_a_fact(tmp_path):
    signer, path = Signer(), tmp_path / "a.eln"
    nodes = [dataset("./e/", "./e/a.png", name="E", text="w"), file_node("./e/a.png", picture(1))]
    metadata = json.dumps(crate(nodes, ["./e/"])).encode()
    signed = {"ro-crate-metadata.json.minisig": signer.signature(metadata), "ro-crate.pubkey": signer.public}
    write(path, {"e/a.png": picture(1), **signed}, metadata)
    (figure,), _ = brought(tmp_path)
    assert [fact.value[:9] for fact in figure.facts if fact.name == "signature"] == ["valid: ke"]
