# SPDX-License-Identifier: MIT
"""Parsed trees held in memory from one question to the next, where a process answers many.

A held tree is used under the conditions of a kept one [`kept`]: all that its parse read is
looked at again. What it saves is reading and decoding the entry, and that trees are parsed
again that are too small to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from kvariant.kconfig import kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kvariant.kconfig.parsed import Parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTree:
    """One parsed tree, and what it follows from."""

    parse: Parsed
    read: kept.Read
    digest: str
    """Equal where the parse is."""
    kept_as: str
    """Its key in the user's cache, "" where it is not there."""


@dataclass
class HeldTrees:
    """The trees that were asked about last, by what was asked for."""

    most: int = 4
    """Trees that are held; that of a kernel is some hundred megabytes."""
    is_serving: bool = False
    """Whether many questions are expected; without that nothing is held."""
    _trees: dict[str, HeldTree] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)

    def get(self, key: str, environment: Mapping[str, str]) -> HeldTree | None:
        """Return what is held for a key, None where nothing is or it is not current.

        Args:
            environment: the variables that a parse would see.
        """
        tree = self._trees.pop(key, None)
        if tree is None or not kept.is_current(tree.read, environment):
            return None
        self._trees[key] = tree
        return tree

    def hold(self, key: str, parse: Parsed, read: kept.Read, digest: str = "") -> HeldTree:
        """Hold a tree.

        Args:
            digest: that of its entry in the user's cache, "" where it has none.
        """
        tree = HeldTree(
            parse=parse,
            read=read,
            digest=digest or f"held {next(self._numbers)}",
            kept_as=key if digest else "",
        )
        self._trees[key] = tree
        while len(self._trees) > self.most:
            del self._trees[next(iter(self._trees))]
        return tree

    def forget(self) -> None:
        """Let go of all."""
        self._trees.clear()


HELD = HeldTrees()
"""Those of this process."""
