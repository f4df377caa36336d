# SPDX-License-Identifier: MIT
"""Kconfig files that have another path now: what is edited in one is told line by line.

A file that is gone and a new one are the same where at least half of their lines are
[git diff, `--find-renames`]; of several such pairs the most alike are taken first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

ALIKE = 0.5
"""The share of lines that both have."""
COMPARED = 20_000
"""At most so many pairs are compared."""


def moved_files(before: Mapping[str, str], after: Mapping[str, str]) -> Mapping[str, str]:
    """Return the old path of each new file that is an old one."""
    gone = {path: _lines(text) for path, text in before.items() if path not in after}
    come = {path: _lines(text) for path, text in after.items() if path not in before}
    if not gone or not come or len(gone) * len(come) > COMPARED:
        return {}
    pairs = [
        (_likeness(old, new), _is_of_same_name(path, other), path, other)
        for path, old in gone.items()
        for other, new in come.items()
    ]
    found: dict[str, str] = {}
    for likeness, _, path, other in sorted(pairs, key=lambda pair: (-pair[0], not pair[1])):
        if likeness >= ALIKE and other not in found and path not in found.values():
            found[other] = path
    return found


def _lines(text: str) -> Counter[str]:
    return Counter(line for line in text.split("\n") if line.strip())


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    count = one.total() + other.total()
    return 2 * (one & other).total() / count if count else 1.0


def _is_of_same_name(path: str, other: str) -> bool:
    return path.rpartition("/")[2] == other.rpartition("/")[2]
