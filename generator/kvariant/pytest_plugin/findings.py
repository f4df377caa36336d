# SPDX-License-Identifier: MIT
"""What a whole session shows that no single test can.

Which option values a failure goes with; tests and options that are left out everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.pytest_plugin.relation_collector import RELATIONS

if TYPE_CHECKING:
    from kvariant.kconfig import Configuration
    from kvariant.plan import Plans
    from kvariant.pytest_plugin.tally import Tally
    from kvariant.results.cell import Cell
    from kvariant.sweep.plain_matrix import PlainMatrix

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


def orphans(tally: Tally, matrix: PlainMatrix, plans: Plans) -> list[Orphan]:
    """Return the tests that were tried in every variant of a whole matrix and ran in none."""
    if not matrix.is_whole:
        return []
    found = dict.fromkeys(tally.never_ran(matrix.names))
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


def attributed(tally: Tally, plans: Plans) -> list[str]:
    """Return a line for each distinct failure: the option values it goes with, and its tests.

    What a failure is, and what explains it, is what a sweep of the same tests says. A variant
    in which a test was skipped says nothing about it. Nothing is returned where tests ran in
    one variant only.
    """
    names = [variant.name for variant in plans.variants if variant.name in tally.variants]
    if not tally.failed or len(names) < 2:
        return []
    from kvariant.blame.observed import observed

    cells = [_cell(name, tally) for name in names]
    lines = []
    for finding in observed(plans, cells, _of_variants(plans, names)).findings():
        more = f" and {len(finding.tests) - 1} more" if len(finding.tests) > 1 else ""
        lines.append(f"{finding.attribution}     {finding.tests[0]}{more}")
        if finding.nearest and finding.tests[0].startswith(f"{RELATIONS}::"):
            lines.append(
                f"    the pair: {finding.nearest_to} breaks it, {finding.nearest} does not;"
                f" they differ in {', '.join(finding.differing)}"
            )
    return lines


def _of_variants(plans: Plans, names: Collection[str]) -> Mapping[str, Mapping[str, Configuration]]:
    """Return the configurations of some variants, by environment."""
    return {
        environment: {name: one for name, one in mine.items() if name in names}
        for environment, mine in plans.configurations.items()
    }


def _cell(variant: str, tally: Tally) -> Cell:
    """Return a variant's tests as the one cell that they are in a sweep."""
    from kvariant.results.cell import TEST, Cell, Outcome
    from kvariant.results.pytest_result import PytestResult

    failures = tuple(PytestResult(**told).failure() for told in tally.failed.get(variant, ()))
    return Cell(
        variant=variant,
        step=TEST,
        outcome=Outcome.FAILED if failures else Outcome.OK,
        failures=failures,
        skipped=dict.fromkeys(tally.silent_in(variant), ""),
    )


def untested(tally: Tally, matrix: PlainMatrix, plans: Plans) -> str:
    """Return a line of the options that no test exercised both ways, "" if there are none.

    An option counts if a template reads it, and if some configuration has the value.
    """
    ran = [matrix.variants[name].configuration for name in tally.ran_in()]
    if not ran or not matrix.is_whole:
        return ""
    types = matrix.types
    logical = [name for name in matrix.read if types[name].is_logical]
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
