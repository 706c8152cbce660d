"""Merge configs: whether two checkpoints compute alike and read words alike: configurations and tokenizers compared."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from schemas.errors import UsageError

_NO_MATTER: Final = re.compile(
    r"_?name_or_path|(?:torch_)?dtype|\w*version\w*|\w*(?:dropout|drop_rate|drop_prob)\w*|use_cache|auto_map"
    r"|(?:bos|eos|pad)_token_id|_?attn_implementation\w*|architectures|model_type|tie_word_embeddings"
)
"""Keys that change no number of a model in use, or are told in words of their own."""
_TOKENIZER: Final = "tokenizer.json"
_PASSING: Final = ("truncation", "padding", "version")
"""What training leaves in a tokenizer's file and every call sets anew."""
_SHOWN: Final = 8


def config_problems(folders: tuple[Path, Path], one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Yield how two configurations, which the folders hold, differ in what a model computes."""
    told = _differences(one, other)
    if told:  # an older transformers may have written less, or by other names
        read = [_read_by_transformers(folder) for folder in folders]
        told = told if None in read else _differences(read[0] or {}, read[1] or {})
    if told:
        more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        yield f"configurations differ: {', '.join(told[:_SHOWN])}{more}"


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    first, second = dict(_leaves(one)), dict(_leaves(other))
    return [
        f"{name} ({first.get(name)!r} in A, {second.get(name)!r} in B)"
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]


def _leaves(said: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that matters under its dotted name; null is as good as absent."""
    for key, value in said.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        elif value is not None and not _NO_MATTER.fullmatch(str(key)):
            yield f"{above}{key}", value


def _read_by_transformers(folder: Path) -> Mapping[str, Any] | None:
    """Return a configuration with all that it leaves out; None without transformers, or where it doesn't know it."""
    try:
        from transformers import AutoConfig

        found = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        return json.loads(json.dumps(found.to_dict(), default=str))  # type: ignore[no-any-return]
    except Exception:  # noqa: BLE001  (whatever it says of a stranger's file: then the files themselves are compared)
        return None


def tokenizer_problems(one: Path, other: Path) -> Iterator[str]:
    """Yield that two folders' words have other numbers; a folder without tokenizer.json tells nothing."""
    if (one / _TOKENIZER).is_file() and (other / _TOKENIZER).is_file():
        first, second = _tokenizer(one), _tokenizer(other)
        parts = [key for key in sorted(first.keys() | second.keys()) if first.get(key) != second.get(key)]
        if parts:
            yield f"tokenizers differ ({', '.join(parts)} in {_TOKENIZER})"


def _tokenizer(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / _TOKENIZER).read_text(encoding="utf-8"))
        kept = {key: value for key, value in said.items() if key not in _PASSING}
    except (ValueError, AttributeError) as error:
        raise UsageError(f"its {_TOKENIZER} can't be read: {error}.", where=str(folder)) from error
    inner = kept.get("model")
    if isinstance(inner, dict) and isinstance(inner.get("merges"), list):  # pairs, which used to be one text
        merges = [one if isinstance(one, str) else " ".join(map(str, one)) for one in inner["merges"]]
        kept["model"] = {**inner, "merges": merges}
    return kept
