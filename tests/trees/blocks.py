# SPDX-License-Identifier: MIT
"""Kconfig files as blocks that can be taken away, to find what a fault does not need.

A block is a head that it cannot be without, properties of which each can go, and blocks
inside::

    config A            head
    \tbool "a" if B      property
    \tdefault y if C     property
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

_TYPE_WORDS = ("bool", "tristate", "int", "hex", "string", "def_bool", "def_tristate")
"""What a property begins with that no smaller block is without: it would be another fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a Kconfig file."""

    head: str = ""
    """The first line; "" for the file itself."""
    properties: tuple[str, ...] = ()
    inside: tuple[Block, ...] = ()
    end: str = ""

    @property
    def text(self) -> str:
        """The block as it stands in a file."""
        lines = [self.head] if self.head else []
        lines += [f"\t{line}" for line in self.properties]
        text = "".join(f"{line}\n" for line in lines)
        text += "".join(block.text for block in self.inside)
        return text + (f"{self.end}\n" if self.end else "")

    def smaller(self) -> Iterator[Block]:
        """Give the block with one thing less: the largest things first."""
        for i, block in enumerate(self.inside):
            before, after = self.inside[:i], self.inside[i + 1 :]
            yield replace(self, inside=before + after)
            if block.inside:
                yield replace(self, inside=before + block.inside + after)
        for i, line in enumerate(self.properties):
            if line.partition(" ")[0] not in _TYPE_WORDS:
                yield replace(self, properties=self.properties[:i] + self.properties[i + 1 :])
        for i, block in enumerate(self.inside):
            for less in block.smaller():
                yield replace(self, inside=(*self.inside[:i], less, *self.inside[i + 1 :]))


def shrunk(file: Block, holds: Callable[[Block], bool], *, tries: int = 2000) -> Block:
    """Return a smallest file for which `holds` still does.

    Args:
        file: for which it holds.
        holds: asked for each candidate.
        tries: how many candidates are looked at, at most.
    """
    progress = True
    while progress:
        progress = False
        for less in file.smaller():
            tries -= 1
            if tries < 0:
                return file
            if holds(less):
                file, progress = less, True
                break
    return file
