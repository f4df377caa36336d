# SPDX-License-Identifier: MIT
"""Fixes in words: which symbols to set, which choice member to select.

found                              said
A=m, where A=y does as well        A=y
the selection of a choice unset    choose the member that is selected then
two, one of which only says more   the other one
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kvariant.kconfig.reader import deep
from kvariant.space.encoding import Encoding
from kvariant.space.evaluate import evaluate
from kvariant.space.fix import Fix, Fixer


def phrased(
    cone: Encoding, assignment: Mapping[str, str], wanted: Mapping[str, str]
) -> tuple[Fix, ...]:
    """Return the smallest fixes of an assignment, those that lose least first.

    Args:
        cone: the space of what is asked for and wanted.
        assignment: user values.
        wanted: values that are to take.
    """

    def search() -> list[Fix]:
        before = evaluate(cone, [assignment])[0]
        took = [name for name, text in assignment.items() if before[name] == text]
        return list(Fixer.of(cone, assignment, wanted, took=took, free=wanted).fixes())

    found: list[Fix] = []
    for fix in deep(search):
        said = _choosing(cone, _plainer(cone, fix, wanted))
        found += [said] if said not in found else []
    found = [fix for fix in found if not any(fix.is_wordier(other) for other in found)]
    return tuple(sorted(found, key=lambda fix: (len(fix.lost), str(fix))))


def _plainer(cone: Encoding, fix: Fix, wanted: Mapping[str, str]) -> Fix:
    """Return a fix with y in place of m where that does as well."""
    changes = {name: "y" if text == "m" else text for name, text in fix.changes.items()}
    if changes == fix.changes or any(wanted.get(name) == "m" for name in changes):
        return fix
    assignment = {**fix.assignment, **{n: t for n, t in changes.items() if t is not None}}
    kept = {n: t for n, t in fix.assignment.items() if n not in {*fix.changes, *fix.lost}}
    got, before = evaluate(cone, [assignment, fix.assignment])
    same = all(got[n] == t for n, t in kept.items() if before[n] == t)
    if not same or any(got[name] != text for name, text in wanted.items()):
        return fix
    if cone.where is not None and not got.satisfies(cone.where):
        return fix  # the m was what is asked for
    return replace(fix, changes=changes, assignment=assignment)


def _choosing(cone: Encoding, fix: Fix) -> Fix:
    """Return a fix that selects a member of a choice where it took a selection away."""
    model = cone.model
    dropped = {
        index: name
        for name, text in fix.changes.items()
        if text is None and (index := model.symbols[name].choice) is not None
    }
    got = evaluate(cone, [fix.assignment])[0] if dropped else {}
    changes, chosen = dict(fix.changes), dict(fix.chosen)
    for index, name in dropped.items():
        members = model.choices[index].members
        if not any(changes.get(member) for member in members):
            for member in members:
                if got.get(member) == "y":
                    changes[member], chosen[member] = "y", name
    if chosen == fix.chosen:
        return fix
    assignment = {**fix.assignment, **{n: t for n, t in changes.items() if n in chosen and t}}
    order = {name: i for i, name in enumerate(model.symbols)}
    changes = dict(sorted(changes.items(), key=lambda item: order[item[0]]))
    return replace(fix, changes=changes, assignment=assignment, chosen=chosen)
