# SPDX-License-Identifier: MIT
"""One tree, asked which of its variants to run next for a failure.

    a failure of this tree       the explanations that its variants leave are told apart,
                                 the limits of numbers are found, and what is left is tried
    a failure of other trees     its explanation is tried here once, where it can hold

What is known of a failure in a tree is what the tree's own variants say: the others'
have other symbols, other defaults, and perhaps another cause.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kvariant.blame.attribution import Attribution, refutation
from kvariant.blame.conditions import Condition
from kvariant.blame.covers import SHORT
from kvariant.blame.equivalence import difference
from kvariant.blame.findings import Finding, Observations
from kvariant.blame.hypotheses import Hypotheses, Known
from kvariant.blame.thresholds import Gap, gaps
from kvariant.blame.untried_numbers import untried_numbers
from kvariant.errors import InputError
from kvariant.kconfig import Configuration, Expression
from kvariant.kconfig.expression import (
    ALWAYS,
    NEVER,
    Comparison,
    Constant,
    Reference,
    every,
    is_variable,
    some,
)
from kvariant.results.cell import Cell
from kvariant.words import counted

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.space import Space

Observed = Callable[[Sequence[Cell], Mapping[str, Configuration]], Observations]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run next in a tree for one finding."""

    configurations: tuple[Configuration, ...]
    about: str
    """What for, in words."""
    is_settled: bool = False
    """Whether no other explanation is left."""
    gaps: tuple[Gap, ...] = ()
    said: Expression | None = None
    """The hypothesis that all that is known agrees with, where it is what is tried."""
    untried: int = 0
    """Configurations that would have been asked about, if that many were allowed."""

    def at_most(self, count: int) -> Asked:
        """Return it with so many of its configurations; none may be left."""
        kept = self.configurations[: max(0, count)]
        untried = self.untried + len(self.configurations) - len(kept)
        return replace(self, configurations=kept, untried=untried)


NOTHING = Asked((), "", is_settled=True)


class TreeSearch:
    """What may be run in one tree, and what is asked of it."""

    def __init__(
        self,
        space: Callable[[], Space],
        observed: Observed,
        beyond: Mapping[str, str],
        rest: Configuration | None = None,
        edges: Callable[[], Mapping[str, Sequence[str]]] = dict,
    ) -> None:
        """Take a tree.

        Args:
            space: makes the space of the configurations that may be run; called when
                something is asked first, as it takes seconds for a large tree.
            observed: makes observations of cells and of variants of this tree.
            beyond: the values here of names that the tree does not define.
            rest: what has the values that the variants do not choose; None: the tree's
                defaults.
            edges: makes the values of numbers at which something may change: one that had the
                same value everywhere is tried at them.
        """
        self._edges = functools.cache(edges)
        self._space = functools.cache(space)
        self.observed = observed
        self._beyond = beyond
        self._rest = rest
        self._spaces: dict[str, Space] = {}
        """By the expression that restricts them."""
        self._hypotheses = Hypotheses(self._of_here)

    @property
    def itself(self) -> tuple[Condition, ...]:
        """What holds in this tree and in no other one."""
        return tuple(
            Condition(name, frozenset({text}), Comparison("=", Reference(name), Constant(text)))
            for name, text in self._beyond.items()
            if is_variable(name)
        )

    def plan(
        self,
        finding: Finding,
        observations: Observations,
        known: Known,
        most: int,
        exemplars: Collection[str] = (),
        *,
        left: int | None = None,
    ) -> Asked:
        """Return what to run next for a finding of this tree, at most so many variants.

        Args:
            finding: as this tree's variants show it.
            observations: of these.
            known: these, all of them.
            most: how many variants it may be.
            exemplars: failing variants from which the explanation is challenged first.
            left: how many may be run from now on; None: nobody counts.
        """
        from kvariant.blame.experiments import Experiments  # arrays, where something is asked

        position = {name: i for i, name in enumerate(known)}
        space = self._within(finding, observations)
        if trial := self._hypotheses.trial(finding, known, space):
            about = f"to try {trial.hypothesis}"
            return Asked(trial.configurations, about, is_settled=True, said=trial.hypothesis)
        untried = untried_numbers(space.tree.types, self._edges(), finding, known)
        questions = Experiments(
            space,
            [name for name in space.tree.types if name in untried or name in finding.symbols],
            list(known.values()),
            [position[name] for name in finding.failing],
            [position[name] for name in finding.passing],
            texts=untried,
            suspects=finding.suspects,
            rest=self._rest,
            exemplars=[position[name] for name in exemplars if name in position],
        ).questions(most)
        best = finding.attribution.expression
        is_told = not questions or questions[0].is_challenge
        asked = tuple(question.configuration for question in questions)
        if is_told and (apart := tuple(itertools.islice(_apart(space, finding, known), most))):
            is_told, asked = False, apart
        if not is_told:
            return Asked(asked, _about(finding.attribution))
        probes = dict(_probes(space, finding, known, self._edges(), left))
        # The limits first: what is tried of the explanation depends on them.
        asked = tuple(probes.values()) or asked
        return Asked(asked[:most], f"to try {best}", is_settled=not probes, gaps=tuple(probes))

    def trial(self, finding: Finding, known: Known) -> Asked:
        """Return what tries a finding of other trees here, where its explanation can hold.

        Args:
            finding: as all variants show it; in none of this tree's.
            known: this tree's variants.
        """
        attribution = finding.attribution
        near = next((known[name] for name in finding.passing if name in known), None)
        expression = self._of_here(attribution.expression)
        if attribution.against or near is None or expression == NEVER:
            return NOTHING
        where = every((self._of_here(_needs(finding)), expression))
        found = _one_of(self._space(), where, near)
        if found is None or found in known.values():
            return NOTHING
        return Asked((found,), f"to try {attribution.expression}")

    def agrees(self, told: Attribution, finding: Finding, observations: Observations) -> bool:
        """Return whether an explanation is in this tree the one that a finding has here.

        Args:
            told: the explanation.
            finding: as this tree's variants show it.
            observations: of these.
        """
        one, other = (self._of_here(a.expression) for a in (told, finding.attribution))
        if one == other:
            return True
        no_one, no_other = (
            self._of_here(refutation(term[0] for term in a.terms))
            for a in (told, finding.attribution)
        )
        apart = some((every((one, no_other)), every((no_one, other))))
        return _one_of(self._within(finding, observations), apart) is None

    def _of_here(self, expression: Expression) -> Expression:
        """Return what an expression is in this tree, over names that it defines."""
        return expression.replaced(self._beyond)

    def _within(self, finding: Finding, observations: Observations) -> Space:
        """Return the configurations in which what fails runs at all."""
        ran = [*finding.failing, *finding.passing]
        where = self._of_here(_needs(finding))
        if not finding.needs and finding.unrun:
            # Nobody says when it runs: where that seems clear nothing else is asked.
            guess = observations.explained(finding.unrun, ran)
            (first, *_), *more = guess.terms
            if not more and not guess.against and len(first.conditions) <= SHORT:
                where = Expression.parse(f"!({guess.expression})")
        return self._restricted(where)

    def _restricted(self, where: Expression) -> Space:
        if where == ALWAYS:
            return self._space()
        if (text := str(where)) not in self._spaces:
            self._spaces[text] = self._space().restricted(where)
        return self._spaces[text]


def _about(attribution: Attribution) -> str:
    """Return in words what variants are for that tell explanations apart."""
    if attribution.expression == ALWAYS:  # no expression that a reader would know
        return "to see whether it always fails"
    count = len(attribution.candidates) + attribution.more - 1
    others = f" from {counted(count, 'other')}" if count else ""
    return f"to tell {attribution.expression}{others}"


def _one_of(
    space: Space, where: Expression, near: Configuration | None = None
) -> Configuration | None:
    """Return a configuration that satisfies an expression, None if none does."""
    if where == NEVER:
        return None
    try:
        space = space.restricted(where)
    except InputError:  # nothing satisfies it
        return None
    return space.nearest([(name, [text]) for name, text in (near or {}).items()])


def _needs(finding: Finding) -> Expression:
    """Return where the test runs that fails, as far as it is known."""
    return Expression.parse(finding.needs) if finding.needs else ALWAYS


def _apart(space: Space, finding: Finding, known: Known) -> Iterator[Configuration]:
    """Yield for each candidate a variant that tells it from the best, if an untried one can.

    Conditions on numbers are among the values that were tried; others may tell more.
    """
    if finding.attribution.against:
        return
    tried = set(known.values())
    for (best, *others), group in zip(
        finding.attribution.terms, finding.attribution.groups, strict=True
    ):
        near = list(known.values())[group[0]]
        for other in others:
            found = difference(best, other, space, near)
            if found is not None and found not in tried:
                yield found


def _probes(
    space: Space,
    finding: Finding,
    known: Known,
    edges: Mapping[str, Sequence[str]],
    left: int | None,
) -> Iterator[tuple[Gap, Configuration]]:
    """Yield where a limit is not known exactly, with a variant that halves the gap."""
    if finding.attribution.against:
        return
    best = [term[0] for term in finding.attribution.terms]
    passing = [known[name] for name in finding.passing]
    for conjunction in best:
        others = [one for one in best if one is not conjunction]
        failing = [
            known[name]
            for name in finding.failing
            if conjunction.holds(known[name]) and not any(o.holds(known[name]) for o in others)
        ]
        found_gaps = tuple(gaps(conjunction, failing, passing, space.tree.types, edges))
        for gap in found_gaps:
            number = gap.probe if left is None else gap.probe_within(left // len(found_gaps))
            within = conjunction.bounds(gap.symbol)
            within[gap.symbol] = [gap.text(number)]
            wishes = [(name, [text]) for name, text in failing[0].items()]
            found = space.nearest(wishes, within)
            if found is not None and not any(other.holds(found) for other in others):
                yield gap, found
