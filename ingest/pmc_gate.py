"""PMC gate: whether an article's metadata let it in, asked before anything else of it is downloaded.

The bucket mixes three collections: open access, author manuscripts ("TDM" is a permission to mine text, not to
reuse) and scans of old journals. What isn't told in the right JSON type counts as unknown, and is refused.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

_CODES = frozenset({"CC0", "CC BY", "CC BY-SA", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND", "CC BY-ND"})
"""The codes that are licences (README.txt of the bucket); they carry no version."""


class Refusal(NamedTuple):
    """Why an article stays out."""

    reason: str
    detail: str


def licence_kind(spdx_or_code: str) -> str:
    """Return a licence without its version, so that a code and an SPDX id can be compared.

    >>> licence_kind("CC BY-NC"), licence_kind("CC-BY-NC-4.0"), licence_kind("CC0-1.0")
    ('CC-BY-NC', 'CC-BY-NC', 'CC0')
    """
    stem, _, last = spdx_or_code.strip().upper().replace(" ", "-").rpartition("-")
    return stem if last[:1].isdigit() else f"{stem}-{last}".lstrip("-")


def licence_code(told: Mapping[str, Any]) -> str | None:
    """Return the licence code of an article, where it is one that we know."""
    code = told.get("license_code")
    return code if isinstance(code, str) and code in _CODES else None


def _licence_refusal(told: Mapping[str, Any], allowed: Collection[str]) -> Refusal | None:
    code, said = licence_code(told), told.get("license_code")
    if code is None:
        reason = "license_not_allowed" if said is None or isinstance(said, str) else "metadata_invalid"
        return Refusal(reason, f"license_code is {said!r:.80}")
    if licence_kind(code) not in {licence_kind(spdx) for spdx in allowed}:
        return Refusal("license_not_allowed", f"{code} is not among {', '.join(sorted(allowed))}")
    return None


def _unclear(told: Mapping[str, Any]) -> Refusal | None:
    flags = ("is_retracted", "is_historical_ocr", "is_pmc_openaccess")
    unclear = [f"{flag} is {told.get(flag)!r:.80}" for flag in flags if not isinstance(told.get(flag), bool)]
    return Refusal("metadata_invalid", ", ".join(unclear) + ", not true or false") if unclear else None


def refusal(told: Mapping[str, Any], allowed: Collection[str]) -> Refusal | None:
    """Return why an article with these metadata stays out; None where it may come in."""
    if told.get("is_retracted") is True:
        return Refusal("retracted", "is_retracted is true")
    if told.get("is_historical_ocr") is True:
        return Refusal("historical_ocr", "is_historical_ocr is true")
    refused = _licence_refusal(told, allowed)
    if refused is None and told.get("is_pmc_openaccess") is False:
        return Refusal("not_open_access", "is_pmc_openaccess is false")
    return refused or _unclear(told)
