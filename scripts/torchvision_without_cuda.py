"""Lets PyPI's torchvision, a CUDA build, be imported beside a torch without CUDA; for vLLM's environment on CPUs.

Its library of operators doesn't load there, and the import dies where it describes two of them (pytorch/vision#9085).
Declared before, they can be described; what is pure Python then works, which is all that image processors need.
`scripts/install_vllm_cpu.sh` puts this file into the environment, with a .pth that imports it at every start.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_OPERATORS = ("nms", "qnms")
_kept: list[Any] = []
"""A library's operators go when it is collected."""


class _BeforeTorchvision(MetaPathFinder):
    """Declares the operators when torchvision is first looked for, and then steps aside."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  (its protocol)
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if name == "torchvision":
            sys.meta_path.remove(self)
            _declare()
        return None


def _declare() -> None:
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for operator in _OPERATORS:
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)


sys.meta_path.insert(0, _BeforeTorchvision())
