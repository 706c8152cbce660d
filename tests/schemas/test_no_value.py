"""What sources write into a field that has nothing to say, and what only looks like it."""

import pytest

from schemas.no_value import says_nothing


@pytest.mark.parametrize(
    "value", ["", " - ", "N/A", "missing", "missing: lab stock", "not collected", "Not Applicable", "No data",
              "to be determined", "TBD", "[unknown]", "not  specified."],
)  # fmt: skip
def test_these_say_nothing(value):
    assert says_nothing(value)


@pytest.mark.parametrize("value", ["NaCl", "not mouse", "control siRNA", "Nanog", "other-1", "no data loss", "0"])
def test_these_say_something(value):
    assert not says_nothing(value)
