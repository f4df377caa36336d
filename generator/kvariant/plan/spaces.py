# SPDX-License-Identifier: MIT
"""Spaces of trees that were asked about before in this process.

A tree that is as it was when it was asked about last has the same
space: what was worked out for one question serves the next. That counts where a process
answers many, as `kvariant mcp` does.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Tree
    from kvariant.space import Space

MOST = 2
"""Spaces that are held; that of a kernel is some hundred megabytes."""

_held: dict[Hashable, Space] = {}
"""By the digests of the trees and what else they are, what was asked about last at the end."""


def space_of(tree: Tree) -> Space:
    """Return the space of a tree; its own `tree` may be that of an earlier question."""
    from kvariant.space import Space  # where one is asked for

    if not tree.kept_digest:
        return Space.of(tree)
    key = (
        tree.kept_digest, str(tree.path), tree.dialect, tree.tool, tree.preset.name, tree.prefix,
        tuple(tree.environment.items()), tree.cross_compile, tree.has_negatives, tree.is_assumed,
    )  # fmt: skip
    space = _held.pop(key, None) or Space.of(tree)
    _held[key] = space
    while len(_held) > MOST:
        del _held[next(iter(_held))]
    return space


def forget() -> None:
    """Let go of all spaces."""
    _held.clear()
