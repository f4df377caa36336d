# SPDX-License-Identifier: MIT
"""What a cell of another commit says of a finding: it is there, it is not, or nobody knows.

    it fails in the finding's words, in one of its tests       there
    it ended well; the test passed, or does not exist          absent
    the variant or the step does not exist, or its `where`
    does not hold                                              absent
    it fails otherwise, or did not come to run                 untold: that may hide it
    it failed and then passed; the machine was broken          untold

So nothing is taken for absent that may be hidden behind another failure.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kvariant.blame.findings import Finding, folded_message, told
from kvariant.results.cell import Cell, Failure, Outcome, failures_of
from kvariant.results.masking import ways


class Sight(enum.Enum):
    """Whether a finding is seen at a commit."""

    THERE = "there"
    ABSENT = "absent"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a finding at a commit."""

    sight: Sight
    why: str = ""
    """Why nothing is told."""


_FLAKY = "it passed when it was run again"
THERE = Evidence(Sight.THERE)
ABSENT = Evidence(Sight.ABSENT)


def untold(why: str) -> Evidence:
    """Return that nobody knows, and why."""
    return Evidence(Sight.UNTOLD, why)


@dataclass(frozen=True)
class Symptom:
    """What a finding looks like, in any variant."""

    tests: frozenset[str]
    """The tests that fail so; none where the step has none."""
    messages: frozenset[str]
    """Folded."""

    @classmethod
    def of(cls, finding: Finding) -> Symptom:
        """Return what a finding looks like."""
        return cls(frozenset(finding.tests), frozenset(map(folded_message, finding.messages)))

    def seen(self, cells: Sequence[Cell], needs: Collection[Cell] = ()) -> Evidence:
        """Return what a step's cell, with its tests, says of it.

        Args:
            cells: the step's own, then its tests; none: the variant or the step is not there.
            needs: the cells of the steps before it.
        """
        if not cells:
            return ABSENT
        head = cells[0]
        if head.is_of_machine:
            return untold("the machine was broken")
        if head.verdict is Outcome.SKIPPED:
            return self._skipped(head, needs)
        if head.verdict is Outcome.MISSING:
            return untold("it was not run")
        failures = failures_of(head)
        if any(self._is_of(failure, head.variant) for failure in failures):
            return untold(_FLAKY) if head.verdict is Outcome.FLAKY else THERE
        if head.verdict is Outcome.FLAKY:
            return untold(_FLAKY)
        if head.verdict.is_good:
            return ABSENT
        others = [one for one in failures if not one.test or one.test in self.tests]
        is_told = head.verdict is Outcome.FAILED and self.tests and failures and not others
        return ABSENT if is_told else untold(f"fails otherwise: {_first(others or failures)}")

    def _skipped(self, head: Cell, needs: Collection[Cell]) -> Evidence:
        bad = [cell for cell in needs if cell.verdict.is_bad]
        if bad:
            return untold(f"{bad[0].step} fails: {_first(failures_of(bad[0]))}")
        return ABSENT

    def _is_of(self, failure: Failure, variant: str) -> bool:
        is_of_test = failure.test in self.tests if self.tests else not failure.test
        if failure.is_of_machine or not is_of_test:
            return False
        said = (replace(failure, message=text) for text in ways(failure.message, variant))
        return any(folded_message(told(one)) in self.messages for one in said)


def _first(failures: Sequence[Failure]) -> str:
    return failures[0].message if failures else "no message"
