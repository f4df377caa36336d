# SPDX-License-Identifier: MIT
"""What brute force knows of a small tree: its configurations and their tuples.

Everything is found by loading every assignment into plain kconfiglib and by sets of
pairs (symbol, value); no code is shared with kvariant's strategies or its verifier.

KVARIANT_EXAMPLES=N draws N trees for each property, other ones each time; without it a
fixed number of always the same trees.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import kconfiglib
from hypothesis import HealthCheck, reject, settings
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

import strategies
from kvariant import Tree
from strategies import SmallTree

EXAMPLES = int(os.environ.get("KVARIANT_EXAMPLES", "0"))
LARGEST = 1500
"""Assignments a drawn tree may have; of about one tree in a hundred there are more."""

Tuple = frozenset[tuple[str, str]]
"""Values of distinct symbols."""


def exactly(examples: int = 40) -> settings:
    """Return settings: so many examples, or as many as KVARIANT_EXAMPLES says."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A tree, and every configuration that it has."""

    tree: Tree
    configurations: Sequence[Mapping[str, str]]
    """Distinct ones: the value of every symbol."""
    assignments: Sequence[Mapping[str, str]]
    """User values that give each, all of which take."""
    kinds: Mapping[str, str]
    """The declared type of every symbol."""
    kconfig: kconfiglib.Kconfig

    @property
    def logical(self) -> list[str]:
        """Return the bools and tristates, in Kconfig order."""
        return [name for name, kind in self.kinds.items() if kind in strategies.LOGICAL]

    def satisfying(self, where: str) -> list[Mapping[str, str]]:
        """Return the configurations in which kconfiglib finds an expression not n."""
        return [
            configuration
            for configuration, assignment in zip(self.configurations, self.assignments, strict=True)
            if strategies.resolve(self.kconfig, assignment) and self.kconfig.eval_string(where)
        ]

    def combinations(self, names: Sequence[str], strength: int) -> set[Tuple]:
        """Return every combination of values of `strength` of the symbols."""
        return {
            frozenset(zip(some, texts, strict=True))
            for some in itertools.combinations(names, strength)
            for texts in itertools.product(*(self.domain(name) for name in some))
        }

    def domain(self, name: str) -> str:
        """Return the values of a bool's or tristate's type."""
        return "nmy" if self.kinds[name] == "tristate" else "ny"


def tuples(
    configurations: Iterable[Mapping[str, str]], names: Sequence[str], strength: int
) -> set[Tuple]:
    """Return the tuples of some symbols that configurations have."""
    return {
        frozenset((name, configuration[name]) for name in some)
        for configuration in configurations
        for some in itertools.combinations(names, strength)
    }


@contextmanager
def known(small: SmallTree, largest: int = LARGEST) -> Iterator[Known]:
    """Load a tree and resolve all its assignments; a drawn tree with more is not tried."""
    with small.written() as path:
        kconfig = strategies.plain(path)
        if strategies.number_of_assignments(kconfig) > largest:
            reject()
        found: dict[tuple[str, ...], strategies.Resolution] = {}
        for resolution in strategies.brute_force(path):
            if all(resolution.values[n] == text for n, text in resolution.assignment.items()):
                found.setdefault(tuple(resolution.values.values()), resolution)
        yield Known(
            Tree.load(path),
            [resolution.values for resolution in found.values()],
            [resolution.assignment for resolution in found.values()],
            strategies.types(kconfig),
            kconfig,
        )


def fewest(feasible: set[Tuple], rows: Sequence[set[Tuple]], start: Sequence[int] = ()) -> int:
    """Return how few rows have every tuple, the ones of `start` among them, by MaxSAT."""
    with RC2(WCNF()) as solver:
        for found in feasible:
            solver.add_clause([i + 1 for i, row in enumerate(rows) if found in row])
        for i in start:
            solver.add_clause([i + 1])
        for i in range(len(rows)):
            solver.add_clause([-i - 1], weight=1)
        model = solver.compute()
        assert model is not None
        return sum(literal > 0 for literal in model)
