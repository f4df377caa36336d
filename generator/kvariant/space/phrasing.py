# SPDX-License-Identifier: MIT
"""Fixes in words: which symbols to set, which choice member to select.

found                                   said
A=m, where A=y does as well             A=y
the selection of a choice unset,        choose the member that is selected then
or lost to another member
two, one of which only says more        the other one

What is said is resolved, and offered only if it gives what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from kvariant.kconfig.reader import deep
from kvariant.space.evaluate import evaluate
from kvariant.space.fix import Fix, Fixer

if TYPE_CHECKING:
    from kvariant.space.encoding import Encoding

LISTED = 5
"""At most so many equally small fixes are returned,"""
LOOKED_AT = 20
"""of the first so many that are found: some are said in the same words."""


def phrased(
    cone: Encoding, assignment: Mapping[str, str], wanted: Mapping[str, str]
) -> tuple[Fix, ...]:
    """Return the smallest fixes of an assignment, those that lose least first.

    Args:
        cone: the space of what is asked for and wanted.
        assignment: user values.
        wanted: values that are to take.
    """
    before = evaluate(cone, [assignment])[0]
    took = {
        name: text
        for name, text in assignment.items()
        if before[name] == text and cone.model.symbols[name].is_settable
    }

    def search() -> list[Fix]:
        listed: list[Fix] = []
        fixes = Fixer.of(cone, assignment, wanted, took=took, free=wanted).fixes()
        for fix in islice(fixes, LOOKED_AT):
            plain = _plainer(fix)
            said = (_choosing(cone, plain, assignment), plain, fix)
            proven = next((f for f in said if _gives(cone, f, took, wanted)), None)
            if proven is not None and proven not in listed:
                listed.append(proven)
            if len(listed) == LISTED:
                break
        return listed

    found = deep(search)
    found = [fix for fix in found if not any(fix.is_wordier(other) for other in found)]
    return tuple(sorted(found, key=lambda fix: (len(fix.lost), str(fix))))


def _gives(cone: Encoding, fix: Fix, took: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Return whether all that a fix asks for takes, and it loses what it says, no more."""
    # What a choice falls to may hang on a symbol that does not limit which member it can have.
    others = [name for name in fix.changes if name not in cone.symbols]
    cone = cone.cone((*cone.names, *others)) if others else cone
    got = evaluate(cone, [fix.assignment])[0]
    asked = {name: text for name, text in fix.changes.items() if text is not None}
    kept = {n: t for n, t in took.items() if n not in fix.changes and n not in wanted}
    return (
        all(got[name] == text for name, text in [*asked.items(), *wanted.items()])
        and {n: t for n, t in kept.items() if got[n] != t} == fix.lost
        and (cone.where is None or got.satisfies(cone.where))
    )


def _plainer(fix: Fix) -> Fix:
    """Return a fix with y in place of m."""
    changes = {name: "y" if text == "m" else text for name, text in fix.changes.items()}
    assignment = {**fix.assignment, **{n: t for n, t in changes.items() if t is not None}}
    return replace(fix, changes=changes, assignment=assignment)


def _choosing(cone: Encoding, fix: Fix, assignment: Mapping[str, str]) -> Fix:
    """Return a fix that selects a member of a choice where its choice would fall back to it."""
    model = cone.model
    taken_away = [name for name, text in fix.changes.items() if text is None]
    fallen = {
        index: name
        for name in (*taken_away, *fix.lost)
        if assignment[name] != "n" and (index := model.symbols[name].choice) is not None
    }
    got = evaluate(cone, [fix.assignment])[0] if fallen else {}
    changes, chosen, lost = dict(fix.changes), dict(fix.chosen), dict(fix.lost)
    for index, name in fallen.items():
        members = model.choices[index].members
        selected = next((member for member in members if got.get(member) == "y"), None)
        if selected is not None and not any(changes.get(member) for member in members):
            changes |= {name: None, selected: "y"}
            chosen[selected] = name
            lost.pop(name, None)
    if chosen == fix.chosen:
        return fix
    result = {n: t for n, t in fix.assignment.items() if n not in changes}
    result |= {n: t for n, t in changes.items() if t is not None}
    order = {name: i for i, name in enumerate(model.symbols)}
    changes = dict(sorted(changes.items(), key=lambda item: order[item[0]]))
    return replace(fix, changes=changes, assignment=result, chosen=chosen, lost=lost)
