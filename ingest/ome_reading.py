"""OME reading: ome-types' reading of a tree, where a single bad value costs that value and not the picture."""

import logging
import math
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ingest.lengths import ome_unit
from schemas.errors import ArticleError

if TYPE_CHECKING:
    from pydantic import ValidationError

_MOST_READINGS = 20
"""How often a file is read: ome-types names the bad values of one element at a time."""
_MEND = "Save the file anew with Bio-Formats, or take the OME-XML out of it."


def believed(root: Any) -> tuple[Any, tuple[str, ...]]:  # noqa: ANN401  (lxml's element; ome-types is heavy to import)
    """Return the metadata of a tree as ome-types' object, and the values that had to be left out.

    Raises:
        ArticleError: `ome_broken`: what is needed is missing or nonsense.
    """
    from lxml import etree
    from pydantic import ValidationError

    for element in root.iter():
        _spell_units(element)
    left_out: dict[str, None] = {}
    for _ in range(_MOST_READINGS):
        try:
            return _read(etree.tostring(root)), tuple(left_out)
        except ValidationError as error:
            said = _said(error)
            removed = [one for each in error.errors() for one in _removed(root, error.title, each)]
            if not removed:
                raise ArticleError("ome_broken", said) from error
            left_out.update(dict.fromkeys(removed))
        except Exception as error:  # lxml's and xmlschema's errors, KeyError, ...
            said = " ".join(str(error).split())[:300]
            raise ArticleError("ome_broken", f"{type(error).__name__}: {said}. {_MEND}") from error
    raise ArticleError("ome_broken", f"{len(left_out)} values and more are nonsense: {next(iter(left_out))}. {_MEND}")


def _read(xml: bytes) -> Any:  # noqa: ANN401
    from ome_types import from_xml

    logging.getLogger("xsdata").setLevel(logging.ERROR)  # an odd element is no news
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ids that are mended
        return from_xml(xml, validate=False)


def _spell_units(element: Any) -> None:  # noqa: ANN401
    for key, value in element.attrib.items():
        if key.endswith("Unit"):
            element.set(key, ome_unit(value))


def _said(error: "ValidationError") -> str:
    """Return in one line what is wrong: pydantic's own words take several, and list all that OME allows."""
    first = error.errors()[0]
    where = ".".join([error.title, *(_attribute(part) for part in first["loc"])])
    if first["type"] == "missing":
        return f"{where} is missing. {_MEND}"
    return f"{where} says {str(first['input'])[:60]!r}, which OME doesn't allow. {_MEND}"


def _attribute(field: object) -> str:
    """Return OME's name of a field of ome-types.

    >>> _attribute("physical_size_x_unit"), _attribute("lens_na")
    ('PhysicalSizeXUnit', 'LensNa')
    """
    return "".join(part[:1].upper() + part[1:] for part in str(field).split("_"))


def _removed(root: Any, title: str, error: Any) -> Iterator[str]:  # noqa: ANN401
    """Take a value that was refused out of every element that has it, and yield what was taken.

    A required one stays: without it the image can't be described.
    """
    import ome_types.model

    field = str(error["loc"][0]) if len(error["loc"]) == 1 else ""
    fields = getattr(getattr(ome_types.model, title, None), "model_fields", {})
    if field not in fields or fields[field].is_required():
        return
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == title:
            for key, value in element.attrib.items():
                if key.lower() == field.replace("_", "") and _is(value, error["input"]):
                    del element.attrib[key]
                    # A size without its unit would be taken for micrometres.
                    element.attrib.pop(key.removesuffix("Unit"), None)
                    yield f'{title}.{key}="{value[:60]}"'


def _is(text: str, value: object) -> bool:
    """Return whether `value`, which may be read as a number already, stands as `text`."""
    if not isinstance(value, float | int):
        return text == str(value)
    try:
        number = float(text)
    except ValueError:
        return False
    return number == value or (math.isnan(number) and math.isnan(value))
