"""ELN: the connector finds exports at paths, and follows no link out of them."""

import pytest
from eln_exports import brought, one_entry

from ingest.eln import ElnConnector
from schemas.errors import ArchiveError, UsageError
from schemas.manifest_sources import ElnSource


def test_a_folder_is_walked_and_a_link_out_of_it_is_not_followed(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    one_entry(inside / "deep" / "a.eln")
    one_entry(outside / "b.eln", text="other")
    (inside / "link.eln").symlink_to(outside / "b.eln")
    source = ElnSource.model_validate({"type": "eln", "path": "in", "license": "CC0-1.0"})
    items = sorted(ElnConnector(source, tmp_path).find(), key=lambda item: item.key)
    assert [(item.key, item.stamp == "outside") for item in items] == [("in/deep/a.eln", False), ("in/link.eln", True)]
    with pytest.raises(ArchiveError, match="archive_link"):
        list(ElnConnector(source, tmp_path).fetch(items[1]))


def test_a_path_without_exports_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no \.eln export"):
        brought(tmp_path, path="empty")
