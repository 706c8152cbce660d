"""Checkpoint asking: a model in a folder of this machine answers questions; its answers are kept as a server's are.

Folders are those that transformers writes. A model without eyes answers by the words alone.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

from PIL import Image

from captioning.answers import Answers
from captioning.asked import Asked, NotAnswered, Outcome
from captioning.picture_parts import jpeg_of
from captioning.replies import Reply
from captioning.request_bodies import Question
from pipeline.pace import Pace
from schemas.errors import BricksError, PixelError, UsageError
from schemas.manifest import CaptioningSettings


@dataclass(frozen=True)
class LocalModel:
    """A checkpoint, and what tells it from every other."""

    name: str
    revision: str
    """A digest of all that its answers depend on."""
    folder: Callable[[], Path] = field(repr=False)
    """Returns where it lies; called only if something is still to be asked, since it may have to be made first."""
    sees: bool = True
    """Whether its configuration has a part for pictures."""


def asked_locally(
    requests: Iterable[Asked], model: LocalModel, settings: CaptioningSettings, cache: Path, total: int
) -> Iterator[Outcome]:
    """Yield an outcome for each request, in their order.

    Raises:
        UsageError: the extra `train` isn't installed, or the folder holds no model that transformers knows.
    """
    speaker = _Speaker(model.folder)
    with Answers(cache) as answers:
        for asked in Pace(f"asking {model.name}", total).over(requests):
            yield _settled(asked, settings, answers, speaker)


def _settled(asked: Asked, settings: CaptioningSettings, answers: Answers, speaker: "_Speaker") -> Outcome:
    if asked.talk is None:
        raise ValueError("only a question with words of its own can be put to a checkpoint")
    talk = asked.talk(asked, settings)
    question: Question = next(talk)
    try:
        while True:
            reply = answers.find(question.key)
            if reply is None:
                reply = answers.keep(question, speaker.reply(question, asked, settings.image_side_px))
            question = talk.send(reply)
    except StopIteration as done:
        outcome: Outcome = done.value
        return outcome
    except PixelError as error:
        return NotAnswered(asked.id, error.reason, error.detail)
    except BricksError:
        raise
    except (RuntimeError, ValueError, IndexError) as error:  # a picture too large for it costs only its question
        return NotAnswered(asked.id, "unexpected_error", f"{type(error).__name__}: {error}"[:300])


class _Speaker:
    """The model, loaded when it is first asked."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._loaded: _Loaded | None = None

    def reply(self, question: Question, asked: Asked, side_px: int) -> Reply:
        """Return what it says to a question."""
        self._loaded = self._loaded or _load(self._folder())
        words = next(part["text"] for part in question.body["messages"][0]["content"] if part["type"] == "text")
        picture = None
        if asked.picture is not None and self._loaded.has_eyes:
            picture = Image.open(io.BytesIO(jpeg_of(asked.picture, side_px)))
        return _said(self._loaded, words, picture, question.body["max_tokens"])


@dataclass(frozen=True)
class _Loaded:
    model: Any
    processor: Any
    """Of pictures and words, or of words alone."""
    has_eyes: bool

    @property
    def words(self) -> Any:  # noqa: ANN401  (transformers is untyped here)
        """Return the tokenizer."""
        return getattr(self.processor, "tokenizer", self.processor)


def _load(folder: Path) -> _Loaded:
    """Return the model of a folder, on the GPU where there is one.

    Raises:
        UsageError: see `asked_locally`.
    """
    try:
        import torch
        import transformers
    except ImportError:
        raise UsageError("torch or transformers isn't installed.", mend="pip install 'bricks[train]'.") from None
    transformers.utils.logging.disable_progress_bar()
    try:
        told = {"local_files_only": True, "trust_remote_code": False}  # a folder's own code is never run
        config = transformers.AutoConfig.from_pretrained(folder, **told)
        has_eyes = type(config) in transformers.AutoModelForImageTextToText._model_mapping  # noqa: SLF001  (no other way)
        kind = transformers.AutoModelForImageTextToText if has_eyes else transformers.AutoModelForCausalLM
        reads = transformers.AutoProcessor if has_eyes else transformers.AutoTokenizer
        processor = reads.from_pretrained(folder, **told)
        model = kind.from_pretrained(folder, dtype="auto", **told)
    except (OSError, ValueError, KeyError, ImportError) as error:
        what = " ".join(str(error).split())[:300].rstrip(".")
        mend = "Give a folder with config.json, *.safetensors and the tokenizer's and processor's files."
        raise UsageError(f"no model can be loaded from it: {what}.", where=str(folder), mend=mend) from error
    model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    return _Loaded(model, processor, has_eyes)


def _said(loaded: _Loaded, words: str, picture: Image.Image | None, max_tokens: int) -> Reply:
    """Return what the model says, word by word the likeliest."""
    import torch

    inputs = _inputs(loaded, words, picture)
    asked_tokens = int(inputs["input_ids"].shape[1])
    end, pad = _ends(loaded)
    with torch.inference_mode():
        said = loaded.model.generate(
            **inputs, max_new_tokens=max_tokens, do_sample=False, num_beams=1, eos_token_id=end, pad_token_id=pad
        )
    tokens = said[0, asked_tokens:].tolist()
    stopped = bool(tokens) and tokens[-1] in (end or [])
    text = loaded.words.decode(tokens, skip_special_tokens=True)
    reason = "length" if len(tokens) >= max_tokens and not stopped else "stop"
    return Reply(text=text, finish_reason=reason, tokens_in=asked_tokens, tokens_out=len(tokens))


def _ends(loaded: _Loaded) -> tuple[list[int], int | None]:
    """Return the tokens that end an answer, by the model's own account and the tokenizer's, and the one that fills."""
    told = loaded.model.generation_config.eos_token_id
    ends = {*(told if isinstance(told, list) else [told]), loaded.words.eos_token_id} - {None}
    pad = loaded.words.pad_token_id
    return sorted(ends), pad if pad is not None else (min(ends) if ends else None)


def _inputs(loaded: _Loaded, words: str, picture: Image.Image | None) -> Mapping[str, Any]:
    """Return tensors, in the form of a conversation where the checkpoint has one."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": words}]
    if picture is not None:
        parts.insert(0, {"type": "image"})
    content: Any = parts if loaded.has_eyes else words
    speaks = next((one for one in (loaded.processor, loaded.words) if getattr(one, "chat_template", None)), None)
    if speaks is None:
        mark = getattr(loaded.processor, "image_token", "<image>") + "\n" if picture is not None else ""
        text = f"{mark}{words}\nAnswer:"
    else:
        turn = [{"role": "user", "content": content}]
        text = speaks.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
    shown = {"images": [picture]} if picture is not None else {}
    found = loaded.processor(text=[text], **shown, return_tensors="pt")
    if "token_type_ids" not in signature(loaded.model.forward).parameters:  # some tokenizers add them for nobody
        found.pop("token_type_ids", None)
    return {name: _placed(loaded.model, value) for name, value in found.items()}


def _placed(model: Any, value: Any) -> Any:  # noqa: ANN401  (tensors)
    """Return a tensor where the model is, in its precision where it isn't whole numbers."""
    moved = value.to(model.device) if hasattr(value, "to") else value
    return moved.to(model.dtype) if getattr(moved, "is_floating_point", lambda: False)() else moved
