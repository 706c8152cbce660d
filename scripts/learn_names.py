"""Learn names: which words of an annotated corpus mean which term, and which only look like one.

    python -m scripts.learn_names CRAFT ONTOLOGIES

CRAFT is a folder with docs.jsonl and <ontology>.jsonl (doc, spans, start, end, text, id, split), ONTOLOGIES one with
the OBO files. Only articles of the splits `train` and `dev` are read. Writes schemas/vocabulary/learnt.tsv.

Every name, the ontologies' and those by which annotators called a term, is tagged in the articles. Words that mean
a term in less than half of their places are ambiguous and name nothing. Words are learnt as a term's name only where
several articles use them so and they are more than one: a short form, or a single word, means in one article what it
means in no other.
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curation.curated_terms import with_curated
from curation.lexicon import Lexicon
from curation.obo import read_obo
from curation.senses import form
from curation.tagging import Tag, tag
from curation.terms import Kind, Known, Name, known_terms, unique
from curation.verdicts import by_hand, standing
from curation.words import words_of
from schemas.curated_table import FOLDER

FILES = {"CL": "cl", "UBERON": "uberon", "GO_CC": "go_cc", "NCBITaxon": "ncbitaxon_slim", "ChEBI": "chebi_dyes"}
"""Ontologies of the corpus, and the OBO file of each; ChEBI's mentions lie in CHEBI.jsonl."""

_LEARNT = ("train", "dev")
_HALF = 0.5
_ARTICLES = 2
"""In so many articles words must mean a term to be learnt as its name."""
_ROUNDS = 2
"""The second round judges what comes to light where the first took a longer name away."""

_HEAD = """\
# Learnt by scripts/learn_names.py from the training articles of CRAFT 5.0.2 (UCDenver-ccp/CRAFT, annotations
# CC BY 3.0). term: what the words mean; empty where they are ambiguous. seen, right: how often, in how many articles.
"""

Key = tuple[str, str]
"""An ontology and the form of words in it."""


class Learnt(NamedTuple):
    """What was learnt of some words."""

    words: str
    term: str
    seen: int
    right: int
    articles: int


class Article(NamedTuple):
    """A text with what annotators found in it: ontology -> (start, end) -> term."""

    doc: str
    text: str
    gold: Mapping[str, Mapping[tuple[int, int], str]]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def articles(craft: Path, splits: Sequence[str] = _LEARNT) -> list[Article]:
    """Return the articles of some splits; mentions in several pieces are left out."""
    gold: dict[str, dict[str, dict[tuple[int, int], str]]] = defaultdict(lambda: defaultdict(dict))
    for ontology in FILES:
        for mention in _lines(craft / f"{'CHEBI' if ontology == 'ChEBI' else ontology}.jsonl"):
            if len(mention["spans"]) == 1:
                gold[mention["doc"]][ontology].setdefault((mention["start"], mention["end"]), mention["id"])
    docs = (doc for doc in _lines(craft / "docs.jsonl") if doc["split"] in splits)
    return [Article(doc["doc"], doc["text"], gold[doc["doc"]]) for doc in docs]


def terms_in(folder: Path) -> list[Known]:
    """Return the terms of the corpus's ontologies, the curated ones among them."""
    return with_curated(known for name in FILES.values() for known in known_terms(read_obo(folder / f"{name}.obo")))


def _annotators_names(read: Iterable[Article], known: set[str]) -> dict[str, set[str]]:
    """Return term -> words by which annotators called it in several articles; no short forms and no single words."""
    where: dict[tuple[str, str], set[str]] = defaultdict(set)
    words: dict[tuple[str, str], str] = {}
    for article in read:
        for mentions in article.gold.values():
            for (start, end), term in mentions.items():
                if term in known:
                    said = article.text[start:end]
                    where[term, form(said)].add(article.doc)
                    words.setdefault((term, form(said)), said)
    named: dict[str, set[str]] = defaultdict(set)
    for (term, key), docs in where.items():
        said = words[term, key]
        if _may_be_learnt(said, docs):
            named[term].add(said)
    return named


def _may_be_learnt(said: str, docs: Collection[str]) -> bool:
    return len(words_of(said)) > 1 and len(docs) >= _ARTICLES


def _with_names(terms: Iterable[Known], named: Mapping[str, set[str]]) -> list[Known]:
    return [
        known._replace(names=unique([*known.names, *(Name(said, Kind.DERIVED) for said in sorted(named[known.id]))]))
        if known.id in named
        else known
        for known in terms
    ]


def learn(terms: Sequence[Known], read: Sequence[Article]) -> list[tuple[str, Learnt]]:
    """Return what the articles teach about words, each with its ontology, sorted."""
    known = {term.id for term in terms}
    candidates = _with_names(terms, _annotators_names(read, known))
    verdicts: dict[Key, str] = {}
    learnt: dict[Key, Learnt] = {}
    table = {(term.ontology, form(name.text)) for term in with_curated([]) for name in term.names}
    plain = {(term.ontology, form(name.text)) for term in terms for name in term.names if name.kind <= Kind.ALIAS}
    for _ in range(_ROUNDS):
        for key, told in _judged(read, Lexicon(candidates, verdicts, by_hand()), known).items():
            if key in standing():
                continue
            if (key not in table) if told.term else (told.seen > 1 or key not in plain):
                learnt[key], verdicts[key] = told, told.term
    usual = Lexicon(terms, {}, by_hand())
    return sorted((key[0], told) for key, told in learnt.items() if told.term != _usual(usual, key[0], told.words))


def _usual(lexicon: Lexicon, ontology: str, words: str) -> str | None:
    """Return what words mean without having been learnt."""
    whole = [each for each in tag(words, lexicon) if each.ontology == ontology and each.text == words]
    return whole[0].term if whole else ""


def _judgeable(article: Article, lexicon: Lexicon) -> Iterator[Tag]:
    """Yield what is tagged, but for words within a longer mention: that cortical astrocytes are, says no fault of them.

    They are neither right nor wrong where annotators chose more words for a term of the same ontology.
    """
    for found in tag(article.text, lexicon):
        gold = article.gold.get(found.ontology, {})
        if found.ontology in FILES and not any(
            start <= found.start and found.end <= end and (start, end) != (found.start, found.end)
            for start, end in gold
        ):
            yield found


def _judged(read: Iterable[Article], lexicon: Lexicon, known: set[str]) -> dict[Key, Learnt]:
    """Return what the articles say of words; nothing of what they mean by too few of them."""
    right: dict[Key, Counter[str]] = defaultdict(Counter)
    where: dict[tuple[Key, str], set[str]] = defaultdict(set)
    seen: Counter[Key] = Counter()
    docs: dict[Key, set[str]] = defaultdict(set)
    words: dict[Key, str] = {}
    for article in read:
        for found in _judgeable(article, lexicon):
            key = (found.ontology, form(found.text))
            seen[key] += 1
            docs[key].add(article.doc)
            words[key] = min(words.get(key, found.text), found.text, key=lambda said: (len(said), said))
            term = article.gold.get(found.ontology, {}).get((found.start, found.end))
            if term in known:
                right[key][term] += 1
                where[key, term].add(article.doc)
    judged = {}
    for key, count in seen.items():
        term, hits = min(right[key].items(), key=lambda pair: (-pair[1], pair[0]), default=("", 0))
        if hits < _HALF * count:
            judged[key] = Learnt(words[key], "", count, hits, len(docs[key]))
        elif _may_be_learnt(words[key], where[key, term]):
            judged[key] = Learnt(words[key], term, count, hits, len(docs[key]))
    return judged


def main() -> None:
    """Learn from the corpus and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("craft", type=Path)
    parser.add_argument("ontologies", type=Path)
    asked = parser.parse_args()
    learnt = learn(terms_in(asked.ontologies), articles(asked.craft))
    with (FOLDER / "learnt.tsv").open("w", encoding="utf-8", newline="") as file:
        file.write(_HEAD)
        table = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, escapechar="\\")
        table.writerow(("ontology", "form", "term", "seen", "right", "articles"))
        table.writerows((ontology, *told) for ontology, told in learnt)
    print(f"{len(learnt)} rows in {FOLDER / 'learnt.tsv'}")


if __name__ == "__main__":
    main()
