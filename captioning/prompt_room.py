"""Prompt room: which facts a model is told, and how much of each, so that question and answers fit its length.

Nobody knows a model's tokenizer here, so tokens are counted high: three letters, or one digit, mark or foreign letter
in a token or two.
"""

from collections.abc import Iterable

from captioning.sentences import sentences
from schemas.manifest import CaptioningSettings

CUT = " [\u2026]"
"""Ends a fact that goes on."""
_MOST_OF_ONE = 2000
"""Characters of one fact: some legends and paragraphs are pages."""
_MOST_TOKENS = 2500
_LEAST_TOKENS = 64
_PIXELS_A_TOKEN = 28 * 28
"""Of Qwen2.5-VL; others take fewer tokens for a picture."""
_WORDS_TOKENS = 900
"""The prompt's own words, the template's marks, and the list of what was wrong with a first answer."""


def facts_tokens(settings: CaptioningSettings) -> int:
    """Return how many tokens there are for facts: the second question repeats the first answer."""
    picture = settings.image_side_px**2 // _PIXELS_A_TOKEN + 64
    left = settings.max_model_len - picture - 2 * settings.max_tokens - _WORDS_TOKENS
    return max(_LEAST_TOKENS, min(_MOST_TOKENS, left))


def fitting(facts: Iterable[str], tokens: int) -> tuple[str, ...]:
    """Return the facts that fit, in their order; a long one is cut at the end of a sentence, and says so."""
    told = []
    for fact in facts:
        short = shortened(fact, min(_MOST_OF_ONE, _characters(fact, tokens)))
        if short:
            told.append(short)
            tokens -= tokens_of(short)
    return tuple(told)


def shortened(fact: str, characters: int) -> str:
    """Return a fact of at most so many characters, the mark of a cut beside; nothing where no sentence fits.

    >>> shortened("HeLa cells. Nuclei are blue.", 20)
    'HeLa cells. […]'
    """
    if len(fact) <= characters:
        return fact
    ends = [each.end for each in sentences(fact) if each.end <= characters]
    words = fact[: max(0, characters)].rpartition(" ")[0] if characters >= _MOST_OF_ONE else ""
    begun = fact[: ends[-1]] if ends else words.rstrip()
    return f"{begun}{CUT}" if begun else ""


def tokens_of(text: str) -> int:
    """Return about how many tokens a text takes, rather too many than too few.

    >>> tokens_of("Nuclei, 10 µm")
    8
    """
    letters = sum(letter.isascii() and (letter.isalpha() or letter == " ") for letter in text)
    foreign = sum(not letter.isascii() for letter in text)
    return -(-letters // 3) + (len(text) - letters - foreign) + 2 * foreign


def _characters(text: str, tokens: int) -> int:
    """Return how many characters of a text so many tokens hold."""
    taken = tokens_of(text)
    return len(text) if taken <= tokens else max(0, len(text) * tokens // taken)
