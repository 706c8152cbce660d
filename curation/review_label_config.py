"""Review label config: the labelling config that Label Studio shows items of an origin with."""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from curation.panel_kinds import KINDS
from curation.review_edits import LIKENESSES
from curation.review_label_studio import WHOLE
from curation.stated import COLUMNS
from schemas.licence_terms import SPDX

_VERDICTS = ("accept", "reject", "edit")


def config(origin: str) -> str:
    """Return the labelling config for items of an origin."""
    lines = ["<View>", '  <Header value="$question"/>', '  <Image name="image" value="$image" zoom="true"/>']
    lines += ['  <Image name="image1" value="$image1" zoom="true"/>'] if origin == "duplicates" else []
    lines += ['  <Text name="caption" value="$caption"/>', '  <Text name="evidence" value="$evidence"/>']
    lines += _controls(origin)
    lines += [_choices("verdict", _VERDICTS, required=True), _choices("whole", (WHOLE,)), _area("reason")]
    return "\n".join([*lines, "</View>", ""])


def _controls(origin: str) -> list[str]:
    if origin == "panels":
        return ['  <RectangleLabels name="value" toName="image"><Label value="panel"/></RectangleLabels>']
    if origin == "subcaptions":
        return ['  <Labels name="value" toName="caption"><Label value="panel"/></Labels>']
    if origin in ("kinds", "duplicates"):
        return [_choices("value", KINDS if origin == "kinds" else LIKENESSES)]
    if origin == "licenses":
        return [_choices("value", tuple(sorted(SPDX)))]
    named = {"captions": ("text",), "questions": ("question", "options", "answer")}
    return [_area(name) for name in named.get(origin, (*COLUMNS, "annotations"))]


def _choices(name: str, choices: Iterable[str], *, required: bool = False) -> str:
    inner = "".join(f"<Choice value={quoteattr(each)}/>" for each in choices)
    more = ' required="true"' if required else ""
    return f'  <Choices name={quoteattr(name)} toName="image" choice="single"{more}>{inner}</Choices>'


def _area(name: str) -> str:
    return f'  <TextArea name={quoteattr(name)} toName="image" editable="true" maxSubmissions="20"/>'
