"""Name classes: under which check a name is refused that no fact carries, by what it looks like."""

import re

from captioning.carried import is_code
from captioning.reading import Reading, claimed
from captioning.term_names import names_in

# Stems of the names that the WHO gives to drugs (INN, who.int/teams/health-product-and-policy-standards/inn/stembook).
_DRUG = re.compile(
    r"(?:mycin|cillin|azole|statin|tinib|ciclib|rafenib|limus|platin|taxel|rubicin|dopa|caine|amide|idine|olol|sartan|"
    r"azepam|oxacin|parib|mab|zomib|oxifen|steroid|sone|olone|pril|vir|barbital|cyclin|cycline|poside|fungin|terone|"
    r"estradiol|azide|idone|apine|setron|triptan|gliptin|fibrate|phylline)e?s?"
)
_GENUS = re.compile(r"[A-Z][a-z]{2,}")
_EPITHET = re.compile(
    r"[a-z]{2,}(?:us|is|um|ii|ae|ense|ans|oides|ica|ata|osa|ella|ina|ale|ea|ia|[aei])"  # Latin endings
)
_LINE = re.compile(r"\s?(?:cells?|cell lines?|line)\b")


def class_of(reading: Reading, at: int) -> str:
    """Return the check that refuses a name without a fact."""
    token = reading.cut[at]
    known = next((meant.check for meant in names_in([token])), "") or claimed(reading, at)
    return known or _by_form(reading, at)


def _by_form(reading: Reading, at: int) -> str:
    token = reading.cut[at]
    if token.text.isalpha() and re.search(rf"{_DRUG.pattern}$", token.form):
        return "treatments"
    if is_code(token.text):
        return "cell_lines" if _LINE.match(reading.text, token.end) else "names"
    if _is_binomial(reading, at) or (at and _is_binomial(reading, at - 1)):
        return "organisms"
    return "names" if token.text[0].isupper() and at not in reading.starts else "words"


def _is_binomial(reading: Reading, at: int) -> bool:
    """Return whether a genus stands there with its species behind it."""
    pair = [token.text for token in reading.cut[at : at + 2]]
    return len(pair) == 2 and bool(_GENUS.fullmatch(pair[0]) and _EPITHET.fullmatch(pair[1]))
