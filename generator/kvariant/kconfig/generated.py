# SPDX-License-Identifier: MIT
"""Kconfig files that are not on disk: what a tree's own build would write, in memory.

A preset knows what a build makes for a fresh tree (a list of modules, an empty menu of
packages). Such a file is read as if it were there: `source` and its globs find it, its
symbols have places in it. A file on disk comes first, so a tree that was built is read as
its build left it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import kconfiglib

ON_DISK = kconfiglib.iglob
"""How kconfiglib finds the files that a `source` names."""


class FilesInMemory:
    """Texts by their absolute paths."""

    def __init__(self, texts: Mapping[str, str] | None = None, root: Path | None = None) -> None:
        """Take texts by path.

        Args:
            texts: by path, absolute or relative to the root.
            root: the tree's, absolute.
        """
        top = "" if root is None else str(root)
        placed = {os.path.normpath(os.path.join(top, p)): text for p, text in (texts or {}).items()}
        self.texts = {path: text for path, text in placed.items() if not Path(path).is_file()}

    def text(self, path: str) -> str | None:
        """Return the text of a file, None of one that is on disk or nowhere."""
        return self.texts.get(os.path.normpath(path))

    def matching(self, pattern: str) -> Iterator[str]:
        """Return what a glob finds, files on disk among them."""
        yield from ON_DISK(pattern)
        absolute = os.path.normpath(pattern)
        for path in self.texts:
            if path == absolute or PurePosixPath(path).match(absolute):
                yield path
