"""Fact names: which named facts of a picture are never said in a text about it."""

NOT_SAID = frozenset(
    {"reading", "size", "level", "checksum", "content_size", "signature", "person", "export_license", "kind"}
    | {"value_discarded", "person_left_out"}
)
"""How a file was read and made, which no picture shows, and the hashes that stand for people."""
