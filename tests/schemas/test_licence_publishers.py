"""Licence statements in the manner of publishers are read as they are meant."""

import csv
import time
from pathlib import Path

import pytest

from schemas.licence import parse_licence, permits

TABLE = Path(__file__).parents[1] / "data" / "licences" / "publishers.tsv"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=[row["style"] for row in ROWS])
def test_a_publishers_words_are_read_as_they_are_meant(row: dict[str, str]) -> None:
    assert (parse_licence(row["statement"]).license or "-") == row["licence"]


@pytest.mark.parametrize("row", ROWS, ids=[row["style"] for row in ROWS])
def test_a_publishers_words_in_capitals_or_over_lines_are_not_read_as_freer(row: dict[str, str]) -> None:
    allowed = permits(parse_licence(row["statement"]).license)

    assert permits(parse_licence(row["statement"].upper()).license) <= allowed
    assert permits(parse_licence(row["statement"].lower()).license) <= allowed
    assert parse_licence(row["statement"].replace(" ", " \n\t")).license == parse_licence(row["statement"]).license


HUGE = [
    "a." * 50_000,
    "cc by nc " * 11_000,
    "creative commons attribution " * 3_500,
    "except figure 1 and the data " * 3_400 + "cc by",
    "not " * 25_000 + "cc by 4.0",
    "(c) " * 25_000,
    "http://creativecommons.org/licenses/by/4.0/ " * 2_300,
    "cc by 4.0 " + "data and article, " * 5_500,
    "//" * 50_000,
    "permission may not be copied " * 3_400,
    "cc by _" + "_" * 100_000,
]


@pytest.mark.parametrize("text", HUGE, ids=[text[:12] for text in HUGE])
def test_a_statement_of_a_hundred_kilobytes_is_read_at_once(text: str) -> None:
    begin_s = time.process_time()
    parse_licence(text)

    assert time.process_time() - begin_s < 2  # measured: below 0.2 s; a pattern gone wild takes minutes
