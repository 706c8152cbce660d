"""Names are learnt from training articles alone; what is right half of the time stays, the rest names nothing."""

import json

import pytest

from benchmarks.tagging import craft_scores
from curation.curated_terms import with_curated
from curation.terms import Kind, Known, Name
from curation.words import words_of
from schemas.curated_table import rows
from scripts.learn_names import FILES, articles, learn

TERMS = with_curated(
    [
        Known("CL:9000001", "glow cell", "CL", "cell_type", (Name("glow cell", Kind.LABEL), Name("wisp", Kind.EXACT))),
        Known("CL:9000002", "dim cell", "CL", "cell_type", (Name("dim cell", Kind.LABEL),)),
    ]
)
TEXT = (
    "A wisp, a wisp and one wisp. Shimmer bits are a glow cell, and shimmer bits are GLM.\n"
    "A glim, a glim. Own words are own words. Odd glow cell."
)


@pytest.fixture
def craft(tmp_path):
    """A corpus: two training articles with the same words, and a test article that must not be read."""
    said = [("shimmer bits", "CL:9000002"), ("Shimmer bits", "CL:9000002"), ("glow cell", "CL:9000001")]
    said += [("GLM", "CL:9000001"), ("glim", "CL:9000001"), ("Odd glow cell", "CL:9000002")]
    once = [("Own words", "CL:9000001"), ("own words", "CL:9000001")]
    mentions, docs = [], []
    for doc, split in (("1", "train"), ("2", "dev"), ("3", "test")):
        captions = [{"kind": "figure", "label": "Figure 1", "start": 29, "end": len(TEXT)}]
        docs.append({"doc": doc, "split": split, "text": TEXT, "captions": captions})
        for words, term in {"1": said + once, "2": said, "3": [("wisp", "CL:9000001")]}[doc]:
            start = TEXT.index(words)
            where = {"start": start, "end": start + len(words), "spans": [[start, start + len(words)]]}
            mentions.append({"doc": doc, "split": split, "text": words, "id": term, **where})
    files = {"docs": docs, **{name: [] for name in FILES}, "CHEBI": [], "CL": mentions}
    for name, lines in files.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def test_only_training_articles_are_read(craft):
    assert [article.doc for article in articles(craft)] == ["1", "2"]


def test_names_that_mislead_are_dropped_and_annotators_names_are_learnt(craft):
    learnt = {(ontology, told.words): told for ontology, told in learn(TERMS, articles(craft))}
    wisp = learnt["CL", "wisp"]
    assert (wisp.term, wisp.seen, wisp.right, wisp.articles) == ("", 6, 0, 2)
    shimmer = learnt["CL", "Shimmer bits"]
    assert (shimmer.term, shimmer.right) == ("CL:9000002", 4)
    assert ("CL", "glow cell") not in learnt


def test_short_forms_single_words_and_what_one_article_says_are_not_learnt(craft):
    learnt = {told.words.lower() for _, told in learn(TERMS, articles(craft)) if told.term}
    assert learnt == {"shimmer bits", "odd glow cell"}


def test_words_within_a_longer_mention_are_no_fault_of_theirs(craft):
    assert ("CL", "glow cell") not in {(of, told.words) for of, told in learn(TERMS, articles(craft))}


def test_what_ships_was_learnt_from_several_articles():
    names = [row for row in rows("learnt") if row["term"]]
    assert names
    for row in names:
        assert int(row["articles"]) >= 2
        assert len(words_of(row["form"])) > 1


def test_the_benchmark_counts_what_is_right_found_and_wanted(craft):
    scores = craft_scores(craft, TERMS, "test", 0)
    assert scores["test"]["articles"] == 1
    mentions = scores["test"]["CL"]["mentions"]
    assert (mentions["p"], mentions["r"]) == (0.2, 1.0)
    assert scores["test"]["CL"]["captions"] == {"p": 0.0, "r": 0.0, "f1": 0.0}
