"""No value: the words that sources write into a field that has nothing to say."""

_NOTHING = frozenset(
    {"", "-", "--", "?", ".", "n/a", "na", "nan", "n.a.", "nd", "n.d.", "none", "null", "nil", "tbd", "tba"}
    | {"missing", "empty", "blank", "other", "others", "various", "unknown", "undefined", "unspecified", "unclear"}
    | {"no data", "no value", "no information", "to be determined", "to be defined", "as above", "see above"}
)
_NOT = frozenset({"applicable", "available", "determined", "collected", "provided", "recorded", "specified", "known"})
_NOT |= {"given", "stated", "reported", "assigned", "defined", "measured", "done", "set", "annotated", "applied"}


def says_nothing(value: str) -> bool:
    """Return whether a field's value only says that there is none.

    >>> [says_nothing(value) for value in ("None", " not collected ", "missing: control sample", "Mus musculus")]
    [True, True, True, False]
    """
    words = " ".join(value.split()).lower().strip("[]()<>")
    head = words.partition(":")[0]
    return words in _NOTHING or head == "missing" or (words.startswith("not ") and words[4:].rstrip(".") in _NOT)
