# SPDX-License-Identifier: MIT
"""Where the lines of a tree's own files are compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.kconfig import Expression, Tree
from kvariant.kconfig.expression import ALWAYS, NEVER
from kvariant.presence.c_conditions import ConditionalFile, conditional_file
from kvariant.presence.condition import Free, all_of, any_of, free_terms, known
from kvariant.presence.kbuild import Kbuild, Route, Term
from kvariant.presence.macros import MODULE, Macros
from kvariant.regular_file import read_text

ASSEMBLER = (".S", ".s")
SOURCES = (".c", *ASSEMBLER)
HEADERS = (".h", ".inc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Where a line is compiled."""

    location: Location
    condition: Expression
    """See `condition` for its form."""
    terms: tuple[Term, ...]
    """What says it, part by part; of several ways to build the file those of the first."""
    is_code: bool
    """Whether the line has more than space and comments."""

    @property
    def free(self) -> tuple[str, ...]:
        """What no option decides."""
        return free_terms(self.condition)


class Sources:
    """The files of one tree that a compiler sees."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.root = tree.root
        self._files: dict[str, ConditionalFile] = {}
        self._routes: dict[str, tuple[Route, ...]] = {}

    def presence(self, path: str, line: int) -> Presence:
        """Return where a line of a file is compiled.

        Args:
            path: below the root.
            line: from 1.

        Raises:
            InputError: there is no such file, or no such line.
        """
        file = self.file(path)
        if not 0 < line <= len(file.stacks):
            what = f"the file has {len(file.stacks)} lines"
            raise InputError(Diagnostic(message=what, code="no-line", location=Location(path, line)))
        own = file.condition(line)
        stack = tuple(
            Term(guard.condition, Location(path, guard.line), guard.text)
            for guard in file.stacks[line - 1]
        )
        routes = self.routes(path)
        return Presence(
            location=Location(path, line),
            condition=joined(routes, own),
            terms=(*_terms(routes), *stack),
            is_code=line in file.code,
        )

    def file(self, path: str) -> ConditionalFile:
        """Return a file's lines with the conditions of its own directives.

        Raises:
            InputError: it cannot be read.
        """
        if path not in self._files:
            try:
                text = read_text(self.root / path, "replace")
            except OSError as error:
                raise os_error(error, "cannot read the file") from None
            self._files[path] = conditional_file(text, self.macros(path))
        return self._files[path]

    def routes(self, path: str) -> tuple[Route, ...]:
        """Return the ways in which a file is built."""
        if path not in self._routes:
            self._routes[path] = self._found_routes(path)
        return self._routes[path]

    def _found_routes(self, path: str) -> tuple[Route, ...]:
        found = self.kbuild.routes(path)
        if found:
            return found
        free = Free(f"no makefile names {Path(path).stem}.o")
        return (Route(free, free, (Term(free, Location(path)),)),)

    def macros(self, path: str) -> Macros:
        """Return what macros mean in a file."""
        is_assembler = path.endswith(ASSEMBLER)
        settled: dict[str, Expression] = {"__KERNEL__": ALWAYS}
        if path.endswith(SOURCES):
            settled["__ASSEMBLY__"] = ALWAYS if is_assembler else NEVER
        return Macros(types=self.tree.types, prefix=self.tree.prefix, settled=settled)

    @cached_property
    def kbuild(self) -> Kbuild:
        """The tree's makefiles."""
        return Kbuild(self.root, self.tree.types, variables=self._variables, prefix=self.tree.prefix)

    @property
    def _variables(self) -> Mapping[str, str]:
        given = self.tree.environment
        arch = given.get("ARCH", "")
        return {
            "srctree": ".",
            "objtree": ".",
            "abs_srctree": ".",
            "sub_make_done": "1",
            "MAKECMDGOALS": "all",
            "ARCH": arch,
            "SRCARCH": given.get("SRCARCH", arch),
        }


def _terms(routes: Sequence[Route]) -> Iterator[Term]:
    """Yield what says where a file is built, the ways that go through the same lines as one."""
    if not routes:
        return
    first = [term.location for term in routes[0].terms]
    same = [r.terms for r in routes if [term.location for term in r.terms] == first]
    for several in zip(*same, strict=True):
        condition = any_of(term.condition for term in several)
        yield replace(several[0], condition=condition)


def joined(routes: Sequence[Route], own: Expression) -> Expression:
    """Return where a line is compiled: its file is built, and its directives hold.

    What asks whether it is in a module knows it of each way to build it.
    """
    if MODULE not in free_terms(own):
        return all_of((any_of(route.condition for route in routes), own))
    built_in = any_of(route.built_in for route in routes)
    module = any_of(route.module for route in routes)
    return any_of(
        (
            all_of((built_in, known(own, MODULE, False))),
            all_of((module, known(own, MODULE, True))),
        )
    )
