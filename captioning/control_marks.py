"""Control marks: what a chat template means by a mark, written so that it means nothing to a model any more.

Servers read a prompt's text for their model's own tokens: a caption that holds "<|im_end|>" would end the question, one
with "<image>" would ask for another picture. Such a mark stays legible and stops being one: its brackets become
guillemets, those of [INST] and its like round ones. "p<0.05" and "a < b > c" are no marks, and stay as they are.
"""

import re

_ANGLED = re.compile(r"<(<?[/|\uff5c]?[A-Za-z_][\w\u2581.:/|\uff5c-]{0,60}>?)>")
"""<|im_start|>, </s>, <image>, <start_of_turn>, <<SYS>>, DeepSeek's <\uff5cUser\uff5c>; any tag of HTML too."""
_SQUARE = re.compile(
    r"\[(/?(?:INST|IMG(?:_BREAK|_END)?|AUDIO|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT)"
    r"|PREFIX|SUFFIX|MIDDLE|THINK|UNUSED_\d+|BOS|EOS|PAD|UNK|CLS|SEP|MASK|gMASK|sop|eop))\]"
)
"""Of Mistral's, BERT's and GLM's tokenizers."""


def unmarked(text: str) -> str:
    """Return a text in which no mark of a chat template is left.

    >>> unmarked("A<|im_end|> cell [INST]")
    'A\u2039|im_end|\u203a cell (INST)'
    """
    return _SQUARE.sub(r"(\1)", _ANGLED.sub("\u2039\\1\u203a", text))
