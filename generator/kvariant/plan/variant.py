# SPDX-License-Identifier: MIT
"""Variants and the matrix that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # who reads a fragment needs no strategies
    from kvariant.kconfig import Configuration
    from kvariant.kconfig.branch_condition import BranchCondition
    from kvariant.matrix import Tuples
    from kvariant.plan.numbers import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A named configuration, before anything is rendered from it."""

    name: str
    description: str
    configuration: Configuration
    fragment: Path | None
    """The file it was asked for in, None where a strategy chose it."""
    stands_for: int | None = None
    """Configurations that render to the same bytes, this one counted; None: not known."""
    distance: int | None = None
    """User values in which it differs from the matrix's base; None: no base."""
    environment: str = ""
    """The name of the environment whose tree it is of; see `Project.environments`."""

    @property
    def symbols(self) -> Mapping[str, str]:
        """Return what was asked for: symbol -> value text."""
        return self.configuration.assignment

    def within(self, environment: str) -> Variant:
        """Return it as a variant of one of several environments: `x86/NAME`."""
        return replace(self, name=within(environment, self.name), environment=environment)


def within(environment: str, name: str) -> str:
    """Return how something of an environment is called among those of all: `x86/NAME`."""
    return f"{environment}/{name}" if environment else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """An ordered list of variants, and the strategy that chose them."""

    name: str
    strategy: str
    variants: tuple[Variant, ...]
    symbols: tuple[str, ...] = ()
    """The symbols that the strategy chose by, in Kconfig order."""
    random_seed: int | None = None
    """The seed that chooses the same again, None where nothing is random."""
    method: str = ""
    """How random choices were made: uniform, near-uniform or random; "" where there were none."""
    tuples: Tuples | None = None
    """What the variants cover, None where the strategy does not count tuples."""
    combinations: int | None = None
    """Combinations of values that there are of the symbols; None: not counted."""
    lower_bound: int = 0
    """No fewer variants cover all that is feasible; 0: nothing is known."""
    among: int | None = None
    """Given configurations that were chosen among: what none of them has is infeasible here.
    None: the whole space."""
    read_by: str = ""
    """What reads the symbols, if they were chosen for that: `the patch`, `mm/*.c`."""
    base: str = ""
    """What all other symbols come from, as it is called; "": the tree's defaults."""
    numbers: tuple[Number, ...] = ()
    """Ints, hexes and strings among the symbols, and the values of them that were chosen among."""
    conditions: tuple[BranchCondition, ...] = ()
    """Conditions that the strategy chose by beside the symbols."""
    where: str = ""
    """What every variant was to satisfy; "": the whole space."""
    key: str = ""
    """Digest of all that the choice depends on; "": choosing costs nothing."""

    @property
    def factors(self) -> tuple[str, ...]:
        """The symbols and the names of the conditions: what combinations are of."""
        return (*self.symbols, *(one.name for one in self.conditions))

    def __iter__(self) -> Iterator[Variant]:
        return iter(self.variants)

    def __len__(self) -> int:
        return len(self.variants)
