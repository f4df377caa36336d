# SPDX-License-Identifier: MIT
"""The first hypothesis: what a failure points at fails exactly where it is there.

    the line is rendered under    A && !B
    what is known leaves          A, A && !B, A && C, ...
    asked                         A && !B, else as unlike what failed as can be: it fails
                                  A && B, else as what failed: it passes

One variant or two put it to the test, whatever else explains what is known: nothing is
searched for. Each is chosen such that the best other explanation says the opposite. What
ends otherwise has told nothing, and is asked once more in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.kconfig import Configuration, Expression
from kvariant.kconfig.complement import complement
from kvariant.kconfig.expression import NEVER, every

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.blame.findings import Finding
    from kvariant.space import Space

Known = Mapping[str, Configuration]
"""The variants that have run, in order."""
ByTree = Mapping[str, Known]
"""Configurations by environment, then by variant."""

WAYS = 2
"""Variants that are run at most to see that it fails where it should; as many that it passes."""


@dataclass(frozen=True, slots=True)
class HypothesisTrial:
    """A hypothesis that all that is known agrees with, and what is still to be run for it."""

    hypothesis: Expression
    configurations: tuple[Configuration, ...]
    """None: it is put to the test, as far as there are configurations that can."""


class Hypotheses:
    """The hypotheses of one tree, and what was asked about each."""

    def __init__(self, here: Callable[[Expression], Expression]) -> None:
        """Take a tree.

        Args:
            here: returns what an expression is in it, over names that it defines.
        """
        self._here = here
        self._asked: dict[tuple[str, str, str, bool], list[Configuration]] = {}
        """By finding, hypothesis and whether it should fail there."""

    def trial(self, finding: Finding, known: Known, space: Space) -> HypothesisTrial | None:
        """Return the first hypothesis of a finding that agrees with all that is known of it.

        Args:
            finding: as the tree's variants show it.
            known: these, all of them.
            space: the configurations in which what fails runs.
        """
        for text in finding.hypotheses:
            hypothesis = self._here(Expression.parse(text))
            if _agrees(hypothesis, finding, known, space):
                due = (
                    self._due(finding, hypothesis, known, space, is_failing=is_failing)
                    for is_failing in (True, False)
                )
                return HypothesisTrial(hypothesis, tuple(one for one in due if one is not None))
        return None

    def _due(
        self,
        finding: Finding,
        hypothesis: Expression,
        known: Known,
        space: Space,
        *,
        is_failing: bool,
    ) -> Configuration | None:
        """Return what is to be run to see that it fails, or passes, where it should."""
        key = (finding.step, finding.message, str(hypothesis), is_failing)
        asked = self._asked.setdefault(key, [])
        told = [known[name] for name in (finding.failing if is_failing else finding.passing)]
        if len(asked) >= WAYS or any(one in told for one in asked):
            return None
        ways = _ways(finding, hypothesis, known, space, is_failing=is_failing)
        tried = known.values()
        found = next((one for one in ways if one not in tried), None)
        if found is not None:
            asked.append(found)
        return found


def _agrees(hypothesis: Expression, finding: Finding, known: Known, space: Space) -> bool:
    """Return whether it holds in all variants that fail, and in none that passes."""
    types = space.tree.types
    if not all(name in types for name in hypothesis.symbols):
        return False
    return all(hypothesis.holds(known[name], types) for name in finding.failing) and not any(
        hypothesis.holds(known[name], types) for name in finding.passing
    )


def _ways(
    finding: Finding, hypothesis: Expression, known: Known, space: Space, *, is_failing: bool
) -> Iterator[Configuration]:
    """Yield configurations that put a hypothesis to the test, those that tell most first."""
    types, best = space.tree.types, finding.attribution.expression
    failing = known[finding.failing[0]]
    like = [(name, [text]) for name, text in failing.items()]
    unlike = [
        (name, [text for text in _texts(space, name) if text != failing.get(name)])
        for name in finding.symbols
        if name not in hypothesis.symbols
    ]
    if is_failing:
        only = every((hypothesis, complement(best, types)))
        ways = [(only, [*unlike, *like]), (hypothesis, [*unlike, *like]), (only, like)]
    else:
        no = complement(hypothesis, types)
        ways = [(every((best, no)), like), (no, like), (no, [*unlike, *like])]
    for where, wishes in ways:
        if (found := _nearest(space, where, wishes)) is not None:
            yield found


def _texts(space: Space, name: str) -> Sequence[str]:
    kind = space.tree.types[name]
    return ("n", "m", "y") if kind.is_logical else list(space.literals(name))


def _nearest(
    space: Space, where: Expression, wishes: Sequence[tuple[str, Sequence[str]]]
) -> Configuration | None:
    if where == NEVER:
        return None
    try:
        return space.restricted(where).nearest(wishes)
    except InputError:  # nothing satisfies it
        return None
