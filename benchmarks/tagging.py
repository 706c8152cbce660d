"""Tagging: are the terms of annotated articles found, are given ids checked, and how fast?

    python -m benchmarks.tagging DIR [--json] [--split test] [--folds 5]

DIR holds `craft` (docs.jsonl and <SET>.jsonl of CRAFT), `idr_terms` (terms.jsonl, text_id_mismatch.jsonl,
studies.jsonl) and `ontology` (OBO files). Of each split of CRAFT: strict mentions (span and id) over the full texts,
and ids of each figure caption, once with the article at hand and once for the caption alone, as `bricks tag` is
called. `--folds` learns names anew without the articles that are judged, so that the training split too says what
to expect of articles that nobody has seen. Speed is printed beside a bare pyahocorasick loop over the same names.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ahocorasick

from curation.consistency import Given, Names, check
from curation.curated_terms import with_curated
from curation.lexicon import Lexicon
from curation.lexicons import asked_ontologies, lexicon
from curation.senses import form
from curation.tagging import Tag, tag
from curation.term_index import index_file
from curation.terms import Known
from curation.verdicts import by_hand, verdicts, with_learnt
from schemas.curated_table import curated
from scripts.learn_names import FILES, Article, articles, learn, terms_in

Hits = dict[str, list[int]]
"""Measure -> found right, found, to be found."""


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


class Truth:
    """CRAFT: captions and mentions; of ChEBI the mentions whose ids the file holds."""

    def __init__(self, craft: Path, terms: Iterable[Known]) -> None:
        dyes = {known.id for known in terms if known.ontology == "ChEBI"}
        self.captions: dict[str, list[tuple[int, int]]] = {}
        self.split: dict[str, str] = {}
        for doc in _lines(craft / "docs.jsonl"):
            self.split[doc["doc"]] = doc["split"]
            figures = (caption for caption in doc["captions"] if caption["kind"] == "figure")
            self.captions[doc["doc"]] = [(caption["start"], caption["end"]) for caption in figures]
        self.mentions: dict[tuple[str, str], set[tuple[int, int, str]]] = defaultdict(set)
        for ontology in FILES:
            for said in _lines(craft / f"{'CHEBI' if ontology == 'ChEBI' else ontology}.jsonl"):
                if ontology != "ChEBI" or said["id"] in dyes:
                    self.mentions[ontology, said["doc"]].add((said["start"], said["end"], said["id"]))


def _count(hits: list[int], right: set[Any], found: set[Any]) -> None:
    for at, more in enumerate((len(right & found), len(found), len(right))):
        hits[at] += more


def _of(ontology: str, tags: Iterable[Tag]) -> set[tuple[int, int, str]]:
    return {(each.start, each.end, each.term) for each in tags if each.ontology == ontology}


def judge(read: Iterable[Article], truth: Truth, compiled: Lexicon, hits: dict[str, Hits]) -> None:
    """Add up what a lexicon finds in articles."""
    for article in read:
        whole = tag(article.text, compiled)
        spans = truth.captions[article.doc]
        alone = [tag(article.text[start:end], compiled) for start, end in spans]
        for ontology in FILES:
            gold, found = truth.mentions[ontology, article.doc], _of(ontology, whole)
            _count(hits[ontology]["mentions"], gold, found)
            for (start, end), own in zip(spans, alone, strict=True):
                right = {term for s, e, term in gold if start <= s and e <= end}
                here = {term for s, e, term in found if start <= s and e <= end}
                _count(hits[ontology]["captions"], right, here)
                _count(hits[ontology]["captions alone"], right, {term for _, _, term in _of(ontology, own)})


def _no_hits() -> dict[str, Hits]:
    return {name: {way: [0, 0, 0] for way in ("mentions", "captions", "captions alone")} for name in FILES}


def _scores(hits: Sequence[int]) -> dict[str, float]:
    right, found, wanted = hits
    precision, recall = right / max(1, found), right / max(1, wanted)
    return {"p": round(precision, 3), "r": round(recall, 3), "f1": round(2 * right / max(1, found + wanted), 3)}


def _scored(hits: Mapping[str, Hits]) -> dict[str, dict[str, dict[str, float]]]:
    return {name: {way: _scores(counts) for way, counts in ways.items()} for name, ways in hits.items()}


def craft_scores(craft: Path, terms: Sequence[Known], only: str | None, folds: int) -> dict[str, Any]:
    """Return the figures of every split, and of the training split judged by folds."""
    truth = Truth(craft, terms)
    compiled = Lexicon(with_learnt(terms), verdicts(), by_hand())
    answer: dict[str, Any] = {}
    for split in sorted({only} if only else set(truth.split.values())):
        hits, read = _no_hits(), articles(craft, (split,))
        judge(read, truth, compiled, hits)
        answer[split] = {"articles": len(read), **_scored(hits)}
    if folds > 1 and (read := articles(craft)):
        hits = _no_hits()
        for fold in range(folds):
            seen = [article for at, article in enumerate(read) if at % folds != fold]
            judge(read[fold::folds], truth, _learnt_from(seen, terms), hits)
        answer[f"train and dev, {folds} folds"] = {"articles": len(read), **_scored(hits)}
    return answer


def _learnt_from(seen: Sequence[Article], terms: Sequence[Known]) -> Lexicon:
    told = learn(terms, seen)
    said = {(ontology, form(each.words)): each.term for ontology, each in told}
    return Lexicon(with_learnt(terms, [(each.term, each.words) for _, each in told if each.term]), said, by_hand())


def imaging_methods(text: str, compiled: Lexicon) -> set[str]:
    """Return the FBbi ids of the imaging methods of a study, from its words.

    What is named counts; a term of our own list, for its modality in FBbi. A stain speaks for its modality only
    where no method is named. A modality that a submodality belongs to is not told beside it.
    """
    table = curated()
    modality = {row.value: row.id for row in table.values() if row.field == "modality" and row.id.startswith("FBbi:")}
    named: set[str] = set()
    implied: set[str] = set()
    covered: set[str] = set()
    for each in tag(text, compiled):
        row = table.get(each.term)
        if each.negated or each.field not in ("modality", "submodality", "stain"):
            continue
        above = modality.get(row.within if row else "")
        if each.field == "stain":
            implied |= {above} if above else set()
        elif each.term.startswith("FBbi:"):
            named.add(each.term)
            covered |= {above} if above else set()
        elif above:
            named.add(above)
    return (named - covered) or implied


def idr_scores(folder: Path, known: Sequence[Known], compiled: Lexicon) -> dict[str, Any]:
    """Return exact look-up by ontology, the consistency check, and imaging methods from titles and descriptions."""
    names = Names(with_curated(known))
    rows = [*_lines(folder / "terms.jsonl")]
    looked: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        counts = looked[row["id"].partition(":")[0]]
        counts[0] += row["id"] in names.named(row["text"])
        counts[1] += 1
    suspects = [*_lines(folder / "text_id_mismatch.jsonl")]
    unique = {(given.text, given.id): given for given in (Given(row["text"], row["id"]) for row in (*rows, *suspects))}
    done = check(unique.values(), names)
    hits = [0, 0, 0]
    for study in _lines(folder / "studies.jsonl"):
        gold = {f"FBbi:{said['id'].rpartition(':')[2]}" for said in study["gold"] if _is_method(said)}
        text = "\n\n".join([study["title"], study["description"], *study["experiment_descriptions"]])
        _count(hits, gold, imaging_methods(text, compiled))
    return {
        "look-up": {prefix: counts for prefix, counts in sorted(looked.items()) if prefix in names.prefixes},
        "imaging method": _scores(hits),
        "consistency": {
            "checked": done.checked,
            "suspects": len(suspects),
            "flagged": [f"{fault.text} | {fault.id} {fault.label} | {fault.reason}" for fault in done.faults],
        },
    }


def _is_method(said: Mapping[str, str]) -> bool:
    return "Imaging Method" in said["field"] and said["id"].rpartition(":")[0] in ("FBbi", "")


def speed(texts: Sequence[str], files: Sequence[Path], folder: Path) -> dict[str, float]:
    """Return megabytes a second and core of the tagger and of a bare loop, and when a process is ready."""
    asked = asked_ontologies([str(path) for path in files], folder=folder)
    lexicon(asked)  # what is kept for the next process is written here
    lexicon.cache_clear()
    began = time.process_time()
    compiled = lexicon(asked)
    ready_s = time.process_time() - began
    size_mb = sum(len(text.encode()) for text in texts) / 1e6
    bare = _bare(compiled.terms)
    began = time.process_time()
    tags = sum(len(tag(text, compiled)) for text in texts)
    took_s = time.process_time() - began
    began = time.process_time()
    hits = sum(1 for text in texts for _ in bare.iter(text.lower()))
    bare_s = time.process_time() - began
    return {
        "mb": round(size_mb, 2),
        "tags": tags,
        "mb_per_s": round(size_mb / took_s, 2),
        "ready_s": round(ready_s, 2),
        "bare_hits": hits,
        "bare_mb_per_s": round(size_mb / bare_s, 2),
        "names": sum(len(known.names) for known in compiled.terms),
    }


def _bare(terms: Iterable[Known]) -> Any:  # noqa: ANN401  (an automaton)
    automaton = ahocorasick.Automaton()
    for known in terms:
        for name in known.names:
            automaton.add_word(name.text.lower(), known.id)
    automaton.make_automaton()
    return automaton


def measure(folder: Path, kept: Path, split: str | None = None, folds: int = 0) -> dict[str, Any]:
    """Return all figures; `kept` is where compiled ontologies may lie."""
    files = sorted((folder / "ontology").glob("*.obo"))
    known = [each for path in files for each in index_file(path)[0]]
    compiled = lexicon(asked_ontologies([str(path) for path in files], folder=kept))
    texts = [doc["text"] for doc in _lines(folder / "craft" / "docs.jsonl")]
    return {
        "craft": craft_scores(folder / "craft", terms_in(folder / "ontology"), split, folds),
        "idr": idr_scores(folder / "idr_terms", known, compiled),
        "speed": speed(texts, files, kept),
    }


def _told(answer: Mapping[str, Any]) -> Iterator[str]:
    for split, figures in answer["craft"].items():
        yield f"CRAFT {split}, {figures['articles']} articles"
        for ontology in FILES:
            ways = figures[ontology]
            yield f"  {ontology:10}" + "".join(
                f"  {way} P {s['p']:.3f} R {s['r']:.3f} F1 {s['f1']:.3f}" for way, s in ways.items()
            )
    yield f"IDR look-up {answer['idr']['look-up']}"
    yield f"IDR imaging method {answer['idr']['imaging method']}"
    yield f"IDR consistency {json.dumps(answer['idr']['consistency'], indent=1, ensure_ascii=False)}"
    yield f"speed {answer['speed']}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--split", help="of CRAFT; all that are there if left out")
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--kept", type=Path, default=Path.home() / ".cache" / "bricks" / "ontologies")
    asked = parser.parse_args()
    answer = measure(asked.folder, asked.kept, asked.split, asked.folds)
    if asked.json:
        json.dump(answer, sys.stdout, ensure_ascii=False)
        print()
    else:
        print("\n".join(_told(answer)))


if __name__ == "__main__":
    main()
