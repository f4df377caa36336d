# SPDX-License-Identifier: MIT
"""Failures within others: tests that fail only where others do are mostly of the same cause.

A helper that is wrong where A && B breaks a test that looks at all of its values in
every such variant, and one that looks at some of them only where C holds as well.
The second failure is none that anybody has to explain, unless it is met elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kvariant.blame.findings import Finding


def wider(findings: Sequence[Finding]) -> Mapping[int, int]:
    """Return the widest failure that each is within, both by position.

    Args:
        findings: those with most variants first.
    """
    found: dict[int, int] = {}
    for i, inner in enumerate(findings):
        outer = next((j for j in range(i) if j not in found and _is_in(inner, findings[j])), None)
        if outer is not None:
            found[i] = outer
    return found


def _is_in(inner: Finding, outer: Finding) -> bool:
    return inner.known == outer.known and set(inner.failing) <= set(outer.failing)


def exemplars(outer: Finding, inner: Sequence[Finding]) -> tuple[str, ...]:
    """Return few failing variants of a failure, such that one at least is of each within it.

    What is tried from these shows whether the failures within go with the wider one.
    """
    chosen: list[str] = []
    for finding in inner:
        if not any(name in finding.failing for name in chosen):
            chosen.append(next(name for name in outer.failing if name in finding.failing))
    return tuple(chosen)
