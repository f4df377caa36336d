# SPDX-License-Identifier: MIT
"""A sweep that goes on from a revision's results: what it found, and what it tells of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.results.baseline import Baseline
    from kvariant.review.changed_files import ChangedFile


@dataclass(kw_only=True)
class Since:
    """A revision, and what a sweep has found out about it when its cells are scheduled."""

    named: str
    """As the command line has it."""
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Called with a line about the baseline before anything runs."""
    said: str = ""
    """What the revision is, for people."""
    commit: str = ""
    baseline: Baseline | None = None
    """None: there are no results of it, all runs."""
    lacking: str = ""
    """Why there is none."""
    changed: Sequence[ChangedFile] = ()
    """The files that differ from the revision's."""
    tools: Sequence[str] = ()
    """The tools that are others than those of the baseline."""
    whys: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why each cell runs that does, by variant and step; all others have their results."""
    variants: Sequence[str] = ()
    cells: int = 0
    """How many cells there are."""
    seconds: float | None = None
    """How long the commands of what runs are predicted to take, one after the other; None: a
    step of it never ran."""
    whole_seconds: float | None = None
    """The same of all that would run without the results."""

    @property
    def running(self) -> Mapping[str, str]:
        """By variant of which a cell runs, why: the first of its reasons, with its step."""
        found: dict[str, str] = {}
        for (variant, step), why in self.whys.items():
            found.setdefault(variant, f"{step}: {why}")
        return found

    @property
    def spared(self) -> list[str]:
        """The variants of which nothing runs."""
        return [name for name in self.variants if name not in self.running]

    def to_json(self) -> dict[str, object]:
        """Return the same, JSON-ready."""
        baseline = self.baseline
        whys: dict[str, dict[str, str]] = {name: {} for name in self.variants}
        for (variant, step), why in self.whys.items():
            whys[variant][step] = why
        return {
            "revision": self.commit,
            "said": self.said,
            "baseline": {
                "ended": baseline.when,
                "changed_tools": list(self.tools),
            }
            if baseline
            else None,
            **({"lacking": self.lacking} if self.lacking else {}),
            "changed": [{"path": one.path, "how": one.how.value} for one in self.changed],
            "cells": self.cells,
            "skipped": self.cells - len(self.whys),
            **(
                {"predicted": {"seconds": round(own, 3), "whole": round(whole, 3)}}
                if (own := self.seconds) is not None and (whole := self.whole_seconds) is not None
                else {}
            ),
            "variants": [{"name": name, "runs": runs} for name, runs in whys.items()],
        }
