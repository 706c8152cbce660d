"""IDR folder: studies that lie on this machine: study files, annotation files, and the pictures beside them.

A folder with an idrNNNN-study.txt is a study. A picture in it is matched to a row of an annotation file by its name
and folder, or is named idrNNNN_<image id>; such a picture may lie anywhere at the given paths. Terms: each study's
own licence; a local file doesn't tell when it was fetched.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.connector import Change, Item, Known
from ingest.containers import FolderFiles, walk
from ingest.idr_annotations import Annotations, read_annotations
from ingest.idr_facts import facts_of
from ingest.idr_rows import SOURCE, VIEWER, Named, Picture, dropped, facts_of_picture, failed, figure_of
from ingest.idr_study import Study, read_study
from ingest.local_items import expand
from schemas.errors import ArchiveError, ReasonedError, UsageError
from schemas.records import Dropped, Fact, Failed, Figure

_STUDY_FILE = re.compile(r"(idr\d{4}).*-study\.txt", re.IGNORECASE)
_TABLE = re.compile(r".*-annotation\.csv(?:\.gz)?", re.IGNORECASE)
_PICTURE = re.compile(r".*\.(?:jpe?g|png|tiff?|gif|webp|bmp|jp2)", re.IGNORECASE)
_BY_NUMBER = re.compile(r"(idr\d{4})_(\d+)\.\w+", re.IGNORECASE)
