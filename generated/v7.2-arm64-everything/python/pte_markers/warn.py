# SPDX-License-Identifier: MIT
# Generated from generator/templates/python/pte_markers/warn.py.j2; do not edit.
"""WARN_ON_ONCE: count every warning, print the first of each place."""

import sys

warn_hits = 0
"""Warnings met by this copy of the package."""
warn_fired = 0
"""Warnings printed by it."""

_printed: set[str] = set()


def warn_on_once(where: str) -> None:
    """Warn about a call of the function named, which should not have happened."""
    global warn_hits, warn_fired
    warn_hits += 1
    if where not in _printed:
        _printed.add(where)
        warn_fired += 1
        print(f"WARNING: {where}()", file=sys.stderr)
