# SPDX-License-Identifier: MIT
"""A folder that looks like a tree, for tools that write where they stand.

Every entry is a link to the tree's own, but for folders that get files of their own:
those that the tree's build would generate, and where tools leave what they write
(`include/config/`, `.config`). Nothing that is made there is made in the tree.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

_WRITTEN_TO = ("include/config", "include/generated")
_LEFT = frozenset((".config", ".config.old"))


@contextmanager
def overlay(root: Path, generated: Mapping[str, str]) -> Iterator[Path]:
    """Give a folder that looks like a root and has generated files, and take it away.

    Args:
        root: the tree's, absolute.
        generated: texts by their paths below it.
    """
    with tempfile.TemporaryDirectory(prefix="kvariant-tree-") as temporary:
        top = Path(temporary) / root.name
        own = {parent for path in generated for parent in PurePosixPath(path).parents}
        own |= {PurePosixPath(path) for path in _WRITTEN_TO} | {PurePosixPath("include")}
        _link(root, top, PurePosixPath(), own)
        for path, text in generated.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text(text, encoding="utf-8", errors="surrogateescape")
        yield top


def _link(source: Path, target: Path, here: PurePosixPath, own: set[PurePosixPath]) -> None:
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            inner = here / entry.name
            if here == PurePosixPath() and entry.name in _LEFT:
                continue
            if inner in own and entry.is_dir():
                _link(source / entry.name, target / entry.name, inner, own)
            else:
                (target / entry.name).symlink_to(source / entry.name)
