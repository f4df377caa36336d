"""Trees from text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kvariant import Tree

MakeTree = Callable[[str], Tree]


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    """Return a function that loads a tree from the text of its Kconfig."""

    def make(text: str) -> Tree:
        path = tmp_path / "Kconfig"
        path.write_text(text, encoding="utf-8")
        return Tree.load(path)

    return make
