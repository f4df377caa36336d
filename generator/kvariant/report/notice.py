# SPDX-License-Identifier: MIT
"""A notice at a line of a file: what code hosts show beside a change."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class NoticeLevel(enum.Enum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    """A failure that is known."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file."""

    path: str
    """Relative to the repository, with slashes."""
    line: int
    """From 1."""
    column: int = 0
    """From 1; 0: nobody knows."""


class SourceLines(Protocol):
    """Finds files of the repository."""

    def of(self, path: str, variant: str) -> str | None:
        """Return the path of a file that a message names, None if it is none of the repository.

        Args:
            path: as the message has it.
            variant: the one whose message it is; generated files are its own.
        """

    def of_step(self, step: str) -> SourceLine:
        """Return where a step comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to be told at a line."""

    level: NoticeLevel
    rule: str
    """What kind it is: a compiler's flag, or how a step ended."""
    step: str
    tree: str
    """The tree whose variants have it, "" where there is but one."""
    at: SourceLine
    text: str
    """A line: the options under which it is met, then what was said."""
    details: Sequence[str]
    """What more there is to say, a line each."""
    fingerprint: str
    """The same in another sweep, wherever the line has moved and whoever else fails."""
