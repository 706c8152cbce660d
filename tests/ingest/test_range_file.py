"""The remote file that is read in pieces: the same bytes as a local one, each fetched once."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import range_file
from ingest.range_file import RangeFile
from schemas.errors import ArchiveError

_BODY = bytes(number * number % 251 for number in range(150_000))
_STEPS = st.lists(
    st.tuples(
        st.sampled_from([os.SEEK_SET, os.SEEK_CUR, os.SEEK_END]), st.integers(0, 160_000), st.integers(-1, 70_000)
    )
)


class _Remote:
    def __init__(self, body: bytes) -> None:
        self.body, self.asked = body, list[tuple[int, int]]()

    def __call__(self, start: int, end: int) -> bytes:
        self.asked.append((start, end))
        return self.body[start:end]


@given(size=st.integers(0, len(_BODY)), steps=_STEPS)
def test_it_reads_as_a_local_file_does_and_fetches_each_byte_once(size: int, steps: list[tuple[int, int, int]]) -> None:
    remote, local = _Remote(_BODY[:size]), io.BytesIO(_BODY[:size])
    file = RangeFile(size, remote)
    for whence, offset, length in steps:
        sign = -1 if whence == os.SEEK_END else 1
        if whence == os.SEEK_END and offset > size:
            continue
        assert file.seek(sign * offset, whence) == local.seek(sign * offset, whence)
        assert file.read(length) == local.read(length)
        assert file.tell() == local.tell()
    fetched = [place for start, end in remote.asked for place in range(start, end)]
    assert len(fetched) == len(set(fetched)) <= size


def test_the_end_is_fetched_at_once() -> None:
    remote = _Remote(_BODY)
    file = RangeFile(len(_BODY), remote)
    for back in (22, 1_000, 32_000):
        file.seek(-back, os.SEEK_END)
        file.read(back)
    assert len(remote.asked) == 1


def test_it_asks_for_no_more_than_heads_can_need() -> None:
    file = RangeFile(1 << 40, lambda start, end: pytest.fail(f"{start}-{end} was asked for"))
    with pytest.raises(ArchiveError, match="archive_head_too_large"):
        file.read(range_file.MOST_BYTES + 1)


def test_no_place_lies_before_the_beginning() -> None:
    with pytest.raises(OSError, match="before"):
        RangeFile(10, _Remote(b"")).seek(-11, os.SEEK_END)
