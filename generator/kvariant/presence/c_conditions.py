# SPDX-License-Identifier: MIT
"""Where each line of a C, header or assembler file is compiled, as its `#if`s say.

    #ifdef CONFIG_A       line 1     the first line's own condition is that around it
    a                     line 2     A = y
    #elif B > 3           line 3
    b                     line 4     A != y && B > 3       (what is B is not known: free)
    #endif

A line's condition is the conjunction of its stack. An include guard holds the first time
that a file is read, and so is no condition. What a file defines itself further up is not
followed: such a macro is free.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS
from kvariant.presence.c_expression import condition_of
from kvariant.presence.c_lines import CodeLine, code_lines
from kvariant.presence.condition import Free, all_of, negated

if TYPE_CHECKING:
    from kvariant.kconfig import Expression
    from kvariant.presence.macros import Macros

_INCLUDE = re.compile(r"(<[^>]+>|\"[^\"]+\")")
_NAME = re.compile(r"[A-Za-z_$]\w*")
_GUARD = re.compile(r"!\s*defined\s*\(?\s*([A-Za-z_]\w*)\s*\)?")


@dataclass(frozen=True, slots=True)
class Guard:
    """A branch of an `#if` that a line is in."""

    line: int
    """Where the branch begins."""
    text: str
    """The directive that begins it: `#ifdef CONFIG_A`; of an `#else` its `#if`'s too."""
    condition: Expression
    """Where its lines are compiled, that of the branches before it and around it not in it."""


@dataclass(frozen=True, slots=True)
class Branches:
    """An `#if` with all its branches."""

    line: int
    around: tuple[Guard, ...]
    branches: tuple[Guard, ...]
    """Without an `#else` the last one is empty, and stands at the `#endif`."""
    last: int
    """The line of the `#endif`."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An `#include`."""

    line: int
    target: str
    """As it is written, with its quotes; a macro's name where it is one."""
    around: tuple[Guard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalFile:
    """A file's lines with their conditions."""

    stacks: Sequence[tuple[Guard, ...]]
    """Of each line the branches that it is in, outermost first; line 1 is the first.
    An empty file has one."""
    joined: Sequence[int]
    """Of each line the first of those that backslashes and comments join with it."""
    code: frozenset[int]
    """The lines that have more than space and comments."""
    forks: tuple[Branches, ...]
    """Every `#if`, in the order of their ends."""
    inclusions: tuple[Inclusion, ...]
    redefined: tuple[tuple[str, Expression], ...]
    """Macros named as options are that are defined or undefined here, and where that is done."""
    unbalanced: tuple[int, ...]
    """Lines of directives that have no `#if`, or an `#if` without end."""

    def condition(self, line: int) -> Expression:
        """Return where a line is compiled as far as this file says it."""
        return all_of(guard.condition for guard in self.stacks[line - 1])


@dataclass(slots=True)
class _OpenIf:
    """An `#if` whose end is not read yet."""

    line: int
    text: str
    before: list[Expression]
    """Conditions of the branches so far."""
    branches: list[Guard]
    has_else: bool = False
    is_guard: bool = False


def conditional_file(text: str, macros: Macros) -> ConditionalFile:
    """Return the lines of a file with their conditions.

    Cost: about 10 microseconds a line.
    """
    lines = list(code_lines(text))
    reader = _Stacks(macros, _include_guard(lines))
    stacks: list[tuple[Guard, ...]] = []
    joined: list[int] = []
    code: set[int] = set()
    for line in lines:
        code.update(line.coded)
        directive = line.directive
        stack = reader.stack
        if directive:
            reader.read(*directive, line.first)
            # A branch's own first line is where the branch stands, not in it.
            stack = min(stack, reader.stack, key=len)
            if directive[0] in _BRANCHING:
                stack = reader.around(stack)
        count = line.last - line.first + 1
        stacks += [stack] * count
        joined += [line.first] * count
    return ConditionalFile(
        stacks=stacks or [()],
        joined=joined or [1],
        code=frozenset(code),
        forks=tuple(reader.forks),
        inclusions=tuple(reader.inclusions),
        redefined=tuple(reader.redefined),
        unbalanced=(*reader.unbalanced, *(one.line for one in reader.open)),
    )


_BRANCHING = ("elif", "elifdef", "elifndef", "else")


class _Stacks:
    """The `#if`s that are open at a line."""

    def __init__(self, macros: Macros, guard: int) -> None:
        self._macros = macros
        self._guard = guard
        self.open: list[_OpenIf] = []
        self.stack: tuple[Guard, ...] = ()
        self.forks: list[Branches] = []
        self.inclusions: list[Inclusion] = []
        self.redefined: list[tuple[str, Expression]] = []
        self.unbalanced: list[int] = []

    def around(self, stack: tuple[Guard, ...]) -> tuple[Guard, ...]:
        """Return the stack of a line that begins another branch."""
        is_in = bool(self.open) and not self.open[-1].is_guard
        return stack[:-1] if is_in else stack

    def read(self, name: str, rest: str, line: int) -> None:
        """Read a directive."""
        if name in ("if", "ifdef", "ifndef"):
            condition = ALWAYS if line == self._guard else self._condition(name, rest)
            written = f"#{name} {' '.join(rest.split())}"
            one = _OpenIf(line, written, [condition], [Guard(line, written, condition)])
            one.is_guard = line == self._guard
            self.open.append(one)
            self._entered()
        elif name in _BRANCHING or name == "endif":
            if not self.open:
                self.unbalanced.append(line)
            elif name == "endif":
                self._closed(line)
            else:
                self._next_branch(name, rest, line)
        elif name in ("include", "include_next", "import"):
            found = _INCLUDE.match(rest)
            target = found[1] if found else rest
            self.inclusions.append(Inclusion(line, target, self.stack))
        elif name in ("define", "undef"):
            found = _NAME.match(rest)
            if found and (found[0].startswith(self._macros.prefix)):
                here = all_of(guard.condition for guard in self.stack)
                self.redefined.append((found[0], here))

    def _condition(self, name: str, rest: str) -> Expression:
        if name.endswith("def"):
            found = _NAME.match(rest)
            condition = self._macros.defined(found[0]) if found else Free(f"#{name} {rest}")
            is_negated = name.endswith("ndef")
            return negated(condition, self._macros.types) if is_negated else condition
        return condition_of(rest, self._macros)

    def _next_branch(self, name: str, rest: str, line: int) -> None:
        one = self.open[-1]
        if one.has_else:
            self.unbalanced.append(line)
        if name == "else":
            own: Expression = ALWAYS
            text = f"#else of {one.text}"
            one.has_else = True
        else:
            own = self._condition(name, rest)
            text = f"#{name} {' '.join(rest.split())}"
        earlier = [negated(condition, self._macros.types) for condition in one.before]
        one.branches.append(Guard(line, text, all_of((*earlier, own))))
        one.before.append(own)
        self._entered()

    def _closed(self, line: int) -> None:
        one = self.open.pop()
        self._entered()
        if one.is_guard:
            return
        if not one.has_else:
            rest = all_of(negated(c, self._macros.types) for c in one.before)
            one.branches.append(Guard(line, f"no branch of {one.text}", rest))
        self.forks.append(Branches(one.line, self.stack, tuple(one.branches), line))

    def _entered(self) -> None:
        # An include guard is no condition, so that it is in no stack.
        self.stack = tuple(one.branches[-1] for one in self.open if not one.is_guard)


def _include_guard(lines: Sequence[CodeLine]) -> int:
    """Return the line of the `#ifndef` that is an include guard, 0 where there is none.

    It is the first of the file, its macro is defined next, and its end is the last.
    """
    found = [line for line in lines if line.coded]
    if len(found) < 3:
        return 0
    first, second = found[0].directive, found[1].directive
    if not first or not second or second[0] != "define":
        return 0
    name, rest = first
    match = _NAME.fullmatch(rest) if name == "ifndef" else None
    if name == "if":
        match = _GUARD.fullmatch(rest)
    if match is None or _NAME.match(second[1]) is None:
        return 0
    macro = match[match.lastindex or 0]
    defined = _NAME.match(second[1])
    if defined is None or defined[0] != macro:
        return 0
    depth = 0
    for index, line in enumerate(found):
        directive = line.directive[0] if line.directive else None
        depth += (directive in ("if", "ifdef", "ifndef")) - (directive == "endif")
        if depth == 1 and directive in _BRANCHING:
            return 0
        if depth == 0:
            return found[0].first if index == len(found) - 1 else 0
    return 0
