# SPDX-License-Identifier: MIT
"""A cell: one variant x one step, or one test of it, and how it ended."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from kvariant.results.figures import NONE, Figures

GENERATE, BUILD, TEST = "generate", "build", "test"
BUILT_IN = (GENERATE, BUILD, TEST)
"""The steps of our own, in order; a step of the project file may replace one."""


GOES_ON = "ended in the sweep that this one goes on with"
"""The reason of a cell that a sweep with a budget takes over from one that was cut."""


class Outcome(enum.Enum):
    """How a cell ended."""

    OK = "ok"
    FAILED = "failed"
    """The step ran and said no: a compiler error, a failing test."""
    ERROR = "error"
    """The step could not do its work: a crash, a bad option, no disk."""
    TIMEOUT = "timeout"
    FLAKY = "flaky"
    """It failed, and passed when it was tried again."""
    SKIPPED = "skipped"
    """Not run; the reason says why."""
    REUSED = "reused"
    """Not run: the same content ended before as `Cell.ended` says."""
    MERGED = "merged"
    """Not run: another variant of this sweep has the same content; the reason names it."""
    MISSING = "missing"
    """Should have run and did not report: the sweep ended first."""

    @property
    def is_good(self) -> bool:
        """Whether a step that ended so lets the steps behind it run."""
        return self in (Outcome.OK, Outcome.FLAKY)

    @property
    def is_bad(self) -> bool:
        """Whether a sweep with a cell that ended so has failed."""
        return self in (Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that went wrong in a cell, told so that equal ones can be folded."""

    message: str
    """One line, the same in every variant that fails for the same cause."""
    again: str
    """The command that replays it."""
    test: str = ""
    """The test that failed, without its variant; "" where the step has none."""
    reads: tuple[str, ...] = ()
    """The symbols that the files which it names read, in Kconfig order, where that is known."""
    needs: str = ""
    """The expression under which the test runs, "" where it always does or nobody knows."""
    known: str = ""
    """Why it was to be expected, "" where it was not."""
    is_always_told: bool = True
    """Whether its test is reported where it goes well, too."""
    at: str = ""
    """The line that it points at of what is rendered for its variant: `include/x.h:12`."""
    condition: str = ""
    """Where exactly the line is there that it points at, as an expression; "": nobody knows."""
    expired: str = ""
    """Why, and until which day, it was to be expected; "" where it never was, or still is."""
    is_of_machine: bool = False
    """Whether the machine was broken: it says nothing of the variant, and nothing is blamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One variant x one step (`test` is ""), or one test that a step ran."""

    variant: str
    step: str
    test: str = ""
    """The name of a test within the step, without the variant; "": the step itself."""
    outcome: Outcome
    ended: Outcome | None = None
    """How the work ended that a reused or merged cell stands for; None: see `outcome`."""
    reason: str = ""
    """In words: `6 files written`, `12 passed, 3 skipped`, `PDF is n`, `as base`."""
    duration: float = 0.0
    """Seconds of work done for this cell; 0 where none was."""
    key: str = ""
    """Digest of everything the cell read; equal keys of a step are equal content."""
    log: str = ""
    """The tail of what it printed; of a test that pytest ran, where it did not end well."""
    known: str = ""
    """Why all its failures were to be expected, "" where they were not: it fails no sweep then.
    Of a missing one, for want of what it did not run; see `is_left`."""
    failures: tuple[Failure, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Tests within it that did not run, and why; of those that have no cells of their own."""
    figures: Figures = NONE
    """What is counted of it; of a test nothing is."""

    @property
    def verdict(self) -> Outcome:
        """How the content of this cell ends, whether or not it was run for this cell."""
        return self.ended or self.outcome

    @property
    def is_good(self) -> bool:
        """Whether the steps behind it may run."""
        return self.verdict.is_good

    @property
    def is_bad(self) -> bool:
        """Whether it makes the sweep fail."""
        return self.verdict.is_bad and not self.known

    @property
    def is_left(self) -> bool:
        """Whether it was left for the next sweep, as the budget of this one was spent."""
        return self.outcome is Outcome.MISSING and bool(self.known)

    @property
    def is_of_machine(self) -> bool:
        """Whether it ended for the machine's sake: it says nothing of its variant."""
        return any(failure.is_of_machine for failure in self.failures)

    @property
    def unexpected(self) -> tuple[Failure, ...]:
        """Its failures that are not known ones."""
        return tuple(failure for failure in self.failures if not failure.known)


def failures_of(cell: Cell) -> tuple[Failure, ...]:
    """Return what went wrong in a cell: its failures, or how it ended where it names none."""
    if cell.failures or not cell.verdict.is_bad or cell.verdict is Outcome.MISSING:
        return cell.failures
    message = f"{cell.step}: {cell.verdict.value}{f', {cell.reason}' if cell.reason else ''}"
    return (Failure(message=message, again="", test=cell.test, known=cell.known),)
