"""New manifest: drafted from flags or copied from one that ships, found right, and written whole or not at all."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Final

from pipeline.given_places import written_to
from pipeline.interview import asks_a_server, licences_in
from pipeline.workspace import write_whole
from schemas.draft_sources import ASKS, KINDS, PATH, Ask, SourceDraft, Value
from schemas.errors import UsageError
from schemas.manifest_draft import Draft, complaint, complaint_at, draft_text, key_line, scalar, schema_line
from schemas.manifest_file import read_manifest
from schemas.manifest_parts import WITHHELD, did_you_mean, nearest
from schemas.manifest_rules import is_live
from schemas.shipped import MANIFESTS, shipped_file

_FLAGS: Final = {
    "name": "--name", "contact": "--contact", "licenses": "--license", "repo": "--publish",
    **{ask.key: ask.flag for ask in ASKS},
}  # fmt: skip
_NO_SERVER: Final = "a server is asked, and is told by whom."
_SAY_WHO: Final = "Give --contact, an e-mail or a web address."


def drafted(named: Sequence[str], given: Mapping[str, Sequence[str]], draft: Draft) -> Draft:
    """Return `draft` with sources of the types `named`, which take in their order what was `given` by flags.

    Raises:
        UsageError: there is no such type, a source lacks something, or something was given that no source takes.
    """
    left = {key: list(values) for key, values in given.items()}
    sources = tuple(_source(name, left) for name in named)
    for ask in ASKS:
        if left.get(ask.key):
            what = f"no --source takes {scalar(left[ask.key][0])}."
            raise UsageError(what, where=ask.flag, mend="Each source takes one, in the order of both.")
    return draft.model_copy(
        update={"sources": sources, "licenses": licences_in(list(draft.licenses)) if draft.licenses else ()}
    )


def _source(name: str, left: dict[str, list[str]]) -> SourceDraft:
    if name not in KINDS:
        mend = f"Use one of {', '.join(KINDS)}."
        raise UsageError(
            f'there is no source "{name}"{did_you_mean(nearest(name, KINDS))}.', where="--source", mend=mend
        )
    kind = KINDS[name]
    asks = kind.live if kind.live and left.get(kind.live[0].key) else (PATH, *kind.beside)
    if not left.get(asks[0].key):
        needs = " or ".join(ask.flag for ask in (*kind.live[:1], *([PATH] if kind.files else [])))
        raise UsageError(f"{name} needs {needs}.", where="--source")
    given = [(ask.key, _taken(ask, left)) for ask in asks if left.get(ask.key)]
    owner = [
        (key, left[f"own {key}"][0]) for key in ("license", "attribution") if kind.owned and left.get(f"own {key}")
    ]
    return SourceDraft(type=name, given=(*given, *owner))


def _taken(ask: Ask, left: dict[str, list[str]]) -> Value:
    """Take what is next for a source: one value, or all of a list."""
    if not ask.several:
        return left[ask.key].pop(0)
    taken, left[ask.key] = tuple(left[ask.key]), []
    return taken


def text_of_draft(draft: Draft, file: str) -> str:
    """Return the manifest of a draft, which is right.

    Raises:
        UsageError: it can't be: names the flag that said so.
    """
    if draft.contact is None and asks_a_server(draft):
        raise UsageError(_NO_SERVER, where="--contact", mend=_SAY_WHO)
    wrong = complaint(draft)
    if wrong is not None:
        steps = [step for step in wrong.path.split(".") if not step.isdigit()]
        flag = _FLAGS.get(steps[-1], "--source")
        raise UsageError(f"{wrong.what}.", where=flag, mend="Nothing was written.")
    return draft_text(draft, file)


def copied(name: str, draft: Draft, file: str) -> str:
    """Return the manifest that ships under `name`, with the draft's name and contact.

    Raises:
        UsageError: there is none, it can't be copied, or name or contact can't be.
    """
    source = shipped_file(name, MANIFESTS, "manifest")
    if source.with_suffix("").is_dir():
        raise UsageError(
            "it comes with pictures of its own, which lie beside it.", where=name, mend=f"Run it: bricks run {name}."
        )
    text = source.read_text(encoding="utf-8")
    loaded = read_manifest(text, name).manifest
    if (
        loaded.contact == WITHHELD
        and draft.contact is None
        and any(is_live(one.model_dump()) for one in loaded.sources)
    ):
        raise UsageError(_NO_SERVER, where="--contact", mend=_SAY_WHO)
    for field, value in (("name", draft.name), ("contact", draft.contact)):
        wrong = complaint_at(Draft().model_copy(update={field: value}), field) if value else None
        if wrong:
            raise UsageError(f"{wrong}.", where=f"--{field}", mend="Nothing was written.")
        text = _with(text, field, value) if value else text
    return _of_its_own(text, name, draft.name or name, file)


def _with(text: str, key: str, value: str) -> str:
    """Return the text with another value for a key at its top; a key that isn't there comes after the name."""
    line = key_line(key, value)
    text, found = re.subn(rf"^{key}: .*", lambda _: line, text, count=1, flags=re.MULTILINE)
    return (
        text if found else re.sub(r"^name: .*", lambda found: f"{found[0]}\n{line}", text, count=1, flags=re.MULTILINE)
    )


def _of_its_own(text: str, shipped: str, name: str, file: str) -> str:
    """Return the text with comments that speak of the copy, not of what ships."""
    text = re.sub(r"^# yaml-language-server: .*", lambda _: schema_line(), text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^# +bricks init --from .*\n", "", text, flags=re.MULTILINE)
    text = text.replace(f"bricks run {shipped} --set contact=you@example.org", f"bricks run {shipped}")
    text = re.sub(rf"bricks (run|plan) {shipped}\b", lambda found: f"bricks {found[1]} {quote(file)}", text)
    return text.replace(f"runs/{shipped}/", f"runs/{name}/")


def why_taken(file: Path, *, force: bool) -> str | None:
    """Return why a file can't be written, if so: nothing is written over unless --force says so."""
    if file.is_dir():
        return f"{file} is a folder"
    return f"{file} is there already" if not force and (file.exists() or file.is_symlink()) else None


def refuse_taken(file: Path, *, force: bool) -> None:
    """Refuse to write over a file.

    Raises:
        UsageError: one is there, and nobody said --force; or a folder is.
    """
    why = why_taken(file, force=force)
    if why:
        raise UsageError(f"{why}.", where="--out", mend="Give another --out, or --force to write over a file.")


def written(file: Path, text: str, *, force: bool) -> list[str]:
    """Write a manifest that is right, and return the two commands that come next.

    Raises:
        UsageError: a file is there, and nobody said --force.
        ManifestError: the text is no right manifest.
    """
    read_manifest(text, str(file))
    refuse_taken(file, force=force)
    with written_to(file, "--out"):
        write_whole(file, text.encode())
    told = quote(str(file))
    return [f"bricks plan {told}", f"bricks run {told} --limit 20"]
