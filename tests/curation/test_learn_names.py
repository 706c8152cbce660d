"""Names are learnt from training articles alone; what is right half of the time stays, the rest names nothing."""

import json

import pytest

from benchmarks.tagging import craft_scores
from curation.curated_terms import with_curated
from curation.terms import Kind, Known, Name
from scripts.learn_names import FILES, articles, learn

TERMS = with_curated(
    [
        Known("CL:9000001", "glow cell", "CL", "cell_type", (Name("glow cell", Kind.LABEL), Name("wisp", Kind.EXACT))),
        Known("CL:9000002", "dim cell", "CL", "cell_type", (Name("dim cell", Kind.LABEL),)),
    ]
)
TEXT = "A wisp, a wisp and one wisp. Shimmers are a glow cell, and shimmers shimmer."


@pytest.fixture
def craft(tmp_path):
    """A corpus: two training articles with the same words, and a test article that must not be read."""
    said = [("shimmers", "CL:9000002"), ("Shimmers", "CL:9000002"), ("glow cell", "CL:9000001")]
    mentions, docs = [], []
    for doc, split in (("1", "train"), ("2", "dev"), ("3", "test")):
        captions = [{"kind": "figure", "label": "Figure 1", "start": 29, "end": len(TEXT)}]
        docs.append({"doc": doc, "split": split, "text": TEXT, "captions": captions})
        for words, term in said if split != "test" else [("wisp", "CL:9000001")]:
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
    (shimmer,) = (told for (_, words), told in learnt.items() if words.lower() == "shimmers" or words == "shimmer")
    assert (shimmer.term, shimmer.right) == ("CL:9000002", 4)
    assert ("CL", "glow cell") not in learnt


def test_the_benchmark_counts_what_is_right_found_and_wanted(craft):
    scores = craft_scores(craft, TERMS, "test", 0)
    assert scores["test"]["articles"] == 1
    mentions = scores["test"]["CL"]["mentions"]
    assert (mentions["p"], mentions["r"]) == (0.25, 1.0)
    assert scores["test"]["CL"]["captions"] == {"p": 0.0, "r": 0.0, "f1": 0.0}
