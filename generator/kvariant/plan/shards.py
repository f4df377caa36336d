# SPDX-License-Identifier: MIT
"""Groups of variants for jobs that run side by side on different machines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from kvariant.errors import Diagnostic, InputError

MOST_JOBS: Mapping[str, int] = MappingProxyType({"github": 256, "gitlab": 200})
"""Jobs that a host makes of one matrix at most."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several groups: `3/12`."""

    number: int
    """From 1."""
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard that `N/M` names.

        Raises:
            InputError: it is not of that form, or N is not between 1 and M [shard].
        """
        match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        found = cls(int(match[1]), int(match[2])) if match else None
        if found is None or not 1 <= found.number <= found.count:
            message = f"{text!r} is not of the form N/M with N from 1 to M"
            hint = "for example --shard 3/12, the third of twelve groups"
            raise InputError(Diagnostic(message=message, code="shard", hint=hint))
        return found

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, names: Sequence[str], weights: Mapping[str, float] | None = None) -> list[str]:
        """Return the names in this group; see `grouped`."""
        return grouped(names, self.count, weights)[self.number - 1]


def grouped(
    names: Sequence[str], count: int, weights: Mapping[str, float] | None = None
) -> list[list[str]]:
    """Return `count` groups of names, as equal as can be; every name is in one.

    Each machine computes them anew, so they depend on what is given here alone. The
    heaviest goes first, each to the lightest group so far, by which no group is heavier
    than 4/3 of what is best (R. L. Graham, Bounds on multiprocessing timing anomalies,
    SIAM J. Appl. Math. 17, 1969). Names keep their order within a group.

    Args:
        names: in the matrix's order.
        count: groups; some are empty where there are fewer names.
        weights: what each name costs, in any unit; 1 where it is not given.
    """
    cost = dict.fromkeys(names, 1.0) | dict(weights or {})
    order = {name: place for place, name in enumerate(names)}
    groups: list[list[str]] = [[] for _ in range(count)]
    loads = [0.0] * count
    for name in sorted(names, key=lambda name: (-cost[name], order[name])):
        # Equal loads: the group with fewer names, then the first one.
        lightest = min(range(count), key=lambda g: (loads[g], len(groups[g]), g))
        groups[lightest].append(name)
        loads[lightest] += cost[name]
    return [sorted(group, key=order.__getitem__) for group in groups]
