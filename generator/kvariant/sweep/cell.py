# SPDX-License-Identifier: MIT
"""A cell: one variant x one step, and how it ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Step(enum.Enum):
    """The built-in steps, in order; each needs the one before."""

    GENERATE = "generate"
    BUILD = "build"
    TEST = "test"


class Outcome(enum.Enum):
    """How a cell ended."""

    OK = "ok"
    FAILED = "failed"
    """The step ran and said no: a compiler error, a failing test."""
    ERROR = "error"
    """The step could not do its work: a crash, a bad option."""
    TIMEOUT = "timeout"
    SKIPPED = "skipped"
    """Not run; the reason says why."""
    REUSED = "reused"
    """Not run: the same content was ok before."""

    @property
    def is_good(self) -> bool:
        """Whether the steps behind it may run."""
        return self in (Outcome.OK, Outcome.REUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that went wrong in a cell, told so that equal ones can be folded."""

    message: str
    """One line, the same in every variant that fails for the same cause."""
    again: str
    """The command that replays it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One variant x one step."""

    variant: str
    step: Step
    outcome: Outcome
    reason: str = ""
    """In words: `6 files written`, `12 passed, 3 skipped`, `build failed`."""
    duration: float = 0.0
    """Seconds of work done for this cell; 0 where reused or skipped."""
    key: str = ""
    """Digest of everything the cell read."""
    log: str = ""
    failures: tuple[Failure, ...] = ()
