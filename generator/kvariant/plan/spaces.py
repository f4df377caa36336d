# SPDX-License-Identifier: MIT
"""Spaces of trees that were asked about before in this process.

A tree that comes from the user's cache, as it was when it was asked about last, has the same
space: what was worked out for one question serves the next. That counts where a process
answers many, as `kvariant mcp` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kvariant.kconfig import Tree

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.space import Space

MOST = 2
"""Spaces that are held; that of a kernel is some hundred megabytes."""

_held: dict[str, Space] = {}
"""By the digests of the kept trees, what was asked about last at the end."""


def space_of(tree: Tree) -> Space:
    """Return the space of a tree."""
    from kvariant.space import Space  # where one is asked for

    key = tree.kept_digest
    if not key:
        return Space.of(tree)
    space = _held.pop(key, None) or Space.of(tree)
    _held[key] = space
    while len(_held) > MOST:
        del _held[next(iter(_held))]
    return space
