"""Request bodies: one spelling, a key that tells questions apart, the picture in its place whatever words hold."""

import json

from hypothesis import given
from hypothesis import strategies as st

from captioning.asked import Asked, Picture
from captioning.prompts import prompt_named
from captioning.request_bodies import on_the_wire, once_more, opening
from schemas.manifest import CaptioningSettings

SETTINGS = CaptioningSettings(backend="openai", endpoints=("http://x/v1",), model="tiny", revision="r1")
PROMPT = prompt_named("evidence-v1")
ANY = st.text(st.characters(codec="utf-8")) | st.just('","url":"picture:x"}')


def question(*facts, settings=SETTINGS, prompt=PROMPT, picture=None):
    return opening(Asked("a", picture or Picture(b"blob"), facts), prompt, settings)


@given(st.lists(ANY, max_size=4), ANY, ANY)
def test_whatever_words_hold_the_picture_is_where_it_belongs(facts, answer, told):
    asked = once_more(question(*facts), answer, told)
    sent = json.loads(on_the_wire(asked, b"data:image/jpeg;base64,AAAA"))
    place = sent["messages"][1]["content"][0]["image_url"]
    assert place == {"url": "data:image/jpeg;base64,AAAA"}
    place["url"] = asked.body["messages"][1]["content"][0]["image_url"]["url"]
    assert sent == asked.body


@given(st.lists(st.lists(ANY, max_size=3), min_size=2, max_size=2))
def test_two_questions_have_one_key_only_where_they_are_one(facts):
    one, other = (question(*given) for given in facts)
    assert (one.key == other.key) == (one.body == other.body)


def test_a_key_is_of_all_that_changes_an_answer():
    changes = [
        {},
        {"revision": "r2"},
        {"revision": None},
        {"model": "large"},
        {"max_tokens": 9},
        {"image_side_px": 9},
    ]
    keys = {question("f", settings=SETTINGS.model_copy(update=change)).key for change in changes}
    keys |= {question("f", prompt=prompt_named(name)).key for name in ("detailed-v1", "short-v1")}
    keys |= {question("f", picture=Picture(b"blob", box=(0, 0, 1, 1))).key, once_more(question("f"), "", "again").key}
    assert len(keys) == len(changes) + 4


def test_a_key_is_the_same_tomorrow():
    """Raise `FORM` when it is meant to change: answers that cost GPU-hours are found by it."""
    assert question("stain: DAPI").key[:16] == "6ac82560aa7426e3"


def test_a_key_is_of_no_address_and_no_id():
    elsewhere = SETTINGS.model_copy(
        update={"endpoints": ("http://y/v1",), "shared_folder": "/s", "gpus_per_endpoint": 8}
    )
    asked = Asked("b", Picture(b"blob"), ("f",))
    assert opening(asked, PROMPT, elsewhere).key == question("f").key
