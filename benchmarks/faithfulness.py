"""Faithfulness: are false claims about real captions found, and true sentences let through?

    python -m benchmarks.faithfulness DIR [--captions 600] [--show KIND]

DIR is a folder with articles and packages, and with CRAFT's and the panel sets' captions where they are there. Each
caption is the evidence. Sentences of it are corrupted, class by class (`benchmarks/false_claims.py`): recall is the
share in which a refused span overlaps the false claim. True sentences are the caption's own, the same with other names
and in another order (`benchmarks/true_sentences.py`), plain sentences about what is seen, and paraphrases by hand
(`faithful_paraphrases.tsv`): false alarms are those that aren't accepted. `faithful_sentences.tsv` holds sentences that
were written freely, true and false, many of them with what a reader infers or counts: the hardest, and told apart. The
captions fall in two halves by a hash: A was looked at while rules and word lists were made, B was kept for the
report; of the free sentences both were looked at.
"""

import argparse
import csv
import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.false_claims import added, swapped
from benchmarks.scale_words import captions as article_captions
from benchmarks.true_sentences import True_, said_otherwise, seen
from captioning.carried import Carried, carried
from captioning.faithful import judge_by
from captioning.letters import smooth
from captioning.sentences import sentences

_BY_HAND = Path(__file__).with_name("faithful_paraphrases.tsv")
_FREE = Path(__file__).with_name("faithful_sentences.tsv")
_SHORTEST, _LONGEST = 80, 2500
_WORDS = 4
_BESIDE = frozenset({"polarity", "colours exchanged"})
"""Classes whose recall is told, and isn't asked for."""


def key_of(caption: str) -> str:
    """Return what a caption is called."""
    return hashlib.blake2b(caption.encode(), digest_size=4).hexdigest()


def half_of(key: str) -> str:
    """Return the half to look at, A, or the half to report, B."""
    return "AB"[int(key[:2], 16) % 2]


def captions(folder: Path) -> Mapping[str, str]:
    """Return every caption under a folder that is long enough, by its key."""
    found = [caption.strip() for _, caption in article_captions(folder)]
    for path in sorted(folder.rglob("*.jsonl")):
        if path.name in {"docs.jsonl", "captions_prostate_all.jsonl", "subcaptions_zou_eval.jsonl"}:
            found += [caption.strip() for caption in _of_lines(path)]
    return {key_of(caption): caption for caption in found if _SHORTEST < len(caption) < _LONGEST}


def _of_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as stream:
        for line in map(json.loads, stream):
            if isinstance(line.get("captions"), list):
                yield from (line["text"][each["start"] : each["end"]] for each in line["captions"])
            elif line.get("caption"):
                yield line["caption"]


class Tally:
    """Counts of a half, and what went wrong."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.wrong: list[tuple[str, str, str]] = []

    def note(self, kind: str, right: bool, text: str, told: str) -> None:  # noqa: FBT001
        self.asked[kind] += 1
        self.found[kind] += right
        if not right:
            self.wrong.append((kind, text, told))


def examine(caption: str, key: str, false: Tally, true: Tally) -> None:
    """Corrupt and reword a sentence of a caption, and note what the checks say."""
    rng = random.Random(key)
    evidence = carried([caption])
    own = [caption[start:end] for start, end in sentences(smooth(caption)) if len(caption[start:end].split()) >= _WORDS]
    for sentence in rng.sample(own, min(2, len(own))):
        for claim in (*swapped(sentence, caption, rng), *added(sentence, caption, rng)):
            verdict = judge_by(claim.text, evidence)
            hit = any(each.start < claim.end and each.end > claim.start for each in verdict.unsupported)
            false.note(claim.kind, hit, claim.text, claim.text[claim.start : claim.end])
        for said in (*said_otherwise(sentence, rng), seen(rng)):
            _note_true(said, evidence, true)


def _note_true(said: True_, evidence: Carried, true: Tally) -> None:
    verdict = judge_by(said.text, evidence)
    refused = [(each.text, each.check) for each in verdict.unsupported]
    true.note(said.kind, verdict.accepted, said.text, str(refused or verdict.failed))


def by_hand(found: Mapping[str, str], half: str, true: Tally) -> None:
    """Note what the checks say of the paraphrases of a half."""
    for row in _rows(_BY_HAND):
        if row["half"] == half and row["caption"] in found:
            _note_true(True_("by hand", row["sentence"]), carried([found[row["caption"]]]), true)


def free(found: Mapping[str, str], half: str, false: Tally, true: Tally) -> None:
    """Note what the checks say of the sentences that were written freely about the captions of a half."""
    for row in _rows(_FREE):
        if half_of(row["caption"]) != half or row["caption"] not in found:
            continue
        verdict = judge_by(row["sentence"], carried([found[row["caption"]]]))
        told = [(each.text, each.check) for each in verdict.unsupported]
        if row["kind"] == "true":
            true.note("free", verdict.accepted, row["sentence"], str(told or verdict.failed))
        else:
            at = row["sentence"].index(row["span"])
            hit = any(each.start < at + len(row["span"]) and each.end > at for each in verdict.unsupported)
            false.note(row["kind"].replace("_", " "), hit, row["sentence"], row["span"])


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        told = (line for line in stream if not line.startswith("#"))
        yield from csv.DictReader(told, delimiter="\t", quoting=csv.QUOTE_NONE)


def main() -> int:
    """Print recall a class and false alarms a kind for both halves; 1 where half B misses what must hold."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--captions", type=int, default=600, help="how many, of both halves together")
    arguments.add_argument("--show", help="a kind, or a part of its name: print what of half A went wrong")
    options = arguments.parse_args()
    found = captions(options.folder)
    chosen = sorted(found)[: options.captions]
    tallies = {half: (Tally(), Tally()) for half in "AB"}
    began = time.perf_counter()
    for key in chosen:
        examine(found[key], key, *tallies[half_of(key)])
    for half, (_, true) in tallies.items():
        by_hand(found, half, true)
    freely = {half: (Tally(), Tally()) for half in "AB"}
    for half, (false, true) in freely.items():
        free(found, half, false, true)
    taken = time.perf_counter() - began
    texts = sum(tally.asked.total() for pair in tallies.values() for tally in pair)
    print(f"{len(chosen)} of {len(found)} captions, {texts} texts, {1000 * taken / texts:.2f} ms a text\n")
    table("recall of false claims", {half: pair[0] for half, pair in tallies.items()}, wrong=False)
    table("false alarms on true sentences", {half: pair[1] for half, pair in tallies.items()}, wrong=True)
    table("recall of false claims in free sentences", {half: pair[0] for half, pair in freely.items()}, wrong=False)
    table("false alarms on true free sentences", {half: pair[1] for half, pair in freely.items()}, wrong=True)
    if options.show:
        looked_at = (*tallies["A"], *freely["A"])
        for kind, text, told in (row for tally in looked_at for row in tally.wrong if options.show in row[0]):
            print(f"[{kind}] {text}\n      {told}")
    held = tallies["B"]
    poor = [kind for kind in held[0].asked if kind not in _BESIDE and held[0].found[kind] < 0.95 * held[0].asked[kind]]
    alarms = 1 - held[1].found.total() / max(1, held[1].asked.total())
    return int(bool(poor) or alarms > 0.05)


def table(title: str, tallies: Mapping[str, Tally], *, wrong: bool) -> None:
    """Print a share a kind and half, with the number of texts."""
    print(title)
    for kind in sorted({kind for tally in tallies.values() for kind in tally.asked}):
        cells = [_cell(tally.found[kind], tally.asked[kind], wrong=wrong) for tally in tallies.values()]
        print(f"  {kind:24} A {cells[0]}   B {cells[1]}")
    totals = [_cell(tally.found.total(), tally.asked.total(), wrong=wrong) for tally in tallies.values()]
    print(f"  {'all':24} A {totals[0]}   B {totals[1]}\n")


def _cell(right: int, asked: int, *, wrong: bool) -> str:
    share = right / asked if asked else 0.0
    return f"{1 - share if wrong else share:.3f} of {asked:4}" if asked else "  -        "


if __name__ == "__main__":
    sys.exit(main())
