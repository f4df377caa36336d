# SPDX-License-Identifier: MIT
"""Which extra variants tell the candidates apart: questions to the space, one after another.

What is known of one term of a failure is that every condition of its conjunction
holds in all variants that the term explains, and that some condition of it does not
hold in each passing one. A variant in which some of the shared conditions do not hold
is a group test: it passes exactly if one of them is of the conjunction. The next
variant is the one that divides the conjunctions that are left most evenly, short
ones weighing more, as in adaptive group testing (Du and Hwang, Combinatorial Group
Testing and Its Applications, 2000, part I); which groups of conditions can be
taken away is the tree's business, so each is asked of the space. Several variants
are asked about at once as long as each divides what the others leave nearly as well
as if their outcomes were known: a round takes as long as the slowest of it.

When all conjunctions left are the same in every valid configuration, which the
solver proves, what they predict and nobody has tried is asked, all at once.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kvariant.blame.attribution import Attribution, attribute
from kvariant.blame.conditions import Condition, ConditionTable
from kvariant.space.circuit import FALSE

if TYPE_CHECKING:  # loaded where something is asked of it
    from kvariant.kconfig import Configuration
    from kvariant.kconfig.value import SymbolType, ValueTexts
    from kvariant.space import Space

Wish = tuple[str, Sequence[str]]
"""A symbol, and the values of which it should have one."""

HYPOTHESES = 30_000
"""Conjunctions that are weighed at a time."""
LONGEST = 5
"""Conditions of the longest conjunction that is weighed unless the shortest is longer."""
_LONGER = 0.5
"""How likely a conjunction has one condition more."""
_SUSPECT = 4.0
"""How much likelier a condition is whose symbol the failing file reads."""
_ORDERS = 40
"""Random orders in which conditions are taken away to divide the hypotheses."""
_LARGE = 5_000
"""Symbols of a tree in which a configuration costs a second: there only"""
_FEW_ORDERS = 8
"""so many orders are tried."""
_GOOD = 0.95
"""Bits of a question that is asked without looking for a better one."""
_FRESH = 0.7
"""Bits that a further question of a round must tell beyond the others."""
FEW = 8
"""Values of a number or text that are told apart one by one."""
_COMPARED = 200
"""Hypotheses that the solver is asked to tell from the best one."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Question:
    """A valid configuration whose outcome is not known."""

    configuration: Configuration
    chance: float
    """How likely it fails, as far as is known."""
    state: int
    """The conditions that hold in it, as bits."""
    is_challenge: bool = False
    """Whether all explanations left are one, and this one puts it to the test."""

    @property
    def worth(self) -> float:
        """What its outcome tells, in bits."""
        return _bits([self.chance, 1 - self.chance])


class Experiments:
    """One failure: what is known of it, and what to ask next."""

    def __init__(
        self,
        space: Space,
        symbols: Iterable[str],
        values: Sequence[ValueTexts],
        failing: Collection[int],
        passing: Collection[int],
        texts: Mapping[str, Collection[str]] | None = None,
        suspects: Collection[str] = (),
        rest: ValueTexts | None = None,
        exemplars: Collection[int] = (),
    ) -> None:
        """Take the variants that have run.

        Args:
            space: every valid configuration.
            symbols: those whose values may be to blame.
            values: of every variant, those that told nothing as well.
            failing: positions of variants that fail so.
            passing: positions of those that do not.
            texts: values that some symbols may have besides those that the tree names.
            suspects: symbols that are likelier to be to blame: see `Failure.reads`.
            rest: what has all values that do not matter; None: the tree's defaults.
            exemplars: failing variants from which the explanation is challenged first.
        """
        self._space = space
        self._symbols = tuple(symbols)
        self._whole = list(values)
        self._values = [{name: one.get(name, "") for name in self._symbols} for one in values]
        self._failing = tuple(failing)
        self._passing = tuple(passing)
        self._texts = texts or {}
        self.rest: ValueTexts = space.tree.resolve({}) if rest is None else rest
        self.suspects = frozenset(suspects)
        self.exemplars = tuple(exemplars)
        self._types: Mapping[str, SymbolType] = space.tree.types
        self.table = ConditionTable(self._values, self._types, self._symbols, self._known_texts)
        self._states = self.table.states(range(len(self._values)))

        self._domains: dict[str, tuple[str, ...]] = {
            name: tuple(
                dict.fromkeys([*self._known_texts(name), *(one[name] for one in self._values)])
            )
            for name in self._symbols
        }

    def _known_texts(self, name: str) -> Iterator[str]:
        # Of many numbers those that were tried: limits between them are another question
        # (thresholds), and that a single other value should pass is far-fetched.
        texts = [text for text, x in self._space.literals(name).items() if x != FALSE]
        is_few = self._types[name].is_logical or len(texts) <= FEW
        if is_few and not self._space.sampled([name]):
            yield from texts
        yield from self._texts.get(name, ())

    def attribution(self) -> Attribution:
        """Return the smallest explanation of what is known."""
        return attribute(self.table, self._failing, self._passing, suspects=self.suspects)

    def questions(self, most: int) -> tuple[Question, ...]:
        """Return the variants that tell most together, none if nothing is left to ask.

        Where all explanations left are one, they are what this predicts and nobody has tried.
        """
        attribution = self.attribution()
        if attribution.twins:
            return ()
        terms = [_Term(self, attribution, number) for number in range(len(attribution.terms))]
        asked = [question for term in terms for question in term.questions(most)]
        asked.sort(key=lambda question: -question.worth)  # stable: then by term
        if not asked:
            challenges = (q for term in terms for q in term.challenges())
            asked = [replace(question, is_challenge=True) for question in challenges]
        once: dict[int, Question] = {}
        for question in asked:
            once.setdefault(question.state, question)
        return tuple(once.values())[:most]

    # What terms need

    @property
    def space(self) -> Space:
        """Every valid configuration."""
        return self._space

    def values(self, variant: int) -> ValueTexts:
        """Return the values of a variant, of all symbols."""
        return dict(self._whole[variant])

    def state(self, variant: int) -> int:
        """Return the conditions that hold in a variant, as bits."""
        return self._states[variant]

    def state_of(self, values: ValueTexts) -> int:
        """Return the conditions that hold under some values, as bits."""
        known = {name: values.get(name, "") for name in self._symbols}
        return sum((known[c.symbol] in c.texts) << i for i, c in enumerate(self.table.conditions))

    def has_run(self, state: int) -> bool:
        """Whether a variant with these conditions was tried."""
        return state in self._states

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols whose values may be to blame."""
        return self._symbols

    @property
    def passing(self) -> tuple[int, ...]:
        """Positions of passing variants."""
        return self._passing

    def others(self, condition: Condition) -> list[str]:
        """Return the values of a condition's symbol for which it does not hold."""
        return [t for t in self.texts(condition.symbol) if t not in condition.texts]

    def texts(self, symbol: str) -> tuple[str, ...]:
        """Return the values that a symbol is known to have, each once."""
        return self._domains[symbol]


class _Term:
    """One conjunction of the explanation, and the others that may stand in its place."""

    def __init__(self, inquiry: Experiments, attribution: Attribution, number: int) -> None:
        self._inquiry = inquiry
        self._space = inquiry.space
        self._group = attribution.groups[number]
        self._others = [term[0] for i, term in enumerate(attribution.terms) if i != number]
        """What else explains a failure: a question must not fall to it."""
        alone = [
            v for v in self._group if not any(o.holds(inquiry.values(v)) for o in self._others)
        ]
        self._alone = frozenset(alone)
        self._start = (alone or self._group)[0]
        """The failing variant from which questions depart."""
        # What another term explains as well may fail for that alone, and says nothing here.
        shared = inquiry.state(self._start)
        for variant in alone or self._group:
            shared &= inquiry.state(variant)
        conditions = inquiry.table.conditions
        self._shared = [i for i in range(len(conditions)) if shared >> i & 1]
        self._conditions = [conditions[i] for i in self._shared]
        index = {c: i for i, c in enumerate(self._conditions)}
        self._best = sorted(index[c] for c in attribution.terms[number][0].conditions)
        self._weigh([sorted(index[c] for c in t.conditions) for t in attribution.terms[number]])

    def _weigh(self, known: Sequence[Sequence[int]]) -> None:
        """Set the conjunctions that explain what is known, and how likely each is."""
        count = len(self._conditions)
        passing = [self._inquiry.state(v) for v in self._inquiry.passing]
        columns = [
            sum((not state >> i & 1) << row for row, state in enumerate(passing))
            for i in self._shared
        ]
        rows = (1 << len(passing)) - 1
        found = dict.fromkeys(tuple(one) for one in known)
        for size in range(len(self._best) + LONGEST):
            if math.comb(count, size) > HYPOTHESES or size > max(LONGEST, len(self._best) + 1):
                break
            for chosen in itertools.combinations(range(count), size):
                joint = 0
                for i in chosen:
                    joint |= columns[i]
                if joint == rows:
                    found[chosen] = None
            if len(found) > HYPOTHESES:
                break
        self._hypotheses = list(found)
        self._matrix: Bools = np.zeros((len(found), count), dtype=np.bool_)
        for row, chosen in enumerate(found):
            self._matrix[row, list(chosen)] = True
        of_symbol: dict[str, int] = {}
        for condition in self._conditions:
            of_symbol[condition.symbol] = of_symbol.get(condition.symbol, 0) + 1
        suspects = self._inquiry.suspects
        weights = np.array(
            [
                _LONGER ** len(chosen)
                / math.comb(count, len(chosen))
                / math.prod(of_symbol[self._conditions[i].symbol] for i in chosen)
                * _SUSPECT ** sum(self._conditions[i].symbol in suspects for i in chosen)
                for chosen in found
            ]
        )
        self._weights: Floats = weights / weights.sum()

    def questions(self, most: int) -> list[Question]:
        """Return what together divides the hypotheses most evenly, none if all are the same."""
        chosen: list[Question] = []
        outcomes = np.zeros(len(self._weights), dtype=np.int64)
        """For each hypothesis, which outcomes it predicts for the chosen ones, as a number."""
        told = 0.0
        offered: dict[int, Question] = {}
        offers = self._offers()
        while len(chosen) < most:
            best, gain = None, 1e-9
            for offer in itertools.chain(list(offered.values()), self._new(offers, offered)):
                split = np.bincount(2 * outcomes + self._kept(offer.state), self._weights)
                if (worth := _bits(split) - told) > gain:
                    best, gain = offer, worth
                    if gain > _GOOD:
                        break
            if best is None or (chosen and gain < _FRESH):
                break
            told += gain
            chosen.append(best)
            outcomes = np.unique(2 * outcomes + self._kept(best.state), return_inverse=True)[1]
        if chosen:
            return chosen
        return [question] if (question := self._told_apart()) else []

    def _new(
        self, offers: Iterator[Configuration | None], offered: dict[int, Question]
    ) -> Iterator[Question]:
        """Yield what is offered and worth asking, noting it: each configuration costs a search."""
        for configuration in offers:
            question = self._asked(configuration)
            if question and question.state not in offered:
                offered[question.state] = question
                yield question

    def challenges(self) -> Iterator[Question]:
        """Yield what the conjunction predicts and nobody has tried.

        First the conjunction over the rest alone, which should fail; then that, and
        the failing variant most unlike it or the exemplars, with each condition taken
        away, which should pass; then as unlike the failing variants as it can be. So what
        separates failing from passing by accident is found out, and what remains is minimal.
        """
        return filter(None, self._untried())

    def _untried(self) -> Iterator[Question | None]:
        within = self._within(self._best)
        if within is None:
            return
        least = self.least()
        yield self._asked(least)
        for start in self._starts(least) if least else ():
            for one in self._best:
                yield self._differing([i for i in self._best if i != one], one, start)
        best = set(self._best)
        yield self._asked(self._without([i for i in self._by_weight() if i not in best], within))
        # What one value alone explains may be several causes: twice as doubtful.
        for start in (self._inquiry.values(self._start), least or {}) if len(best) < 2 else ():
            yield self._asked(self._opposite(start, within))

    def _starts(self, least: ValueTexts) -> Sequence[ValueTexts]:
        """Return failing variants from which the conjunction is challenged, in order."""
        exemplars = [v for v in self._inquiry.exemplars if v in self._alone]
        if not exemplars:
            return least, self._unlike(least)
        return *map(self._inquiry.values, exemplars), least

    def _opposite(
        self, values: ValueTexts, within: Mapping[str, Collection[str]]
    ) -> Configuration | None:
        """Return what has as few of some values as it can."""
        inquiry = self._inquiry
        wishes = [
            (name, [text for text in inquiry.texts(name) if text != values.get(name)])
            for name in inquiry.symbols
        ]
        return self._nearest(values, wishes, within)

    def _unlike(self, values: ValueTexts) -> ValueTexts:
        """Return the failing variant that has most conditions which do not hold under values."""
        state, inquiry = self._inquiry.state_of(values), self._inquiry
        group = [v for v in self._group if v in self._alone] or self._group
        return inquiry.values(max(group, key=lambda v: (inquiry.state(v) & ~state).bit_count()))

    def least(self) -> Configuration | None:
        """Return the conjunction over what has all values that do not matter."""
        within = self._within(self._best)
        if within is None:
            return None
        return self._nearest(self._inquiry.rest, [], within)

    def _asked(self, configuration: Configuration | None) -> Question | None:
        """Return a configuration as a question, None if its answer is known or says nothing."""
        if configuration is None:
            return None
        state = self._inquiry.state_of(configuration)
        if self._inquiry.has_run(state):
            return None
        if any(other.holds(configuration) for other in self._others):
            return None
        return Question(configuration, float(self._weights[self._kept(state)].sum()), state)

    def _kept(self, state: int) -> Bools:
        """Return the hypotheses that say that a variant with some conditions fails."""
        gone = np.array([not state >> i & 1 for i in self._shared], dtype=np.bool_)
        return np.logical_not((self._matrix & gone).any(axis=1))

    # Configurations to choose among

    def _offers(self) -> Iterator[Configuration | None]:
        """Yield valid configurations with some of the shared conditions taken away."""
        order = self._by_weight()
        best = set(self._best)
        rest = [i for i in order if i not in best]
        within = self._within(self._best)
        if within is not None:
            # The shortest candidate alone: all else is what the matrix has by itself.
            yield self.least()
            yield self._without(rest, within)
        for one in self._best:
            yield self._without([one])
        dice = random.Random(0)
        tried: set[tuple[int, ...]] = set()
        is_large = len(self._space.symbols) > _LARGE
        for _ in range(_FEW_ORDERS if is_large else _ORDERS):
            half = tuple(self._half(dice.sample(order, len(order))))
            if half not in tried:
                tried.add(half)
                yield self._without(half)

    def _nearest(
        self, start: ValueTexts, wishes: Sequence[Wish], within: Mapping[str, Collection[str]]
    ) -> Configuration | None:
        """Return what is nearest to some values, such that no other term explains a failure."""
        found = None
        near = [(name, [start[name]]) for name in self._space.settable if name in start]
        for elsewhere in self._elsewhere(start):
            everything = [*elsewhere, *wishes, *near]
            found = self._space.nearest(everything, within)
            if found is None or not any(other.holds(found) for other in self._others):
                break
        return found

    def _elsewhere(self, start: ValueTexts) -> Iterator[list[Wish]]:
        """Yield wishes by which no other term holds: as few as may do, then all."""
        best = {self._conditions[i] for i in self._best}
        away: list[list[Wish]] = []
        for other in self._others:
            fails = [c for c in other.conditions if start.get(c.symbol, "") not in c.texts]
            free = [c for c in other.conditions if c not in best and c not in fails]
            away.append([(c.symbol, self._inquiry.others(c)) for c in (*fails, *free)])
        yield [wish for wishes in away for wish in wishes[:1]]
        if any(len(wishes) > 1 for wishes in away):
            yield [wish for wishes in away for wish in wishes]

    def _by_weight(self) -> list[int]:
        weight = self._weights @ self._matrix
        return sorted(range(len(self._conditions)), key=lambda i: (-weight[i], i))

    def _half(self, order: Sequence[int]) -> list[int]:
        """Return conditions without which about half of the hypotheses, by weight, hold."""
        kept = np.ones(len(self._weights), dtype=np.bool_)
        chosen: list[int] = []
        total = 1.0
        for i in order:
            left = kept & ~self._matrix[:, i]
            weight = float(self._weights[left].sum())
            if abs(weight - 0.5) < abs(total - 0.5):
                kept, total = left, weight
                chosen.append(i)
        return chosen

    def _without(
        self, gone: Sequence[int], within: Mapping[str, Collection[str]] | None = None
    ) -> Configuration | None:
        """Return a valid configuration without some conditions, otherwise like a failing one."""
        inquiry = self._inquiry
        lost = set(gone)
        values = inquiry.values(self._start)
        wishes: list[Wish] = [
            (c.symbol, inquiry.others(c)) for c in (self._conditions[i] for i in gone)
        ]
        wishes += [
            (c.symbol, list(c.texts)) for i, c in enumerate(self._conditions) if i not in lost
        ]
        return self._nearest(values, wishes, within or {})

    def _within(self, chosen: Iterable[int]) -> dict[str, list[str]] | None:
        """Return the values that make a conjunction hold, None if there are none."""
        found: dict[str, list[str]] = {}
        for condition in (self._conditions[i] for i in chosen):
            name = condition.symbol
            texts = found[name] if name in found else self._inquiry.texts(name)
            found[name] = [text for text in texts if text in condition.texts]
        return found if all(found.values()) else None

    # Proof

    def _told_apart(self) -> Question | None:
        """Return a configuration in which the best hypothesis and another one differ, if any."""
        order = sorted(range(len(self._hypotheses)), key=lambda i: (-self._weights[i], i))
        best = set(self._best)
        for index in order[:_COMPARED]:
            other = set(self._hypotheses[index])
            for holds, fails in ((best, other - best), (other, best - other)):
                for condition in sorted(fails):
                    if question := self._differing(holds, condition):
                        return question
        # Longer conjunctions than were weighed: is there more that all failing ones share?
        for condition in range(len(self._conditions)):
            if condition not in best and (question := self._differing(best, condition)):
                return question
        return None

    def _differing(
        self, holds: Iterable[int], fails: int, start: ValueTexts | None = None
    ) -> Question | None:
        within = self._within(holds)
        if within is None:
            return None
        condition = self._conditions[fails]
        texts = within.get(condition.symbol) or self._inquiry.texts(condition.symbol)
        within[condition.symbol] = [text for text in texts if text not in condition.texts]
        if not within[condition.symbol]:
            return None
        values = start or self._inquiry.values(self._start)
        return self._asked(self._nearest(values, [], within))


def _bits(chances: Iterable[float]) -> float:
    """Return what one of several outcomes tells, by how likely each is."""
    return sum(-p * math.log2(p) for p in chances if 0 < p < 1)
