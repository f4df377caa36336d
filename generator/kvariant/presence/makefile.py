# SPDX-License-Identifier: MIT
"""A makefile, read for all configurations at once.

Conditionals over options become the conditions of the assignments in them; rules and their
recipes are passed over. [GNU Make manual, chapters 6 and 7]
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import ALWAYS, NEVER
from kvariant.presence.condition import Free, all_of, any_of, negated
from kvariant.presence.makefile_text import MakeLine, make_lines, parts_of, split_outside
from kvariant.presence.makefile_values import MakeValues, MakeVariable, OpaqueError

if TYPE_CHECKING:
    from kvariant.kconfig import Expression

_CONDITIONAL = re.compile(r"(else\s+)?(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)", re.DOTALL)
_INCLUDE = re.compile(r"[-s]?include\s+(.*)", re.DOTALL)
_MODIFIER = re.compile(r"(?:export|override|private)\s+")
_DEEPEST = 30
"""Makefiles that include one another."""


@dataclass(slots=True)
class _OpenConditional:
    """A conditional that is open."""

    before: list[Expression]
    current: Expression
    is_free: bool = False


@dataclass(slots=True)
class Makefile:
    """Reads makefiles into one set of variables."""

    root: Path
    values: MakeValues
    files: list[str] = field(default_factory=list)
    """What was read, below the root."""
    not_read: list[tuple[str, int, str]] = field(default_factory=list)
    """Lines that are not understood: file, line, what is written."""
    exported: set[str] = field(default_factory=set)
    _open: list[_OpenConditional] = field(default_factory=list)
    _around: int = 0
    """How many of them are of the files that include this one, and not to be ended in it."""

    @property
    def condition(self) -> Expression:
        """The conjunction of the conditionals that are open."""
        return all_of(one.current for one in self._open)

    def read(self, path: str, text: str | None = None) -> None:
        """Read a file of the tree; a file that is not there is none.

        Args:
            path: below the root.
            text: what it holds, where that is not what is on the disk.
        """
        if len(self.files) > 500 or self.files.count(path) >= _DEEPEST:
            self.not_read.append((path, 0, "included again and again"))
            return
        if text is None:
            try:
                text = (self.root / path).read_text(errors="replace")
            except OSError:
                return
        self.files.append(path)
        depth, in_rule, in_define = len(self._open), False, 0
        around, self._around = self._around, depth
        for line in make_lines(text):
            stripped = line.text.strip()
            if in_define:
                in_define += stripped.startswith("define ") - (
                    stripped.split("#")[0].strip() == "endef"
                )
                continue
            if line.text.startswith("\t") and in_rule:
                continue
            code = line.code.strip()
            if not code:
                continue
            if self._conditional(code, (path, line.number)):
                continue
            if self.condition == NEVER:
                in_define = int(bool(re.match(r"(?:override\s+|export\s+)*define\b", code)))
                in_rule = False
                continue
            if re.match(r"(?:override\s+|export\s+)*define\b", code):
                in_define, in_rule = 1, False
            else:
                in_rule = self._statement(code, path, line)
        del self._open[depth:]
        self._around = around

    def _statement(self, code: str, path: str, line: MakeLine) -> bool:
        """Read a line that is no conditional; return whether it begins a rule."""
        if found := _INCLUDE.fullmatch(code):
            self._include(found[1], (path, line.number))
            return False
        is_export = False
        while modifier := _MODIFIER.match(code):
            is_export |= modifier[0].startswith("export")
            code = code[modifier.end() :]
        if code in ("export", "unexport") or code.startswith(("unexport ", "undefine ", "vpath ")):
            return False
        parts = _assignment(code)
        if parts is None:
            if is_export:
                self.exported.update(code.split())
                return False
            return ":" in code
        name, operator, value = parts
        try:
            names = self.values.alternatives(parts_of(name))
        except OpaqueError as error:
            self.not_read.append((path, line.number, f"{code[:60]}: {error}"))
            return False
        here = self.condition
        for one in names:
            if " " in one.text:
                continue
            if is_export:
                self.exported.add(one.text)
            self.values.assign(
                one.text, operator, value, all_of((here, one.condition)), (path, line.number)
            )
        return False

    def _include(self, targets: str, place: tuple[str, int]) -> None:
        for word in self.values.words(targets, place):
            if not word.text:
                self.not_read.append((*place, f"include {word.opaque}"))
                continue
            path = os.path.normpath(word.text)
            if not (self.root / path).is_file() or path.startswith(("..", "/")):
                continue  # what the build writes, such as include/config/auto.conf
            if path in _MACHINERY or path in self.files[-_DEEPEST:]:
                continue
            self._open.append(_OpenConditional([], word.condition))
            self.read(path)
            self._open.pop()

    # Conditionals

    def _conditional(self, code: str, place: tuple[str, int]) -> bool:
        if code == "endif" or re.match(r"endif\b", code):
            if len(self._open) > self._around:
                self._open.pop()
            return True
        found = _CONDITIONAL.fullmatch(code)
        if found is None and not re.match(r"else\b", code):
            return False
        if found and not found[1]:
            condition = self._tested(found[2], found[3], place)
            self._open.append(_OpenConditional([condition], condition))
            return True
        if len(self._open) <= self._around:  # of another file: make refuses it
            return True
        one = self._open[-1]
        earlier = [negated(condition, self.values.types) for condition in one.before]
        own = self._tested(found[2], found[3], place) if found else ALWAYS
        one.before.append(own)
        one.current = all_of((*earlier, own))
        return True

    def _tested(self, kind: str, rest: str, place: tuple[str, int]) -> Expression:
        rest = rest.strip()
        if kind in ("ifdef", "ifndef"):
            try:
                names = self.values.alternatives(parts_of(rest))
            except OpaqueError:
                return Free(f"{kind} {rest}")
            found = any_of(all_of((n.condition, self.values.defined(n.text))) for n in names)
        else:
            sides = _sides(rest)
            if sides is None:
                self.not_read.append((*place, f"{kind} {rest}"))
                return Free(f"{kind} {rest}")
            found = self.values.equal(*sides)
        if kind in ("ifneq", "ifndef"):
            return negated(found, self.values.types)
        return found


_MACHINERY = ("scripts/Kbuild.include", "scripts/Makefile.compiler", "scripts/Makefile.build")
"""What makes rules of lists; it puts no object into one."""


def _assignment(code: str) -> tuple[str, str, str] | None:
    """Return name, operator and value of an assignment; None: it is none."""
    name = split_outside(code, "=", 1)
    if len(name) < 2:
        return None
    left, right = name
    for operator in (":::=", "::=", ":=", "?=", "+=", "!="):
        if left.endswith(operator[:-1]):
            left = left[: -len(operator) + 1]
            break
    else:
        operator = "="
    left = left.strip()
    if not left or ":" in _outside(left):
        return None  # a rule, perhaps with a variable of its own
    if re.search(r"\s", _outside(left)):
        return None
    return left, operator, right.lstrip()


def _outside(text: str) -> str:
    """Return a text without its references."""
    return "".join(part for part in parts_of(text) if isinstance(part, str))


def _sides(rest: str) -> tuple[str, str] | None:
    """Return what is compared: (a,b), "a" "b", or a mixture of quotes."""
    if rest.startswith("("):
        inside = rest[1 : rest.rfind(")")] if ")" in rest else rest[1:]
        sides = split_outside(inside, ",", 1)
        return (sides[0].strip(), sides[1].strip()) if len(sides) == 2 else None
    found = re.fullmatch(r"([\"'])(.*?)\1\s*([\"'])(.*?)\3", rest, re.DOTALL)
    return (found[2], found[4]) if found else None


def exported_of(makefile: Makefile) -> Mapping[str, MakeVariable]:
    """Return the variables that makefiles below see."""
    variables = makefile.values.variables
    return {name: variables[name] for name in sorted(makefile.exported) if name in variables}
