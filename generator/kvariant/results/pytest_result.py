# SPDX-License-Identifier: MIT
"""One test in one variant as the plugin reports it, and the failure that it is."""

from __future__ import annotations

from dataclasses import dataclass

from kvariant.results.cell import Failure
from kvariant.results.masking import masked, without_variant


@dataclass(frozen=True, slots=True)
class PytestResult:
    """How one test ended in one variant."""

    variant: str
    test: str
    """Its id, with the variant."""
    outcome: str
    """passed, failed or skipped."""
    duration: float
    message: str
    """One line: why it failed or was skipped."""
    needs: str = ""
    """The expression of its `kconfig(...)` markers, "" if it has none."""
    at: str = ""
    """The deepest line of generated code in its traceback, "" if there is none."""

    @property
    def name(self) -> str:
        """The test without its variant."""
        return without_variant(self.test, self.variant)

    def failure(self, again: str = "") -> Failure:
        """Return what went wrong, the same in every variant in which that did.

        Args:
            again: the command that runs it again.
        """
        return Failure(
            message=f"{self.name}: {masked(self.message, self.variant)}",
            again=again,
            test=self.name,
            needs=self.needs,
            at=self.at,
        )
