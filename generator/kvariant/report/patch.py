# SPDX-License-Identifier: MIT
"""A patch's variants: which lines each compiles, and what none does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kvariant.presence.condition import free_terms
from kvariant.presence.goals import Goal, Kind
from kvariant.report.table import table_text
from kvariant.words import counted, listed

if TYPE_CHECKING:  # loaded where there is one
    from kvariant.kconfig import Tree
    from kvariant.kconfig.value import ValueTexts
    from kvariant.plan.patch import PatchPlan
    from kvariant.plan.patch_proof import PatchProof
    from kvariant.plan.plan import Plan

_CHANGES = 4
"""Changes to the base that a row tells; of more the number."""
_RULES = 3
"""Rules of a proof that are told; `--json` has all."""
_GIVEN = "the variants satisfy "
"""What begins a part of a proof that says again what is asked for."""
_PLACES = 6
"""Places that are listed."""


def patch_text(plan: Plan, proof: PatchProof | None = None) -> str:
    """Return how many of a patch's lines are seen, a row for each variant, and what is not.

    Args:
        proof: what preprocessing showed; None: it was not asked for.
    """
    found = _as_seen(plan.patch, proof)
    goals = found.goals.goals
    rows, seen = _rows(plan, found)
    lines = [i for i, goal in enumerate(goals) if goal.is_line]
    compiled = [i for i in lines if i in seen]
    used = sum(1 for row in found.seen if any(v is not False for v in row)) if goals else 0
    head = (
        f"{counted(len(lines) + found.goals.blank, 'changed line')} in "
        f"{counted(len(found.goals.files), 'file')}: {len(compiled):,} compiled by "
        f"{counted(used, 'variant')}, {len(lines) - len(compiled):,} by none"
    )
    if not goals and not found.goals.blank:
        head = "nothing that is changed is compiled"
    elif not lines and goals:
        had = len([i for i in seen if not goals[i].is_line])
        head = (
            f"{counted(len(goals), 'value')} of changed options in "
            f"{counted(len(found.goals.files), 'file')}: {had:,} had by "
            f"{counted(used, 'variant')}, {len(goals) - had:,} by none"
        )
    if found.goals.blank:
        head += f", {found.goals.blank:,} blank or comment"
    text = [head]
    if rows:
        text.append(table_text(rows))
    text += [f"  {line}" for line in _unseen(plan.tree, found, seen)]
    text += _others(found)
    if free := _free(found, seen):
        text.append(free)
    needed = len(plan.matrix)
    if needed == 1:
        pass  # no fewer than one will ever do
    elif found.least >= needed and seen:
        text.append(f"no fewer than {counted(needed, 'variant')} will do")
    elif found.least:
        text.append(f"at least {counted(found.least, 'variant')} needed")
    if goals:
        text += _proof(found, proof, seen) if proof else ["predicted; --verify preprocesses"]
    return "\n".join(text)


def _as_seen(found: PatchPlan | None, proof: PatchProof | None) -> PatchPlan:
    """Return what is predicted; of what was seen, the variants alone in which it was."""
    assert found is not None
    if proof is None:
        return found
    rows = zip(found.seen, proof.seen, strict=True)
    seen = tuple(
        tuple(
            False if shown is False and proof.is_seen(i) else value
            for i, (value, shown) in enumerate(zip(row, own, strict=True))
        )
        for row, own in rows
    )
    return replace(found, seen=seen)


def _rows(plan: Plan, found: PatchPlan) -> tuple[list[list[str]], set[int]]:
    """Return a row for each variant, and all goals that some variant meets."""
    goals = found.goals.goals
    rows, seen = [], set[int]()
    for variant, own in zip(plan.matrix, found.seen, strict=False):
        met = {i for i, value in enumerate(own) if value is not False}
        new = met - seen
        number = sum(goals[i].is_line for i in new)
        sides = [_side(goals[i]) for i in sorted(new) if not goals[i].is_line]
        word = f"{number:,} more" if seen else counted(number, "line")
        parts = [word] if number or not sides else []
        parts += [listed(list(dict.fromkeys(sides)), 3)] if sides and (seen or not number) else []
        seen |= met
        rows.append([_name(plan, variant.name, variant.configuration), ", ".join(parts)])
    return rows, seen


def _name(plan: Plan, name: str, configuration: ValueTexts) -> str:
    """Return what a variant is called: the base, and what it changes."""
    base = plan.base
    if base is None:
        return name
    own = getattr(configuration, "assignment", {})
    changes = [
        f"{n}={own[n]}" if n in own else f"{n} unset"
        for n in {**base.assignment, **own}
        if base.assignment.get(n) != own.get(n)
    ]
    if not changes:
        return base.name
    if len(changes) > _CHANGES:
        return f"{name} ({base.name} + {len(changes)} changes)"
    return f"{base.name} + {' '.join(changes)}"


def _side(goal: Goal) -> str:
    name = goal.location.path.rpartition("/")[2]
    if goal.kind is Kind.VALUE:
        return goal.text
    return f"other side of {name}:{goal.location.line}"


def _unseen(tree: Tree, found: PatchPlan, seen: set[int]) -> Iterator[str]:
    """Yield what no variant compiles, lines in ranges, with the reason."""
    goals = found.goals.goals
    arch = tree.environment.get("SRCARCH") or tree.environment.get("ARCH", "")
    groups: dict[tuple[str, str], list[int]] = {}
    for i, goal in enumerate(goals):
        if i in seen or not goal.is_line:
            continue
        path = goal.location.path
        parts = path.split("/")
        if parts[0] == "arch" and arch and len(parts) > 2 and parts[1] != arch:
            reason = f"not on ARCH={arch} (--env ARCH={parts[1]})"
        elif i in found.impossible:
            reason = _reason(goal, found.impossible[i])
        else:
            reason = "left out: more variants would be needed"
        groups.setdefault((path, reason), []).append(goal.location.line)
    for (path, reason), numbers in groups.items():
        yield f"{path}:{ranges(numbers)}: {reason}"
    for i, goal in enumerate(goals):
        if i in found.impossible and not goal.is_line:
            yield f"{_side(goal)}: {_reason(goal, found.impossible[i])}"


def _reason(goal: Goal, proof: str) -> str:
    never = [t for t in goal.terms if str(t.condition) == "n"]
    if never:
        term = never[-1]
        what = f"{term.text}, line {term.location.line}" if term.text else str(term.location)
        return f"in no configuration: {what}"
    rules = [rule for rule in proof.split("; ") if rule and not rule.startswith(_GIVEN)]
    more = f"; {len(rules) - _RULES} more" if len(rules) > _RULES else ""
    shown = f" ({'; '.join(rules[:_RULES])}{more})" if rules else ""
    return f"in no configuration: {goal.condition} never holds{shown}"


def ranges(numbers: Sequence[int]) -> str:
    """Return numbers as ranges: 1-3,7."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    texts = [f"{a}" if a == b else f"{a}-{b}" for a, b in found]
    more = f" and {len(texts) - _PLACES:,} more" if len(texts) > _PLACES else ""
    return ",".join(texts[:_PLACES]) + more


def _proof(found: PatchPlan, proof: PatchProof, seen: set[int]) -> Iterator[str]:
    goals = found.goals.goals
    proven = [i for i in sorted(seen) if proof.is_seen(i)]
    lines = sum(goals[i].is_line for i in proven)
    sides = len(proven) - lines
    also = f" and {counted(sides, 'other side or value')}" if sides else ""
    files = counted(proof.files, "preprocessed file")
    yield f"proven: {counted(lines, 'line')}{also} seen in {files}"
    missed: dict[tuple[str, str], list[int]] = {}
    for i in sorted(seen):
        if not proof.is_seen(i):
            reason = f"predicted where {goals[i].condition}"
            if why := proof.reasons.get(i):
                reason += f": {why}"
            missed.setdefault((goals[i].location.path, reason), []).append(goals[i].location.line)
    for (path, reason), numbers in missed.items():
        yield f"not seen: {path}:{ranges(numbers)}, {reason}"
    for fault in proof.faults:
        yield str(fault)


def _others(found: PatchPlan) -> list[str]:
    told = [f"  {path}: {words}" for path, words in found.goals.told]
    others = found.goals.others
    if not others:
        return told
    number = sum(count for _, count in others)
    names = listed([path for path, _ in others])
    return [*told, f"  {counted(number, 'line')} of what is not compiled: {names}"]


def _free(found: PatchPlan, seen: set[int]) -> str:
    terms: dict[str, int] = {}
    for i, goal in enumerate(found.goals.goals):
        if i in seen and not any(row[i] for row in found.seen):
            for term in free_terms(goal.condition):
                terms[term] = terms.get(term, 0) + 1
    if not terms:
        return ""
    shown = listed([f"{term} ({count:,})" for term, count in terms.items()])
    return f"taken to hold, as no option decides it: {shown}"


def patch_json(plan: Plan, proof: PatchProof | None = None) -> Mapping[str, object]:
    """Return the same as JSON-ready values."""
    found = _as_seen(plan.patch, proof)
    names = [variant.name for variant in plan.matrix]
    words = {True: "yes", None: "if what is free holds"}
    return {
        "files": list(found.goals.files),
        "blank": found.goals.blank,
        "told": [{"file": path, "what": words} for path, words in found.goals.told],
        "not_compiled": [{"file": path, "lines": count} for path, count in found.goals.others],
        "goals": [
            {
                "kind": goal.kind.value,
                "file": goal.location.path,
                "line": goal.location.line,
                "condition": str(goal.condition),
                "free": list(free_terms(goal.condition)),
                "possible": i not in found.impossible,
                "variants": {
                    name: words[row[i]]
                    for name, row in zip(names, found.seen, strict=False)
                    if row[i] is not False
                },
            }
            | ({"text": goal.text} if goal.text else {})
            | ({"seen": proof.is_seen(i)} if proof else {})
            | ({"unseen": proof.reasons[i]} if proof and i in proof.reasons else {})
            | ({"proof": found.impossible[i]} if i in found.impossible else {})
            for i, goal in enumerate(found.goals.goals)
        ],
    } | ({"faults": [fault.message for fault in proof.faults]} if proof else {})
