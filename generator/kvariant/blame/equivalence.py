# SPDX-License-Identifier: MIT
"""Conjunctions that are one: they hold in the same valid configurations, as the solver proves.

Two conjunctions are the same if no valid configuration satisfies one and not the
other. A configuration that tells two apart may tell others apart as well, so it is
tried on all before the solver is asked again (as in sweeping a circuit for equal
nodes: Kuehlmann and Krohm, Equivalence Checking Using Cuts and Heaps, DAC 1997).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS, Comparison, Not, some
from kvariant.kconfig.value import SymbolType, ValueTexts
from kvariant.space.circuit import FALSE

if TYPE_CHECKING:  # most reports have nothing to compare
    from kvariant.blame.attribution import Conjunction
    from kvariant.blame.conditions import Condition
    from kvariant.kconfig import Configuration, Expression, Tree
    from kvariant.space import Space

MOST = 24
"""Conjunctions that are compared; the others stay as they are."""
LARGEST = 5_000
"""Symbols of the largest tree that is asked: the formulas of larger ones take seconds."""


def classes(
    conjunctions: Sequence[Conjunction], trees: Sequence[tuple[Tree, ValueTexts]]
) -> list[list[Conjunction]]:
    """Return conjunctions with those that are the same in every configuration of some trees.

    Args:
        conjunctions: over symbols of any of the trees.
        trees: each with the values of the names that it does not define.

    Order: each class where its first conjunction stands, and in it as they stand.
    Cost: two calls of the solver for each conjunction that has an equal.
    """
    head, rest = list(conjunctions[:MOST]), conjunctions[MOST:]
    found = [head] if len(head) > 1 else []
    for tree, beyond in trees if found else ():
        found = [part for group in found for part in _split(group, tree, beyond)]
    order = {conjunction: number for number, conjunction in enumerate(head)}
    found = sorted(found or [[one] for one in head], key=lambda group: order[group[0]])
    return [*found, *([one] for one in rest)]


def _split(group: Sequence[Conjunction], tree: Tree, beyond: ValueTexts) -> list[list[Conjunction]]:
    names = {condition.symbol for one in group for condition in one.conditions}
    is_known = names <= tree.types.keys() | beyond.keys()
    if len(group) < 2 or not is_known or len(tree.types) > LARGEST:
        return [[one] for one in group]
    from kvariant.space import Space

    return _Comparison(group, Space.of(tree, names & tree.types.keys()), beyond).classes()


def difference(
    one: Conjunction, other: Conjunction, space: Space, near: ValueTexts
) -> Configuration | None:
    """Return a configuration that satisfies one of two conjunctions, None if they are the same.

    Args:
        space: the configurations that count.
        near: values that it should have where it can.
    """
    comparison = _Comparison((one, other), space)
    wishes = [(name, (text,)) for name, text in near.items()]
    return comparison.differing(one, other, wishes) or comparison.differing(other, one, wishes)


def _always(conditions: Iterable[Condition]) -> Expression:
    """Return what always holds, and makes a space tell apart what some conditions tell apart."""
    expressions = [condition.expression for condition in conditions]
    return some((*expressions, *(Not(one) for one in expressions[:1]))) if expressions else ALWAYS


class _Comparison:
    """Some conjunctions over one space."""

    def __init__(
        self, group: Sequence[Conjunction], space: Space, beyond: ValueTexts | None = None
    ) -> None:
        self._group = group
        self._beyond = beyond or {}
        conditions = list(dict.fromkeys(c for one in group for c in one.conditions))
        self._space = space.restricted(
            _always(c for c in conditions if c.symbol not in self._beyond)
        )
        self._texts = {
            name: self._texts_of(name) for name in dict.fromkeys(c.symbol for c in conditions)
        }
        types = space.tree.types
        self._holding = {
            c: frozenset(
                t for t in self._texts[c.symbol] if c.expression.holds({c.symbol: t}, types)
            )
            for c in conditions
        }

    def _texts_of(self, name: str) -> list[str]:
        if name in self._beyond:
            return [self._beyond[name]]
        return [text for text, x in self._space.literals(name).items() if x != FALSE]

    def classes(self) -> list[list[Conjunction]]:
        found: list[list[Conjunction]] = []
        seen: list[ValueTexts] = []
        """Configurations in which some of them differ."""
        for one in self._group:
            for group in found:
                if any(self._holds(one, v) != self._holds(group[0], v) for v in seen):
                    continue
                differing = self.differing(one, group[0]) or self.differing(group[0], one)
                if differing is None:
                    group.append(one)
                    break
                seen.append(differing)
            else:
                found.append([one])
        return found

    def _holds(self, conjunction: Conjunction, values: ValueTexts) -> bool:
        known = {**values, **self._beyond}
        return all(known[c.symbol] in self._holding[c] for c in conjunction.conditions)

    def differing(
        self, one: Conjunction, other: Conjunction, wishes: Sequence[tuple[str, tuple[str]]] = ()
    ) -> Configuration | None:
        """Return a configuration in which one conjunction holds and the other does not."""
        for condition in other.conditions:
            within = self._bounds(one.conditions)
            name = condition.symbol
            within[name] = [
                t for t in within.get(name, self._texts[name]) if t not in self._holding[condition]
            ]
            if not all(within.values()):
                continue
            # Of numbers first the farthest from the limit: the next ones tell next to nothing.
            far = [(name, (text,)) for text in self._farthest(condition, within[name])]
            asked = {name: texts for name, texts in within.items() if name not in self._beyond}
            if (found := self._space.nearest([*far, *wishes], asked)) is not None:
                return found
        return None

    def _farthest(self, condition: Condition, texts: Sequence[str]) -> list[str]:
        if condition.symbol in self._beyond:
            return []
        expression = condition.expression
        base = 16 if self._space.tree.types[condition.symbol] is SymbolType.HEX else 10
        if not isinstance(expression, Comparison) or expression.operator not in ("<", ">="):
            return []
        numbers = [text for text in texts if text]
        return sorted(numbers, key=lambda t: int(t, base), reverse=expression.operator == "<")

    def _bounds(self, conditions: Sequence[Condition]) -> dict[str, list[str]]:
        bounds: dict[str, list[str]] = {}
        for c in conditions:
            texts = bounds.get(c.symbol, self._texts[c.symbol])
            bounds[c.symbol] = [text for text in texts if text in self._holding[c]]
        return bounds
