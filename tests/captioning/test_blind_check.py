"""Blind check: a run's questions are asked without pictures, and publishing refuses what is known all the same."""

import json

import openai_server
import pytest

from schemas.blind_answers import FILE


@pytest.fixture
def served(bench):
    """A run with questions beside a local server that names the right option, or the one after it."""
    for number in range(1, 13):
        bench.article_of("mitochondria", number)
    bench.manifest(questions={"tasks": ["organelle"], "none_of_the_above": 0})
    with openai_server.running() as server:
        bench.server, bench.shift = server, 0

        def says(words):
            for row in bench.rows("5-captioned"):
                for one in row["questions"]:
                    lines = [f"{letter}) {option}" for letter, option in zip("ABCDE", one["options"], strict=False)]
                    if all(line in words.splitlines() for line in lines):
                        return "ABCDE"[(one["answer_index"] + bench.shift) % len(lines)]
            raise AssertionError(words)

        server.rules.says = says
        yield bench


def ask(bench, command, *more):
    return command("questions", bench.place, "--blind", "--endpoint", bench.server.url, "--model", "tiny", *more)


def test_a_run_that_a_blind_model_knows_is_refused(served, command):
    served.made()
    assert command("questions", served.place, "--json").json["text_only"] is None
    said = ask(served, command, "--json")
    assert said.code == 4
    (gate,) = [gate for gate in said.json["gates"] if gate["gate"] == "text_only"]
    assert (gate["found"], gate["fires"]) == (1.0, True)
    assert said.json["text_only"]["questions"] == said.json["questions"]
    assert not [one for one in served.server.asked() if "image" in json.dumps(one)]
    again = served.run()
    assert (again.code, "text_only: 100% of" in again.err) == (4, True)


def test_one_that_it_guesses_wrong_passes_and_nothing_is_asked_twice(served, command):
    served.shift = 1
    served.made()
    assert ask(served, command).code == 0
    asked = len(served.server.asked())
    assert ask(served, command).code == 0
    assert len(served.server.asked()) == asked
    assert json.loads((served.place / FILE).read_text())["model"] == "tiny"
    said = command("questions", served.place)
    assert (said.code, "passes  text_only: 0.00" in said.out) == (0, True)
    served.made()


def test_it_needs_a_run_an_address_and_a_model(served, command):
    served.made()
    assert command("questions", served.place, "--blind").code == 2
    assert command("questions", served.place, "--endpoint", served.server.url).code == 2
    assert command("questions", served.place, "--blind", "--endpoint", served.server.url).code == 2
    dataset = served.place / "dataset"
    assert command("questions", dataset, "--blind", "--endpoint", served.server.url, "--model", "m").code in {1, 2}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": "I'm sorry, but I don't see any image."}, "refused"),
        ({"text": "Let me", "finish_reason": "length"}, "cut"),
    ],
)
def test_a_model_that_says_nothing_readable_passes_nothing(served, command, said, why):
    served.made()
    served.server.fault(within="Question:", times=1000, **said)
    told = ask(served, command, "--json")
    assert (told.code, told.json["text_only"]["judged"]) == (3, False)
    assert set(told.json["text_only"]["why"]) == {why}
    assert not [gate for gate in told.json["gates"] if gate["gate"] == "text_only"]
    asked = told.json["text_only"]["questions"]
    assert f"not judged: {asked} of {asked} unreadable" in command("questions", served.place).out
    served.made()
    assert "not judged" in (served.place / "report" / "questions.html").read_text()


def test_it_is_said_that_there_is_no_picture_and_more_words_are_allowed(served, command):
    served.made()
    ask(served, command, "--max-tokens", "99")
    (first, *_) = served.server.asked()
    assert "There is no picture: guess." in json.dumps(first)
    assert 99 in first.values()
