# SPDX-License-Identifier: MIT
"""What a whole session shows that no single test can.

Which option values a failure goes with; tests and options that are left out everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.pytest_plugin.tally import Tally

if TYPE_CHECKING:
    from kvariant.blame.attribution import Attribution
    from kvariant.kconfig import Configuration
    from kvariant.plan import Plans
    from kvariant.sweep.roster import Roster

_LISTED = 12


@dataclass(frozen=True, slots=True)
class Orphan:
    """A test that ran in no variant, as its `kconfig(...)` holds in none."""

    test: str
    """Its id without the variant, and without parameters if it ran with none of them."""
    says: str
    """The configuration that would run it, or that there is none and why."""

    def __str__(self) -> str:
        return f"{self.test} ran in no variant; {self.says}"


def orphans(tally: Tally, roster: Roster, plans: Plans) -> list[Orphan]:
    """Return the tests that were tried in every variant of a whole matrix and ran in none."""
    if not roster.is_whole:
        return []
    found = dict.fromkeys(tally.never_ran(roster.names))
    folded = dict.fromkeys((_function(test, found, tally), tally.needs[test]) for test in found)
    says = {needs: _nearest(needs, plans) for _, needs in folded}
    return [Orphan(test, says[needs]) for test, needs in folded]


def _function(test: str, orphaned: Collection[str], tally: Tally) -> str:
    """Return a test's function, if none of its parameters ran; else the test."""
    function = test.partition("[")[0]
    own = [other for other in tally.needs if other.partition("[")[0] == function]
    is_one = len({tally.needs[other] for other in own}) == 1
    return function if is_one and all(other in orphaned for other in own) else test


def _nearest(needs: str, plans: Plans) -> str:
    from kvariant.errors import InputError
    from kvariant.kconfig import Expression
    from kvariant.plan.nearest import nearest

    found, impossible = [], []
    for plan in plans:
        try:
            found.append(nearest(plan.tree, plan.matrix, Expression.parse(needs)))
        except InputError as error:
            impossible.append(error.diagnostics[0])
    if found:
        return f"nearest: {min(found, key=lambda one: one.fix.size)}"
    said = impossible[0]
    rules = (note for note in said.notes if note.location)  # the others repeat the expression
    return "\n".join([said.message, *(f"    {note}" for note in rules)])


def attributed(tally: Tally, roster: Roster, plans: Plans) -> list[str]:
    """Return a line for each distinct failure: the option values it goes with, and its tests.

    Tests that fail in the same variants are one failure. A variant in which a test was
    skipped says nothing about it. Nothing is returned where tests ran in one variant only.
    """
    ran = {name for endings in tally.endings.values() for name in endings}
    names = [name for name in roster.names if name in ran]
    failures = _failures(tally, names)
    if not failures or len(names) < 2:
        return []
    explained = _explainer([roster.variants[name].configuration for name in names], roster, plans)
    lines = []
    for (failing, passing), tests in sorted(failures.items(), key=lambda item: -len(item[0][0])):
        more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
        lines.append(f"{explained(failing, passing)}     {tests[0]}{more}")
    return lines


_Positions = tuple[int, ...]


def _failures(tally: Tally, names: Sequence[str]) -> dict[tuple[_Positions, _Positions], list[str]]:
    """Return the tests that fail, by where they fail and where they pass."""
    found: dict[tuple[_Positions, _Positions], list[str]] = {}
    for test, endings in tally.endings.items():
        known = {i: endings[n] for i, n in enumerate(names) if n in endings}
        failing = tuple(i for i, ending in known.items() if ending.is_bad)
        passing = tuple(i for i, e in known.items() if not (e.is_bad or e.is_skipped))
        if failing:
            found.setdefault((failing, passing), []).append(test)
    return found


def _explainer(
    configurations: Sequence[Configuration], roster: Roster, plans: Plans
) -> Callable[[_Positions, _Positions], Attribution]:
    """Return what explains failures: by what templates read, by all where that does not suffice."""
    from kvariant.blame.attribution import attribute
    from kvariant.blame.conditions import ConditionTable

    read, settable, types = frozenset(roster.read), plans.settable, roster.types
    of_read = ConditionTable(configurations, types, read or None)

    def rank(symbol: str) -> int:
        return 2 * (symbol not in read) + (symbol not in settable)

    def explained(failing: _Positions, passing: _Positions) -> Attribution:
        found = attribute(of_read, failing, passing, preferred=rank)
        if not (found.twins and read):
            return found
        everything = ConditionTable(configurations, types)
        return attribute(everything, failing, passing, preferred=rank)

    return explained


def untested(tally: Tally, roster: Roster, plans: Plans) -> str:
    """Return a line of the options that no test exercised both ways, "" if there are none.

    An option counts if a template reads it, and if some configuration has the value.
    """
    ran = [roster.variants[name].configuration for name in tally.ran_in()]
    if not ran or not roster.is_whole:
        return ""
    types = roster.types
    logical = [name for name in roster.read if types[name].is_logical]
    off = [name for name in logical if all(values[name] == "n" for values in ran)]
    on = [name for name in logical if all(values[name] != "n" for values in ran)]
    parts = {
        "never tested on": list(_possible(off, plans, is_on=True)),
        "never tested off": list(_possible(on, plans, is_on=False)),
    }
    told = [f"{what}: {_listed(names)}" for what, names in parts.items() if names]
    return "options " + "     ".join(told) if told else ""


def _possible(names: Sequence[str], plans: Plans, *, is_on: bool) -> Iterator[str]:
    if names:
        from kvariant.space import Space

        spaces = [Space.of(plan.tree, names) for plan in plans]
        never = [space.dead() if is_on else space.always_on() for space in spaces]
        yield from (name for name in names if any(name not in each for each in never))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return " ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
