# SPDX-License-Identifier: MIT
"""Locks and generated files that were made under the rules of another dialect than today's.

Locks, generated files and results carry the label of the dialect that they were made
under. What has none is older than labels, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from kvariant.errors import Diagnostic, Location, Severity
from kvariant.kconfig.dialect import DIALECTS
from kvariant.words import agreeing

_NAMED = 3
"""Rules that are named; more are counted."""


def under_other_rules(then: Iterable[str], now: Iterable[str], where: str = "hold now") -> str:
    """Return what is to be said of labels that differ, "" where none does.

    Such as `made under the rules of kconfiglib, and those of linux-6.18 hold now
    (limited_imply, hidden_choices, flat_choices and 9 more differ)`.
    """
    before, after = sorted({*then} - {""}), sorted(set(now))
    if not before or before == after:
        return ""
    return f"made under the rules of {_all(before)}, and those of {_all(after)} {where}" + (
        _differing(before[0], after[0]) if len(before) == len(after) == 1 else ""
    )


def without_effect(path: str, names: Iterable[str], told: str) -> Diagnostic:
    """Return the warning for matrices of a lock that other rules leave as they are."""
    return Diagnostic(
        message=f"{', '.join(names)}: {told}; nothing of it changes",
        code="other-rules",
        location=Location(path),
        severity=Severity.WARNING,
        hint="kvariant matrix --write notes it",
    )


def _all(labels: list[str]) -> str:
    return " and ".join(labels)


def _differing(before: str, after: str) -> str:
    if before not in DIALECTS or after not in DIALECTS:
        return ""
    names = DIALECTS[before].differences(DIALECTS[after])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f" ({', '.join(names[:_NAMED])}{more} {agreeing(len(names), 'differs', 'differ')})"
