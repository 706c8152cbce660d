"""No questions: a run that asked for some and made none says why, and so does `bricks questions`."""

import pytest

TASKS = ["tissue"]


def none_told(bench):
    """Return why, as the end of a run tells it."""
    return bench.made()["no_questions"]


@pytest.fixture
def article(bench):
    bench.article_of("things", 1)
    bench.manifest(questions={"tasks": TASKS})
    return bench


def test_panels_of_which_nothing_is_known_are_counted(article):
    assert none_told(article) == ("none of 1 panels can be asked about: nothing known that the tasks ask for 1")


def test_a_licence_that_forbids_new_words_is_a_reason(bench):
    bench.article(1, license_href="https://creativecommons.org/licenses/by-nd/4.0/")
    bench.manifest(licenses=["CC-BY-ND-4.0"], questions={"tasks": TASKS})
    assert none_told(bench) == "none of 1 panels can be asked about: a licence that forbids new words 1"


def test_the_end_of_a_run_and_bricks_questions_say_so_in_a_line(article, command):
    (line,) = [line for line in article.run().out.splitlines() if line.startswith("questions")]
    assert line.startswith("questions none of 1 panels can be asked about: ")
    said = command("questions", article.place)
    assert said.code == 2
    assert "it has no questions: none of 1 panels can be asked about: nothing known" in said.err


def test_who_asks_for_no_questions_is_told_nothing(bench, command):
    bench.article(1)
    assert "no_questions" not in bench.made()
    assert "Ask for `questions:` in the manifest" in command("questions", bench.place).err
