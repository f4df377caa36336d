# SPDX-License-Identifier: MIT
"""How a trial ended, and the list of survivors that are explained."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from .mutant import Mutant

EQUIVALENT = "renders the same in every named variant"


class Outcome(Enum):
    """How a trial of a mutant ended."""

    RENDER = "render"
    """The templates were refused, or failed on a variant's values."""
    BUILD = "build"
    """A compiler refused a variant."""
    TEST = "test"
    """A test of tests/variants failed in a variant."""
    SAME = "same"
    """It renders the same in every named variant: there is nothing to notice."""
    SURVIVED = "survived"

    @property
    def is_noticed(self) -> bool:
        """Whether the sweep would say something."""
        return self in (Outcome.RENDER, Outcome.BUILD, Outcome.TEST)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One mutant, tried."""

    mutant: Mutant
    outcome: Outcome
    variants: tuple[str, ...]
    """Those that render differently."""
    detail: str = ""
    """What was said, in a line."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """Survivors that are no mistakes, and why."""

    path: str
    """Glob over templates."""
    was: str
    """Glob over the line as it is."""
    now: str
    """Glob over the line of the mutant."""
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        """Return whether a mutant is one of these."""
        return (
            fnmatch.fnmatchcase(mutant.path, self.path)
            and fnmatch.fnmatchcase(mutant.was, self.was)
            and fnmatch.fnmatchcase(mutant.now, self.now)
        )


def explanations(path: Path) -> tuple[Explanation, ...]:
    """Return the explanations of a file, each an `[[explained]]` of path, was, now and reason."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(Explanation(**entry) for entry in data.get("explained", ()))


def reason_for(verdict: Verdict, known: Sequence[Explanation]) -> str:
    """Return why nobody need notice a mutant, "" if somebody should."""
    if verdict.outcome is Outcome.SAME:
        return EQUIVALENT
    return next((e.reason for e in known if e.covers(verdict.mutant)), "")


def as_json(verdict: Verdict, known: Sequence[Explanation]) -> dict[str, Any]:
    """Return a verdict for programs."""
    mutant = verdict.mutant
    return {
        "kind": mutant.kind.value,
        "path": mutant.path,
        "line": mutant.line,
        "owner": mutant.owner,
        "was": mutant.was,
        "now": mutant.now,
        "outcome": verdict.outcome.value,
        "variants": list(verdict.variants),
        "detail": verdict.detail,
        "reason": "" if verdict.outcome.is_noticed else reason_for(verdict, known),
        "seconds": round(verdict.seconds, 2),
    }
