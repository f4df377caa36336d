# SPDX-License-Identifier: MIT
"""What a project's given configurations exercise, and how few keep or complete it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kvariant.errors import Diagnostic, InputError
from kvariant.kconfig.branch_condition import TRUTH, BranchCondition, symbols_of
from kvariant.kconfig.presets.zephyr_scenarios import is_scenario
from kvariant.matrix import StrategyRequest
from kvariant.matrix.coverage import ExercisedValues, SharedTuples, first_word
from kvariant.matrix.reduction import PERCENTS, Reduction, most, reductions
from kvariant.matrix.t_wise import t_wise
from kvariant.plan.branch_factors import BranchFactors
from kvariant.plan.names import names
from kvariant.space import Space
from kvariant.space.edges import edges_of
from kvariant.space.simulate import packed

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration, Fragment, Tree
    from kvariant.matrix.given import Given
    from kvariant.render import Templates
    from kvariant.space.packed import NamedValue

STRENGTH = 2
"""Pairs."""

_LISTED = 1_000
"""Pairs that are listed; more are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Configurations that have every feasible pair which the given ones have not."""

    missing: int
    """Feasible pairs that no given configuration has."""
    infeasible: int
    """Pairs that no configuration at all has."""
    configurations: tuple[Configuration, ...]
    names: tuple[str, ...]


class Coverage:
    """What given configurations exercise of some symbols.

    Everything is computed when first asked for and kept.
    """

    def __init__(
        self,
        tree: Tree,
        given: Given,
        symbols: Sequence[str],
        templates: Templates | None = None,
        conditions: tuple[BranchCondition, ...] = (),
    ) -> None:
        """Look at some symbols.

        Args:
            conditions: what is looked at beside them, true or false.
            templates: what they compare numbers and texts with are edges of these.

        Raises:
            InputError: one of them is neither bool nor tristate, and nobody can set it
                [strategy-type].
        """
        rules = tree.model.symbols
        wrong = [n for n in symbols if not (tree.types[n].is_logical or rules[n].is_settable)]
        if wrong:
            raise InputError(
                *(
                    Diagnostic(
                        message=f"{name} is {tree.types[name].value}: "
                        "combinations are counted over bools and tristates",
                        code="strategy-type",
                        hint=f"leave it out with --ignore {name}",
                    )
                    for name in wrong
                )
            )
        self._tree = tree
        self._templates = templates
        self.conditions = conditions
        self.given = given
        self.symbols = tuple(symbols)
        self.names = tuple(fragment.name for fragment in given.fragments)
        self.values = _with_conditions(
            ExercisedValues.of(given.configurations, symbols), given.configurations, conditions
        )

    @cached_property
    def identical(self) -> list[tuple[str, ...]]:
        """Names of configurations that are the same for every symbol of the tree."""
        whole = ExercisedValues.of(self.given.configurations, self.given.configurations.symbols)
        return [self._named(lanes) for lanes in whole.groups() if len(lanes) > 1]

    @cached_property
    def never_on(self) -> tuple[str, ...]:
        """Bools and tristates that are n in every configuration."""
        types = self._tree.types
        return tuple(name for name in self.values.never_on() if types[name].is_logical)

    @property
    def options(self) -> int:
        """How many of the symbols are bools or tristates."""
        return sum(self._tree.types[name].is_logical for name in self.symbols)

    @cached_property
    def alone(self) -> Mapping[str, tuple[NamedValue, ...]]:
        """Values that one configuration has and no other, by its name."""
        return {self.names[lane]: keys for lane, keys in self.values.alone().items()}

    @cached_property
    def alone_word(self) -> tuple[str, int]:
        """The first word that most of the lone values share, and for how many configurations."""
        return first_word(self.alone.values())

    @cached_property
    def distinct(self) -> tuple[int, ...]:
        """The first of the lanes that have the same values of the symbols, each."""
        return tuple(lanes[0] for lanes in self.values.varying.groups())

    @cached_property
    def _lanes(self) -> ExercisedValues:
        # A value that all have makes no pair that another one does not: it is left out,
        # unless too little is left to make pairs of.
        several = len(self.values.varying.counts) >= STRENGTH
        return (self.values.varying if several else self.values).of_lanes(self.distinct)

    @property
    def strength(self) -> int:
        """Symbols in a combination: two, one where only one symbol is looked at."""
        return min(STRENGTH, len(self.symbols) + len(self.conditions))

    @cached_property
    def cover(self) -> SharedTuples:
        """The pairs of values of symbols that vary, over the distinct configurations.

        Raises:
            InputError: they do not fit in memory [too-many].
        """
        return SharedTuples.of(self._lanes, self.strength)

    def reduced(self, percents: Sequence[int] = PERCENTS) -> list[Reduction]:
        """Return how few configurations keep each share of the pairs (`matrix.reduction`)."""
        return reductions(self.cover, percents)

    def most(self, limit: int) -> Reduction:
        """Return the configurations that keep the most pairs, at most so many."""
        return most(self.cover, limit)

    def kept(self, reduction: Reduction) -> tuple[str, ...]:
        """Return the names of a reduction's configurations, in the given order."""
        return self._named([self.distinct[lane] for lane in reduction.lanes])

    def left_out(self, reduction: Reduction) -> list[Mapping[str, str]]:
        """Return the first pairs that a reduction does not keep."""
        return list(self._lanes.uncovered(reduction.lanes, self.strength, _LISTED))

    def fragment(self, name: str) -> Fragment:
        """Return what asked for a configuration."""
        return self.given.fragments[self.names.index(name)]

    def completed(self) -> Completion:
        """Return the fewest configurations found that have all feasible pairs left.

        Raises:
            InputError: there are too few symbols for a pair [strength].

        Cost: that of a covering array over the symbols (`matrix.t_wise`).
        """
        every = self.given.configurations
        # Configurations that keep all pairs are as good as all, and fewer to look at.
        (kept,) = self.reduced([100])
        included = [every[self.distinct[lane]] for lane in kept.lanes]
        request = StrategyRequest(symbols=self.symbols, strength=STRENGTH, included=included)
        complete = BranchFactors(self._tree, self.conditions).asking(t_wise)
        chosen = complete(self._space(included), request)
        assert chosen.tuples is not None
        added = list(chosen.configurations[len(included) :])
        assignments = [dict(c.assignment) for c in added]
        texts: dict[str, dict[str, None]] = {}
        for assignment in assignments:
            for name, text in assignment.items():
                if not self._tree.types[name].is_logical:
                    texts.setdefault(name, {})[text] = None
        whole = tuple(Space.of(self._tree, texts=texts).evaluate(assignments))
        model = self._tree.model
        read = {*self.symbols, *symbols_of(self.conditions, self._tree.symbols)}
        symbols = [name for name in self._tree.symbols if name in read]
        found = names(
            whole,
            symbols,
            base=self._tree.resolve({}),
            choices=[choice.members for choice in self._tree.choices],
            derived=[n for n in symbols if not model.symbols[n].prompts],
        )
        exercised = SharedTuples.of(self.values.of_lanes(self.distinct), STRENGTH).total
        return Completion(
            missing=chosen.tuples.feasible - exercised,
            infeasible=chosen.tuples.infeasible,
            configurations=whole,
            names=tuple(found),
        )

    def _space(self, included: Sequence[Configuration]) -> Space:
        """Return the space in which numbers and texts have edges, or values that are given."""
        tree, space = self._tree, Space.of(self._tree)
        if all(tree.types[name].is_logical for name in self.symbols):
            return space
        templates = self._templates
        edges = edges_of(
            tree.model,
            tree.dialect,
            conditions=templates.conditions if templates else (),
            compared=templates.comparisons if templates else None,
        )
        told = {n: [t for c in included if (t := c[n])] for n in self.symbols if n in edges}
        both = {n: tuple(dict.fromkeys([*own, *told.get(n, ())])) for n, own in edges.items()}
        return space.narrowed(both)

    def files(
        self, kept: Reduction | None, completion: Completion | None
    ) -> Mapping[str, str | bytes]:
        """Return the files of configurations that are kept, and of those that are added.

        What was given is as it was asked for, what is added a minimal config. Files of one
        name (`defconfig`, in folders of their own) are called by their variants' names.
        """
        files: dict[str, str | bytes] = {}
        fragments = {name: self.fragment(name) for name in self.kept(kept)} if kept else {}
        times = Counter(fragment.path.name for fragment in fragments.values())
        for name, fragment in fragments.items():
            path = fragment.path
            if is_scenario(path):  # lines of several files, as they are merged
                lines = (f"{request.line}\n" for request in fragment.requests)
                files[f"{name}.config"] = "".join(lines)
            else:
                own = path.name if times[path.name] == 1 else f"{name}.config"
                files[own] = path.read_bytes()  # comments may have any bytes
        if completion:
            added = self._minimal_texts(completion)
            files |= {f"{name}.config": text for name, text in added.items()}
        return files

    def _minimal_texts(self, completion: Completion) -> Mapping[str, str]:
        """Return the added configurations as minimal configs, by name."""
        return {
            name: self._tree.minimal_text(self._tree.resolve(configuration.assignment))
            for name, configuration in zip(completion.names, completion.configurations, strict=True)
        }

    def _named(self, lanes: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.names[lane] for lane in sorted(lanes))


def _with_conditions(
    values: ExercisedValues,
    configurations: Sequence[Configuration],
    conditions: Sequence[BranchCondition],
) -> ExercisedValues:
    """Return values with those that conditions have in the same configurations."""
    if not conditions:
        return values
    keys, rows = list(values.keys), []
    for one in conditions:
        told = [one.text(configuration) for configuration in configurations]
        for text in TRUTH:
            if text in told:
                keys.append((one.name, text))
                rows.append([text == each for each in told])
    bits = np.concatenate([values.bits, packed(np.array(rows, dtype=np.bool_))])
    return ExercisedValues(tuple(keys), bits, values.size)
