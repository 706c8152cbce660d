"""Web security: who may ask: hosts and origins of ours, a token, a signed session, a CSRF word."""

import base64
import hashlib
import hmac
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  told apart, not listened to
MIN_TOKEN = 16
"""Characters of a token; fewer could be guessed."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer a browser says Origin: null of our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""What every answer carries: nothing foreign is loaded, nothing inline runs, nobody frames the page."""


def is_local(host: str) -> bool:
    """Return whether only this machine can reach a host."""
    return host in _LOCAL


def is_everywhere(host: str) -> bool:
    """Return whether a host means every address of this machine."""
    return host in _EVERYWHERE


def _name_in(host: str) -> str | None:
    """Return the name in a Host header; None where it is no such header."""
    try:
        told = urlsplit(f"//{host}")
        name, _ = told.hostname, told.port
    except ValueError:
        return None
    if told.path or told.query or told.fragment or told.username is not None:
        return None
    return name


def is_our_host(header: str, host: str) -> bool:
    """Return whether a request's Host is one that we listen on: a foreign name is a site that was rebound to us.

    Its port may be another one: that of a tunnel.
    """
    name, host = _name_in(header), host.lower()
    if name is None:
        return False
    if name == host or (is_local(host) and is_local(name)):
        return True
    return is_everywhere(host) and (is_local(name) or _is_address(name) or name == socket.gethostname().lower())


def _is_address(name: str) -> bool:
    """Return whether a host is a number: nobody can rebind that."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def may_post(headers: dict[str, str]) -> bool:
    """Return whether a form was sent by one of our own pages, as far as the browser says."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return False
    return origin is None or origin in {f"http://{headers.get('host')}", f"https://{headers.get('host')}"}


def same(one: str, other: str) -> bool:
    """Return whether two words are equal, in a time that doesn't tell how far."""
    return hmac.compare_digest(one.encode(), other.encode())


@dataclass(frozen=True)
class Session:
    """Who asks: a browser that was let in, and the name that its reader gave."""

    id: str
    name: str = ""

    @property
    def is_new(self) -> bool:
        """Return whether the browser has no cookie of ours yet."""
        return not self.id


class Sessions:
    """Makes and reads the cookies of one server; a restart with the same secret knows them again."""

    def __init__(self, secret: bytes, token: str | None) -> None:
        self._secret = hashlib.blake2b((token or "").encode(), key=secret[:64], digest_size=32).digest()
        self.cookie = f"bricks_{self._signed('cookie')[:8].lower()}"
        """Its name is the server's own: cookies don't tell ports apart."""

    def _signed(self, *words: str) -> str:
        said = "\0".join(words).encode()
        return base64.b32encode(hmac.digest(self._secret, said, "sha256")).decode().rstrip("=")

    def begun(self) -> Session:
        """Return a session nobody had before."""
        return Session(secrets.token_hex(16))

    def written(self, session: Session) -> str:
        """Return the cookie's value."""
        return f"{session.id}.{session.name.encode().hex()}.{self._signed('session', session.id, session.name)}"

    def read(self, value: str) -> Session | None:
        """Return the session of a cookie that we wrote, or None."""
        try:
            identity, coded, signature = value.split(".")
            name = bytes.fromhex(coded).decode()
        except ValueError:
            return None
        return Session(identity, name) if same(signature, self._signed("session", identity, name)) else None

    def csrf(self, session: Session) -> str:
        """Return the word that a form of this session carries."""
        return self._signed("csrf", session.id)


def cookie_in(header: str, name: str) -> Iterable[str]:
    """Yield the values of a cookie in a Cookie header."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            yield value
