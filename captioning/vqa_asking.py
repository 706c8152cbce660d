"""VQA asking: items as questions for captioning's client, and its outcomes as answers: nothing is asked twice."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from captioning.asked import LASTING, Answered, Asked, NotAnswered, Outcome, Picture
from captioning.dialogue import Dialogue
from captioning.picture_parts import sent_size
from captioning.replies import Reply
from captioning.request_bodies import plain
from captioning.vqa_items import Frame, Item, letter_words, place_words, shown_order
from captioning.vqa_layouts import QuestionSet
from captioning.vqa_pictures import as_one
from pipeline.pixels import inspect
from schemas.errors import PixelError
from schemas.manifest import CaptioningSettings

Ask = Callable[[Iterable[Asked], int], Iterator[Outcome]]
"""Asks somebody: requests and their number in; an outcome for each, in any order."""


BLIND_TOKENS: Final = 256
"""Of an answer without a picture: models say first that they see none."""


@dataclass(frozen=True)
class Manner:
    """How questions are put, and by how many draws intervals are estimated."""

    seed: int = 17
    """Of the order of options and of what is drawn."""
    shuffled: bool = True
    """Whether options are shown in another order than the file's."""
    frame: Frame = "original"
    image_side_px: int = 1024
    letter_tokens: int = 64
    place_tokens: int = 1024
    blind: bool = False
    """Without pictures: what the words alone give away; of questions with options only."""
    draws: int = 1000

    @property
    def order_seed(self) -> int | None:
        """Return what `shown_order` takes."""
        return self.seed if self.shuffled else None


@dataclass(frozen=True)
class Given:
    """What was answered to an item, whatever it is worth."""

    number: int
    """The item's."""
    text: str
    reason: str | None = None
    """Why there is no plain answer: of `captioning.asked.REASONS`, or a picture's."""
    detail: str = ""
    sent_px: tuple[int, int] | None = None
    """(width, height) of the picture as it was sent; None without one."""
    filed_px: tuple[int, int] | None = None
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def was_answered(self) -> bool:
        """Return whether the model said something, useful or not; else a server or a picture was at fault."""
        return self.reason is None or self.reason in LASTING


def given_answers(found: QuestionSet, items: Sequence[Item], manner: Manner, ask: Ask) -> list[Given]:
    """Return what is answered to each item, in their order.

    Raises:
        ModelServerError: no server answers for long; all answers so far are kept.
    """
    sizes: dict[int, _Sizes] = {}
    spoilt: list[Given] = []
    asked = _asked(found, items, manner, sizes, spoilt)
    given = [_given(outcome, sizes) for outcome in ask(asked, len(items))]
    return sorted([*given, *spoilt], key=lambda one: one.number)


_Sizes = tuple[tuple[int, int] | None, tuple[int, int] | None]


def _asked(
    found: QuestionSet, items: Sequence[Item], manner: Manner, sizes: dict[int, _Sizes], spoilt: list[Given]
) -> Generator[Asked, None, None]:
    """Yield each item as a question with its picture; what has none that can be read is spoilt."""
    of_row: dict[int, list[Item]] = {}
    for item in items:
        of_row.setdefault(item.row, []).append(item)
    for row, pictures in found.pictures(set(of_row)):
        picture = None if manner.blind else _shown(pictures, found, manner.image_side_px)
        for item in of_row[row]:
            try:
                asked, sizes[item.number] = _question(item, picture, manner)
            except PixelError as error:
                spoilt.append(Given(item.number, "", error.reason, error.detail))
            else:
                yield asked


def _shown(pictures: list[Picture] | PixelError, found: QuestionSet, side_px: int) -> Picture | PixelError | None:
    """Return the picture of a row, or why it has none; None where the whole set has none."""
    if isinstance(pictures, PixelError):
        return pictures
    if not pictures and found.has_pictures:
        return PixelError("image_missing", "the row shows no picture")
    try:
        return as_one(pictures, side_px)
    except PixelError as error:
        return error


def _question(item: Item, picture: Picture | PixelError | None, manner: Manner) -> tuple[Asked, _Sizes]:
    if isinstance(picture, PixelError):
        raise picture
    filed = sent = None
    if picture is not None and item.answering != "letter":
        pixels = inspect(picture.blob)
        filed = (pixels.width_px, pixels.height_px)
        sent = sent_size(*filed, manner.image_side_px)
    if item.answering == "letter":
        words = letter_words(item, shown_order(item, manner.order_seed), blind=manner.blind)
    else:
        if filed is None or sent is None:
            raise PixelError("image_missing", "a question about places needs a picture")
        words = place_words(item, manner.frame, sent if manner.frame == "sent" else filed)
    tokens = manner.letter_tokens if item.answering == "letter" else manner.place_tokens
    asked = Asked(str(item.number), picture, talk=_Talk(words, tokens))
    return asked, (sent, filed)


@dataclass(frozen=True)
class _Talk:
    """Asks once, in words of its own, and takes whatever is said."""

    words: str
    max_tokens: int

    def __call__(self, asked: Asked, settings: CaptioningSettings) -> Dialogue:
        reply = yield plain(asked, self.words, settings, self.max_tokens)
        took, reason = (reply.tokens_in, reply.tokens_out), _reason(reply)
        if reason is None:
            return Answered(asked.id, reply.text, (), (), *took)
        return NotAnswered(asked.id, reason, reply.refusal or "", reply.text, *took)


def _reason(reply: Reply) -> Literal["refused", "answer_cut", "answer_empty"] | None:
    if reply.refusal or reply.finish_reason == "content_filter":
        return "refused"
    if reply.finish_reason == "length":
        return "answer_cut"
    return None if reply.text.strip() else "answer_empty"


def _given(outcome: Outcome, sizes: dict[int, _Sizes]) -> Given:
    number = int(outcome.id)
    sent, filed = sizes.get(number, (None, None))
    given = Given(number, outcome.text, None, "", sent, filed, outcome.tokens_in, outcome.tokens_out)
    if isinstance(outcome, Answered):
        return given
    return replace(given, reason=outcome.reason, detail=outcome.detail)
