# SPDX-License-Identifier: MIT
"""A budget: how long a command may take, from its start to its report."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kvariant.errors import Diagnostic, InputError
from kvariant.project.steps import seconds_of

CHOICE = 10.0
"""Seconds that choosing may always take: a choice of less is made whole, whatever the budget."""

_LONGEST = 365 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Budget:
    """Time that may be spent."""

    seconds: float
    began: float
    """When the time began to run, on `clock`."""
    clock: Callable[[], float] = field(default=time.perf_counter, compare=False)

    @classmethod
    def parse(cls, text: str, began: float) -> Budget:
        """Return the budget that `10m`, `1h30m`, `90s` or `90` (seconds) names; 0 is one.

        Raises:
            InputError: it is no time [budget].
        """
        return cls(budget_seconds(text), began)

    def for_cells(self) -> Budget:
        """Return it as it counts for cells: what came before them takes half of it at most.

        Otherwise a sweep whose choice takes longer than its budget would never get anywhere,
        however often it is begun.
        """
        return replace(self, began=max(self.began, self.clock() - self.seconds / 2))

    def choice_is_over(self) -> bool:
        """Return whether choosing is to end, as half of it is spent; a short choice never is."""
        return self.clock() - self.began > max(self.seconds / 2, CHOICE)

    @property
    def left(self) -> float:
        """Seconds until it is spent; below 0 if it is."""
        return self.began + self.seconds - self.clock()

    @property
    def is_spent(self) -> bool:
        """Whether nothing of it is left."""
        return self.left <= 0

    def __str__(self) -> str:
        return time_text(self.seconds)


def budget_seconds(text: str) -> float:
    """Return a time in seconds.

    Raises:
        InputError: it is none [budget].
    """
    plain = text.strip()
    try:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", plain) or re.fullmatch(r"0+(s|m|h)", plain):
            seconds = float(plain.rstrip("smh"))
        else:
            seconds = seconds_of(plain)
    except ValueError:
        what = "less than nothing" if re.match(r"-\s*[0-9]", plain) else "no time"
        raise _wrong(f"--budget {text!r} is {what}") from None
    if seconds > _LONGEST:
        raise _wrong(f"--budget {text!r} is more than a year")
    return seconds


def time_text(seconds: float) -> str:
    """Return a time as people write it: `90 s`, `10 min`, `1 h 30 min`."""
    if seconds < 120 or seconds % 60:
        return f"{seconds:,g} s"
    hours, minutes = divmod(int(seconds) // 60, 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, *([f"{minutes} min"] if minutes else [])])


def rough_time_text(seconds: float) -> str:
    """Return a time that is predicted, as exactly as it can be: `0.4 s`, `25 s`, `11 min`."""
    if seconds >= 120:
        return time_text(60 * round(seconds / 60))
    return time_text(round(seconds) if seconds >= 10 else round(seconds, 1))


def _wrong(message: str) -> InputError:
    hint = "write 90s, 10m or 1h30m; a number alone is seconds, and 0 runs nothing"
    return InputError(Diagnostic(message=message, code="budget", hint=hint))
