"""Measured: the benchmarks that have a named alternative in the same run, and how what they print is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Any
"""What a benchmark printed; each has a shape of its own."""

DATA, DATASET = "{data}", "{dataset}"
"""Stand in a benchmark's words for a folder of articles, pictures and sets, and for a published dataset."""


class Told(NamedTuple):
    """What a benchmark found: a figure of ours in words, and how many times the alternative's that is."""

    figure: str
    against: str
    ratio: float | None


@dataclass(frozen=True)
class Benchmark:
    """One benchmark: its module, its words, the few words of a quick run, and how its JSON is read."""

    name: str
    module: str
    words: tuple[str, ...]
    quick: tuple[str, ...]
    read: Callable[[Json], Told]
    extra: str = ""
    """A module that must be importable, and is none of the base's."""
    package: str = ""
    """What is installed for it."""


def _ratio(ours: float, theirs: float) -> float | None:
    return ours / theirs if theirs else None


def _ingest(told: Json) -> Told:
    figure = f"{told['bricks']['figures_per_s']:.0f} figures/s"
    return Told(figure, "lxml, Pillow, imagehash and Dataset.from_generator", told["script_to_bricks"])


def _extraction(told: Json) -> Told:
    figure = f"{told.get('figures', 0)} figures, {len(told['wrong'])} other than the alternative's"
    return Told(figure, "XPath over a lenient parser", None)


def _hashing(told: Json) -> Told:
    return Told(f"{told['images a second']['bricks']:.0f} images/s", "imagehash", told["times imagehash"]["bricks"])


def _hamming(told: Json) -> Told:
    last = told[-1]
    return Told(f"{last['count'] / last['bricks_s']:.0f} hashes/s", "faiss, flat", last["faiss_to_bricks"])


def _recall(scores: Json) -> float:
    each = [half["recall"] for halves in scores["recall"].values() for half in halves.values()]
    return float(sum(each) / len(each))


def _duplicates(told: Json) -> Told:
    ours, theirs = _recall(told["bricks"]), _recall(told["floor: phash <= 8"])
    return Told(f"recall {ours:.3f}, mean of changes", "imagehash.phash, distance 8", _ratio(ours, theirs))


def _tagging(told: Json) -> Told:
    speed = told["speed"]
    ratio = _ratio(speed["mb_per_s"], speed["bare_mb_per_s"])
    return Told(f"{speed['mb_per_s']} MB/s", "a bare pyahocorasick loop", ratio)


def _panels(told: Json) -> Told:
    ours, theirs = (told["boxes"][name]["real"]["0.5"][0] for name in ("bricks", "floor: white cuts"))
    return Told(f"F1 {ours:.3f} at IoU 0.5, real figures", "cuts along white", _ratio(ours, theirs))


def _subcaptions(told: Json) -> Told:
    ours, theirs = (told["zou"]["B"][way]["token_f1"] for way in ("ours", "plain"))
    return Told(f"token F1 {ours:.3f}, Zou, half B", "a regular expression", _ratio(ours, theirs))


def _credits(told: Json) -> Told:
    (half,) = (row for row in told if row["half"] == "b")
    ours, theirs = (half[way]["precision"] for way in ("ours", "plain"))
    figure = f"precision {ours:.3f}, recall {half['ours']['recall']:.3f}, half B"
    return Told(figure, "a word of credit anywhere, by precision", _ratio(ours, theirs))


def _client(told: Json) -> Told:
    ours = told["requests"][0]
    return Told(f"{ours['per_s']:.1f} requests/s", "OpenAI's create(), by CPU a request", told["cpu_ratio"]["create()"])


def _vqa(told: Json) -> Told:
    asking = told["asking"]
    return Told(f"{asking['per_s']:.1f} questions/s", "the most that the server can give", asking["of_ideal"])


def _training(told: Json) -> Told:
    ours = told["cpu"]["rows"]["ours"]
    return Told(f"{ours['samples_per_s']:.2f} samples/s", "the published loop", told["cpu"]["times_as_fast"])


def _streaming(told: Json) -> Told:
    figure = f"{told['first batch in s']['ours, streamed']:.2f} s to the first batch"
    return Told(figure, "one row group, by seconds", _ratio(1.0, told["times ours"]["one row group, streamed"]))


def _scaling(told: Json) -> Told:
    ratios = told["ratios"]["2 workers / 1"]
    figure = f"2 workers, curation; ingest {ratios['ingest']:.2f}x, whole run {ratios['run']:.2f}x"
    return Told(figure, "one worker", ratios["curation"])


def _soak(told: Json) -> Told:
    missed = [aim["aim"] for aim in told["aims"] if not aim["held"]]
    judged = any("memory" in aim["aim"] for aim in told["aims"])
    aims = f"{len(told['aims'])} aims{'' if judged else ', none of memory'}"
    figure = f"{told['figures_per_s']:.1f} figures/s; {aims}: {', '.join(missed) + ' missed' if missed else 'all held'}"
    return Told(figure, "making it anew, by the seconds of a run with nothing to do", told["seconds"] / told["idle_s"])


BENCHMARKS = (
    Benchmark("ingest", "benchmarks.ingest", (DATA, "--copies", "20"), (DATA, "--rounds", "1"), _ingest),
    Benchmark("extraction", "benchmarks.extraction", (DATA,), (DATA,), _extraction),
    Benchmark("hashing", "benchmarks.hashing", ("100",), ("8",), _hashing),
    Benchmark(
        "hamming", "benchmarks.hamming", ("300000", "--distance", "6", "--faiss"),
        ("20000", "--distance", "6", "--faiss", "--rounds", "1"), _hamming, "faiss", "faiss-cpu",
    ),
    Benchmark("duplicates", "benchmarks.duplicates", (DATA, "--every", "7"), (DATA, "--every", "60"), _duplicates),
    Benchmark("tagging", "benchmarks.tagging", (DATA,), (DATA, "--split", "test"), _tagging),
    Benchmark("panels", "benchmarks.panels", (DATA, "--seed", "7"), (DATA, "--count", "8"), _panels),
    Benchmark("subcaptions", "benchmarks.subcaptions", (DATA,), (DATA,), _subcaptions),
    Benchmark("credits", "benchmarks.credits", ("tests/data/credits",), ("tests/data/credits",), _credits),
    Benchmark(
        "captions client", "benchmarks.client_throughput", (), ("--requests", "80"), _client, "openai",
        "bricks[caption]",
    ),
    Benchmark("vqa", "benchmarks.vqa_harness", (), ("--items", "80"), _vqa, "openai", "bricks[caption]"),
    Benchmark("training", "benchmarks.training", (), ("--steps", "1"), _training, "torch", "bricks[train]"),
    Benchmark(
        "scaling", "benchmarks.scaling", (DATA, "--figures", "600"),
        (DATA, "--figures", "12", "--rounds", "1"), _scaling,
    ),
    Benchmark("soak", "benchmarks.soak", (DATA, "--figures", "1000"), (DATA, "--figures", "24"), _soak),
    Benchmark("streaming load", "benchmarks.streaming", (DATASET,), (DATASET, "--gb", "0.02"), _streaming),
)  # fmt: skip
"""In the order in which they run."""
