# SPDX-License-Identifier: MIT
"""What is learnt from a line that was predicted and is not seen, so that another variant is tried.

    a branch was not taken that asks for another macro   the macro is where it is defined:
                                                         by the options of those lines
    an error at a line of the tree (`#error`)            its condition does not hold
    whatever it was                                      the options that the file names do not
                                                         all have the values that they had there

A lesson narrows the condition under which the line is predicted. Where nothing is left of it,
or no more is tried, the reason is told in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.kconfig import Configuration, Expression, SymbolType
from kvariant.kconfig.expression import ALWAYS, NEVER, Comparison, Reference
from kvariant.presence.condition import (
    all_of,
    any_of,
    certain,
    free_terms,
    is_level,
    negated,
    possible,
    settled,
)
from kvariant.presence.definitions import where_defined
from kvariant.presence.sources import HEADERS, SOURCES, SourceFiles

if TYPE_CHECKING:
    from kvariant.plan.patch_proof import Miss
    from kvariant.presence.c_conditions import Guard
    from kvariant.presence.goals import Goal

NAMED = 24
"""Options of a file of which one at least is to have another value."""
_OPTION = re.compile(r"\bCONFIG_(\w+)")
_MACRO = re.compile(r"defined\((\w+)\)|(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Where a line may be after all that was tried."""

    condition: Expression
    """Narrower than what was predicted; it holds in no variant that was tried."""
    narrowed: Expression
    """The same, but for that some option has another value than it had: where it may be."""
    reason: str
    """Why it was not seen where it was looked for."""


def lesson(sources: SourceFiles, goal: Goal, misses: Sequence[Miss]) -> Lesson:
    """Return what is learnt of a goal from the variants in which it was missed.

    Args:
        misses: at least one.
    """
    condition = goal.condition
    for miss in misses:
        condition = _narrowed(sources, goal, condition, miss)
    narrowed = condition
    for miss in misses:
        if miss.configuration.satisfies(possible(condition)):
            condition = all_of((condition, _otherwise(sources, goal, miss)))
    reason = _reason(goal, narrowed, misses[-1])
    return Lesson(condition=condition, narrowed=narrowed, reason=reason)


def _narrowed(sources: SourceFiles, goal: Goal, condition: Expression, miss: Miss) -> Expression:
    types = sources.tree.types
    if miss.guard is not None:
        for text in free_terms(miss.guard.condition):
            match = _MACRO.fullmatch(text)
            macro = (match[1] or match[2]) if match else ""
            if not macro or macro.isdigit():
                continue
            path = goal.location.path
            asked = _asked_at(sources, path, miss.guard)
            where = where_defined(sources, macro, path, miss.files, line=asked)
            if where is not None:
                condition = settled(condition, text, where, types)
    if miss.place is not None:
        path, line = miss.place
        try:
            there = sources.presence(path, line).condition
        except InputError:
            return condition
        if certain(there) != NEVER and there != ALWAYS:
            condition = all_of((condition, negated(certain(there), types)))
    return condition


def _asked_at(sources: SourceFiles, path: str, guard: Guard) -> int:
    """Return the line of the `#if` that a branch is of: an empty one stands at its end."""
    for fork in sources.file(path).forks:
        if guard in fork.branches:
            return fork.line
    return guard.line


def _otherwise(sources: SourceFiles, goal: Goal, miss: Miss) -> Expression:
    """Return that some option which the file names has another value than it had."""
    return any_of(_changes(sources, goal, miss.configuration))


def _changes(
    sources: SourceFiles, goal: Goal, configuration: Configuration
) -> Iterator[Expression]:
    types = sources.tree.types
    path = goal.location.path
    if not path.endswith((*SOURCES, *HEADERS)):
        return
    names = dict.fromkeys(_OPTION.findall(sources.text(path)))
    names |= dict.fromkeys(goal.condition.symbols)
    due = [name for name in names if name in types and types[name] is not SymbolType.STRING]
    for name in due[:NAMED]:
        if types[name].is_logical:
            yield negated(is_level(name, types[name], configuration[name]), types)
        elif configuration[name]:
            yield Comparison("!=", Reference(name), Reference(configuration[name]))


def _reason(goal: Goal, condition: Expression, miss: Miss) -> str:
    """Return in words what stood in the way."""
    if miss.value:
        return f"the tree's own tool gives {miss.value}"
    if miss.fault:
        return f"its file could not be made: {miss.fault}"
    if miss.guard is None:
        return "its file does not read it there"
    free = free_terms(miss.guard.condition)
    what = f"{miss.guard.text}, line {miss.guard.line}, does not hold"
    if free and possible(condition) == NEVER and possible(goal.condition) != NEVER:
        return f"{what}, and nothing of the tree defines {', '.join(free)} where it could"
    return what
