# SPDX-License-Identifier: MIT
"""One explanation of a failure of several trees, from those that each tree has for itself.

    x86 says     arm64 says      told
    A            A               A
    A            -               $(ARCH) = "x86" && A, unless A cannot be there either
    y            -               $(ARCH) = "x86"
    A            B               $(ARCH) = "x86" && A || $(ARCH) = "arm64" && B

Variants of all trees together may leave an explanation that is shorter and wrong in one
of them, which that tree was not asked about. So what is told is in every tree what the
tree itself says, as its space proves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.blame.attribution import Attribution, Conjunction

if TYPE_CHECKING:
    from kvariant.blame.findings import Finding, Observations
    from kvariant.blame.tree_search import TreeSearch


@dataclass(frozen=True, slots=True)
class View:
    """A failure in one tree."""

    ground: TreeSearch
    finding: Finding
    """As the tree's variants show it."""
    observations: Observations
    """Of these."""

    def agrees(self, told: Attribution) -> bool:
        """Return whether an explanation is the tree's own."""
        return self.ground.agrees(told, self.finding, self.observations)


def joined(finding: Finding, views: Sequence[View], observations: Observations) -> Finding:
    """Return a finding with the shortest explanation that agrees with every tree's own.

    Args:
        finding: as all variants show it.
        views: the same in each tree in which it fails.
        observations: of all variants.
    """
    if any(one.attribution.against for one in (finding, *(view.finding for view in views))):
        return finding
    for told in (finding, *_of_one(finding, views, observations)):
        if not told.attribution.against and all(view.agrees(told.attribution) for view in views):
            return told
    terms = (
        Conjunction((*view.ground.itself, *term.conditions))
        for view in views
        for term in _terms(view)
    )
    return observations.told(finding, tuple(terms))


def _of_one(
    finding: Finding, views: Sequence[View], observations: Observations
) -> Iterator[Finding]:
    """Yield a finding with the explanation of each tree in turn."""
    yield from (observations.told(finding, _terms(view)) for view in views)


def _terms(view: View) -> tuple[Conjunction, ...]:
    return tuple(term[0] for term in view.finding.attribution.terms)
