# SPDX-License-Identifier: MIT
"""What an option costs in what is built, as pairs of variants tell it; see `option_sizes`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SizePair:
    """Two variants that differ in one option's own value, and the bytes of a section in each."""

    with_variant: str
    without_variant: str
    with_bytes: int
    without_bytes: int

    @property
    def cost(self) -> int:
        """By how many bytes the first is larger."""
        return self.with_bytes - self.without_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSize:
    """What one value of an option costs over another, in one section of what a step makes."""

    step: str
    environment: str
    option: str
    value: str
    """The greater one: `y`."""
    other: str
    """`n`."""
    instead: str = ""
    """Of a choice, the member that is selected without it."""
    section: str
    pairs: tuple[SizePair, ...]
    """At least one, in the order of the variants."""

    @property
    def least(self) -> int:
        """The least that it costs, in bytes; it may save some."""
        return min(pair.cost for pair in self.pairs)

    @property
    def most(self) -> int:
        """The most that it costs."""
        return max(pair.cost for pair in self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """An option of which no two variants tell what it costs."""

    step: str
    environment: str
    option: str
    command: tuple[str, ...]
    """The words of what measures it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSizes:
    """What options cost, as far as variants tell it."""

    sizes: tuple[OptionSize, ...] = ()
    """Those that change a size; those that cost most first, section by section."""
    free: tuple[tuple[str, str], ...] = ()
    """Step and option of those that change none."""
    unpaired: tuple[Unpaired, ...] = ()
    left_out: int = 0
    """Variants that were not compared, being too many."""
