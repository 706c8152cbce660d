"""Checkpoint digest: what tells a folder with a model from every other: the content of the files it is read from."""

import hashlib
import json
from pathlib import Path
from typing import Final

from captioning.checkpoint_asking import LocalModel
from pipeline.store import fingerprint
from schemas.errors import UsageError

_READ: Final = (".json", ".safetensors", ".model", ".txt", ".jinja", ".bin")


def checkpoint_at(folder: Path) -> LocalModel:
    """Return the model that lies in a folder.

    Raises:
        UsageError: there is none, or only an adapter.
    """
    where, mend = str(folder), "Give a folder that transformers wrote: config.json, *.safetensors, tokenizer files."
    if not folder.is_dir():
        raise UsageError("there is no such folder.", where=where, mend=mend)
    if not (folder / "config.json").is_file():
        if (folder / "adapter_config.json").is_file():
            raise UsageError(
                "is a LoRA adapter, not a whole model.",
                where=where,
                mend="Merge it into its base first: peft's `merge_and_unload()`, then `save_pretrained`.",
            )
        raise UsageError("has no config.json.", where=where, mend=mend)
    return LocalModel(folder.resolve().name, digest_of(folder), lambda: folder, sees=_sees(folder))


def _sees(folder: Path) -> bool:
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"its config.json can't be read: {error}.", where=str(folder)) from error
    return isinstance(said, dict) and any("vision" in key or "visual" in key for key in said)


def digest_of(folder: Path) -> str:
    """Return a digest of a checkpoint's files, whatever the folder is called."""
    files = sorted(path for path in folder.iterdir() if path.suffix in _READ and path.is_file())
    return fingerprint([(path.name, _sha256(path)) for path in files])


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
