# SPDX-License-Identifier: MIT
"""Under which options a line of a tree's own source is compiled that a message points at.

    mm/userfaultfd.c:330:9: error: ...      makefiles and `#if`s: USERFAULTFD && HUGETLB_PAGE

What no option decides is taken to hold: it is a hypothesis, which blame puts to the test.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import KvariantError
from kvariant.kconfig.expression import ALWAYS, NEVER
from kvariant.presence.condition import possible
from kvariant.presence.sources import HEADERS, SOURCES, SourceFiles
from kvariant.steps.untrusted_files import is_file

if TYPE_CHECKING:
    from kvariant.steps.message import Message

_PLACE = re.compile(r"(?P<path>[^\s:()'\"`<>]+):(?P<line>\d{1,9})(?=[:,)\s]|$)")
_ENTERED = re.compile(
    r"^\w*make(?:\[\d+\])?: Entering directory '(?P<folder>[^'\n]+)'", re.MULTILINE
)
LARGEST = 4_000
"""Characters of a condition that is still a hypothesis."""

LONGEST = 4_000
"""Characters of a message in which a place is looked for; a word may have all of a log's."""


class SourceConditions:
    """The lines of one tree's files, each read when a message points at it first."""

    def __init__(
        self, sources: Callable[[], SourceFiles], tree: Path, root: Path, ours: Sequence[Path] = ()
    ) -> None:
        """Take a tree.

        Args:
            sources: makes what reads its files, when it is needed.
            tree: its root.
            root: the folder in which commands run.
            ours: folders whose files are no sources: what we have written.
        """
        self._make = sources
        self._tree = tree.resolve()
        self._root = root.resolve()
        self._ours = tuple(path.resolve() for path in ours)
        self._known: dict[tuple[str, int], str] = {}

    def of(self, message: Message) -> str:
        """Return where the line is compiled that a message points at, as text.

        Returns "" where it points at no source of the tree, nobody knows, or the line is always
        there.
        """
        place = _PLACE.search(message.text[:LONGEST])  # of more the first is where it is
        if place is None or not place["path"].endswith((*SOURCES, *HEADERS)):
            return ""
        path = next(self._files(place["path"], message), "")
        if not path:
            return ""
        key = path, int(place["line"])
        if key not in self._known:
            self._known[key] = self._condition(*key)
        return self._known[key]

    def _condition(self, path: str, line: int) -> str:
        try:
            found = possible(self._sources.presence(path, line).condition)
        except (KvariantError, OSError, ValueError, RuntimeError):  # it only explains
            return ""
        text = "" if found in (ALWAYS, NEVER) else str(found)
        return text if len(text) <= LARGEST else ""

    @cached_property
    def _sources(self) -> SourceFiles:
        return self._make()

    def _files(self, text: str, message: Message) -> Iterator[str]:
        """Yield files of the tree that a path may mean, below its root."""
        entered = [Path(found["folder"]) for found in _ENTERED.finditer(message.log)]
        starts = [self._root, self._tree, *([message.out] if message.out else []), *entered]
        for start in starts:
            real = Path(os.path.realpath(start / text))
            is_made = any(real.is_relative_to(folder) for folder in self._ours)
            if is_file(real) and real.is_relative_to(self._tree) and not is_made:
                yield real.relative_to(self._tree).as_posix()
