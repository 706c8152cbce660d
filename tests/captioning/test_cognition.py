"""Cognition: a model's question stands where the facts carry its answer and nobody guesses it without the picture."""

import json

import openai_server
import pytest

from captioning.asked import Answered, Asked, NotAnswered, Picture
from captioning.cognition import cognition, item_of, read_item
from captioning.question_prompts import LETTERS, cognition_prompt, item_schema, letter_schema
from captioning.replies import Fault, Reply
from captioning.true_options import true_options
from schemas.manifest import CaptioningSettings

FACTS = ("Invented nuclei, version 1. Scale bar, 10 µm.", "Organelle: nucleus")
UNREAD = "blind_check_unreadable"
SETTINGS = CaptioningSettings(backend="openai", endpoints=("http://127.0.0.1:1/v1",), model="tiny")
ITEM = {
    "question": "Which structures lie in this image?",
    "statement": "The image shows nuclei.",
    "answer": "nuclei",
    "wrong": ["lysosomes", "ribosomes", "centrosomes", "peroxisomes"],
    "facts": [1],
}


LONG = {
    "wrong": ["ER", "TGN", "P-body", "axon"],
    "answer": "the invented nuclei",
    "statement": "The image shows the invented nuclei.",
}


def reply(said):
    return Reply(text=said if isinstance(said, str) else json.dumps(said), tokens_in=10, tokens_out=5)


def talk(*replies, facts=FACTS):
    """Return what was asked, and what came of it."""
    speaking = cognition(Asked("panel:cognition", Picture(b"png"), facts), SETTINGS)
    asked = [next(speaking)]
    for given in replies:
        try:
            said = given(asked[-1]) if callable(given) else given
            asked.append(speaking.send(said if isinstance(said, Reply) else reply(said)))
        except StopIteration as done:
            return asked, done.value
    return asked, None


def letter_of(option):
    """Answer blind with a certain option, wherever it stands."""

    def answering(question):
        text = question.body["messages"][1]["content"][0]["text"]
        (line,) = (line for line in text.splitlines() if line.endswith(f") {option}"))
        return {"answer": line[0]}

    return answering


def test_a_question_that_is_carried_and_not_guessed_stands():
    asked, outcome = talk(ITEM, letter_of("ribosomes"))
    assert isinstance(outcome, Answered)
    assert item_of(outcome).model_dump(mode="json") == ITEM
    assert (outcome.tokens_in, outcome.tokens_out, len(asked)) == (20, 10, 2)


def test_it_is_asked_again_without_the_picture_and_without_the_facts():
    (first, blind), _ = talk(ITEM)
    assert first.shows_picture
    assert not blind.shows_picture
    words = json.dumps(blind.body["messages"])
    assert ITEM["question"] in words
    assert all(option in words for option in [ITEM["answer"], *ITEM["wrong"]])
    assert not [fact for fact in FACTS if fact in words]
    assert first.key != blind.key


def test_a_question_that_is_answered_blind_is_refused_with_its_reason():
    _, outcome = talk(ITEM, letter_of("nuclei"))
    assert isinstance(outcome, NotAnswered)
    assert outcome.reason == "answered_blind"
    assert ITEM["question"] in outcome.detail


FORMS = ["{letter}", "({letter})", "{letter}) {option}", "{option}", {"answer": "{letter})"}, {"answer": "{option}"},
         {"answer": "{small}"}, '```json\n{{"answer": "{letter}"}}\n```']  # fmt: skip


def in_form(form, option):
    def answering(question):
        letter = letter_of(option)(question)["answer"]
        words = {"letter": letter, "small": letter.lower(), "option": option}
        if isinstance(form, dict):
            return {"answer": form["answer"].format(**words)}
        return form.format(**words)

    return answering


@pytest.mark.parametrize("form", FORMS)
def test_a_guess_is_read_in_any_form_that_the_harness_reads(form):
    assert talk(ITEM, in_form(form, "nuclei"))[1].reason == "answered_blind"
    assert isinstance(talk(ITEM, in_form(form, "ribosomes"))[1], Answered)


UNREADABLE = ["", "I can't tell.", {"answer": "Z"}, {"answer": 3}, [1], '{"answer":', "A or B"]


@pytest.mark.parametrize("guess", UNREADABLE)
def test_a_guess_that_cant_be_read_is_asked_for_once_more_and_then_the_question_is_refused(guess):
    asked, outcome = talk(ITEM, guess, guess)
    assert (outcome.reason, len(asked), asked[2].round, asked[2].shows_picture) == (UNREAD, 3, 2, False)
    assert ITEM["question"] in outcome.detail
    assert isinstance(talk(ITEM, guess, letter_of("ribosomes"))[1], Answered)
    assert talk(ITEM, guess, letter_of("nuclei"))[1].reason == "answered_blind"


def test_a_refusal_to_guess_is_no_wrong_guess():
    def refuses(*_):
        return Reply(refusal="no", text="")

    assert talk(ITEM, refuses, refuses)[1].reason == UNREAD


@pytest.mark.parametrize(
    ("facts", "answer", "wrong"),
    [
        ("Stain: DAPI", "DAPI", "Hoechst 33342"),
        ("Nuclei in HeLa cells.", "HeLa", "HeLa S3"),
        ("Cells express GFP.", "GFP", "EGFP"),
        ("Submodality: confocal", "confocal microscopy", "CLSM"),
        ("Submodality: confocal", "confocal microscopy", "light microscopy"),
        ("Tissue: hippocampus", "hippocampus", "the brain"),
        ("Organelle: mitochondrion", "mitochondrion", "mitochondria"),
        ("Stain: DAPI. Phalloidin in red.", "DAPI", "phalloidin"),
        ("Nuclei in HeLa cells.", "HeLa", "human cells"),
        ("H&E stained section of a tumour.", "tumour", "tumor"),
        ("H&E stained section of a tumour.", "tumour", "neoplasm"),
    ],
)
def test_a_wrong_option_that_the_trees_take_for_true_is_told(facts, answer, wrong):
    assert true_options(answer, [wrong], [facts]) == [wrong]


@pytest.mark.parametrize(
    ("facts", "answer", "wrong"),
    [
        ("Stain: DAPI", "DAPI", ["MitoTracker", "phalloidin", "calcein", "something else"]),
        ("Tissue: hippocampus of the brain", "hippocampus", ["cerebellum", "kidney"]),
        ("Submodality: confocal", "confocal microscopy", ["electron microscopy", "widefield"]),
    ],
)
def test_what_the_trees_keep_apart_may_stand_beside_the_answer(facts, answer, wrong):
    assert true_options(answer, wrong, [facts]) == []


def test_a_model_is_told_of_a_wrong_option_that_may_be_true():
    facts = ("Stain: DAPI", "Confocal image of nuclei stained with DAPI.")
    said = {
        "question": "Which dye marks the nuclei in this image?",
        "statement": "The nuclei are stained with DAPI.",
        "answer": "DAPI",
        "wrong": ["Hoechst 33342", "phalloidin", "calcein", "DiI dye"],
        "facts": [1],
    }
    fault = read_item(reply(said), facts, cognition_prompt())
    assert fault.told == ["the wrong option 'Hoechst 33342' may be true as well"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"question": "Which structures lie in this image"}, "question mark"),
        ({"question": "Which nuclei lie in this image?"}, "gives the answer away"),
        ({"wrong": ["lysosomes", "ribosomes", "centrosomes"]}, "4 wrong options"),
        ({"wrong": ["lysosomes", "Lysosomes", "centrosomes", "ribosomes"]}, "must differ"),
        ({"wrong": ["nuclei", "ribosomes", "centrosomes", "peroxisomes"]}, "must differ"),
        ({"wrong": ["None of the above", "ribosomes", "centrosomes", "peroxisomes"]}, "no option may be"),
        ({"statement": "The image shows a scale bar."}, "hold the answer"),
        ({"statement": "The nuclei of this image are nuclei."}, "and once"),
        ({"statement": "The image shows nuclei of HeLa."}, "answer isn't carried"),
        ({"question": "Which structures of HeLa lie in this image?"}, "question isn't carried"),
        ({"wrong": ["a nucleus", "ribosomes", "centrosomes", "peroxisomes"]}, "as well"),
        (LONG, "longer"),
        ({"facts": []}, "no such fact"),
        ({"facts": [3]}, "no such fact"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once_and_then_the_reason(change, words):
    bad = {**ITEM, **change}
    asked, outcome = talk(bad, bad)
    assert words in asked[1].body["messages"][-1]["content"]
    assert asked[1].round == 2
    assert (outcome.reason, words in outcome.detail) == ("unsupported", True)
    assert isinstance(talk(bad, ITEM, letter_of("ribosomes"))[1], Answered)


@pytest.mark.parametrize("said", ["", "no JSON", "[]", '{"question": "?"}'])
def test_what_is_no_question_is_asked_for_again(said):
    _, outcome = talk(said, said)
    assert outcome.reason in {"answer_empty", "answer_no_json"}


def test_a_reply_that_was_cut_or_refused_is_none():
    cut, refused = Reply(text="{", finish_reason="length"), Reply(refusal="no")
    assert [read_item(one, FACTS, cognition_prompt()).reason for one in (cut, refused)] == ["answer_cut", "refused"]
    assert isinstance(read_item(reply(ITEM | {"more": 1}), FACTS, cognition_prompt()), Fault) is False


def test_schemas_are_bounded():
    schema = item_schema(cognition_prompt(), 3)
    assert schema["properties"]["facts"]["items"]["enum"] == [1, 2, 3]
    assert schema["properties"]["wrong"]["maxItems"] == 4
    assert letter_schema(5)["properties"]["answer"]["enum"] == list(LETTERS[:5])


def test_a_published_prompt_is_never_changed_but_gets_a_new_name():
    assert (cognition_prompt().name, cognition_prompt().sha256[:12]) == ("cognition-v1", "9a5fe4f145f5")


@pytest.fixture
def served(bench):
    """A run that asks a local server for texts and questions."""
    with openai_server.running() as server:
        said = {"backend": "openai", "endpoints": [server.url], "model": "tiny", "revision": "r1"}
        bench.server = server
        bench.manifest(captioning=said, questions={"tasks": ["cognition"], "per_panel": 2})
        server.fault(within='"name":"question"', text=json.dumps(ITEM), times=100)
        yield bench


def questions(bench):
    return [one for row in bench.rows("5-captioned") for one in row["questions"]]


def test_a_run_publishes_what_a_model_wrote(served):
    def guess(words):
        """Return the letter of a wrong option; to what isn't asked blind, a text."""
        letters = [line[0] for line in words.splitlines() if line.endswith(") ribosomes")]
        return letters[0] if letters else json.dumps({"sentences": [{"text": openai_server.TEXT}]})

    served.server.rules.says = guess
    served.article(1)
    served.made()
    (one,) = questions(served)
    assert (one["task"], one["origin"]) == ("cognition", "model")
    assert "nuclei" in {one["answer"], one["held_back"]}
    assert {"cognition-v1", "tiny", "r1", "fact 1"} <= set(one["tags"])
    assert all(said.startswith("The image shows") or "None" in said for said in one["captions"])
    lock = json.loads((served.place / "manifest.lock.json").read_text())
    assert lock["versions"]["prompt cognition-v1"] == cognition_prompt().sha256
    asked = len(served.server.asked())
    (served.place / "5-captioned" / "part-00000.parquet").unlink()
    served.made()
    assert len(served.server.asked()) == asked == 3


def test_a_run_refuses_what_a_model_answers_blind_and_tells_it(served):
    served.article(1)
    for letter in LETTERS[:5]:  # whichever it is, the right one is among them
        served.server.rules.faults[1:] = []
        served.server.fault(within='"name":"option"', text=json.dumps({"answer": letter}), times=100)
        for path in (served.place / "5-captioned").glob("part-*"):
            path.unlink()
        for path in (served.place / "cache").glob("answers*"):
            path.unlink()
        stages = {stage["name"]: stage for stage in served.made()["stages"]}
        if not questions(served):
            assert stages["5-captioned"]["answers"] == {"answered": 1, "cognition answered_blind": 1}
            return
    raise AssertionError


def test_without_a_model_nobody_can_write_them(bench):
    bench.article(1)
    bench.manifest(questions={"tasks": ["cognition"]})
    said = bench.run()
    assert (said.code, "captioning.backend: openai" in said.err) == (2, True)
