# SPDX-License-Identifier: MIT
"""kconfiglib's parser in the surroundings of a tree: files, macros, commands and variables.

    source "generated/Config.in"    a file that only the tree's build writes: see `generated`
    $(dt_compat_enabled,X)          a function of the tree's own fork
    $(shell,./check.sh)             run where the tree's own tool runs, or answered
    "$X/Kconfig"                    what the tree's own tool makes of it: see `dollars`

Variables that are read, and those that nobody sets, are remembered.
"""

from __future__ import annotations

import io
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kconfiglib

from kvariant.errors import Location
from kvariant.kconfig.dollars import Dollars
from kvariant.kconfig.generated import ON_DISK, FilesInMemory
from kvariant.kconfig.surroundings import Surroundings
from kvariant.kconfig.syntax.grammar import Grammar
from kvariant.regular_file import require_readable

if TYPE_CHECKING:
    from kvariant.kconfig.dialect import Dialect
    from kvariant.kconfig.unset import Unset

NEEDED = ("expandvars", "iglob")
"""Names of kconfiglib's module that are replaced while a tree is parsed."""

FILES = 50_000
"""Files that a tree may read; two that each read the next twice would be read for ever."""
EXPANSIONS = 1_000_000
"""Macros that it may expand."""
LONGEST = 1_000_000
"""Characters that one of them may have."""
_GLOB = re.compile(r"[*?\[]")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


class Expansion(Grammar):
    """A parser that knows a tree's surroundings."""

    def __init__(
        self,
        filename: str,
        *,
        shell: bool,
        dialect: Dialect,
        generated: FilesInMemory,
        unset: Unset,
        surroundings: Surroundings,
    ) -> None:
        self.generated = generated
        self.unset = unset
        self._surroundings = surroundings
        self._opened = 0
        self._expanded = 0
        with self._instead_of_kconfiglibs():
            super().__init__(filename, shell=shell, dialect=dialect)
        self._surroundings = Surroundings()  # functions of a preset, which cannot be pickled

    @contextmanager
    def _instead_of_kconfiglibs(self) -> Iterator[None]:
        """Let `source` find generated files and ask us what `$NAME` is, for one parse at a time.

        kconfiglib calls functions of its own module, which nothing else in it uses.
        """
        before = {name: getattr(kconfiglib, name) for name in NEEDED}
        kconfiglib.iglob = self._matching
        kconfiglib.expandvars = self._expand_names
        try:
            yield
        finally:
            for name, function in before.items():
                setattr(kconfiglib, name, function)

    def _matching(self, pattern: str) -> Iterator[str]:
        self.recorded.globs[pattern] = tuple(sorted(ON_DISK(pattern)))
        return self.generated.matching(pattern)

    def _open(self, filename: str, mode: str) -> Any:
        text = self.generated.text(filename) if mode == "r" else None
        if text is not None:
            return io.StringIO(text)
        if mode == "r":
            require_readable(filename)
            self._opened += 1
            if self._opened > FILES:
                raise kconfiglib.KconfigError(
                    f"{self.filename}:{self.linenr}: more than {FILES:,} files are read"
                )
        return super()._open(filename, mode)

    def _fn_val(self, args: list[str]) -> str:
        if self._surroundings.dollars is Dollars.NAMES:
            return f"$({','.join(args)})"
        name = args[0]
        if name not in self.variables:
            if name == "shell":
                return self._shell(args)
            if name not in self._functions:
                answer = self._surroundings.functions(args)
                if answer is not None:
                    return answer
                self._need(name)
        self._expanded += 1
        value: str = super()._fn_val(args)
        if self._expanded > EXPANSIONS or len(value) > LONGEST:
            what = f"{EXPANSIONS:,} macros" if len(value) <= LONGEST else f"{LONGEST:,} characters"
            raise kconfiglib.KconfigError(
                f"{self.filename}:{self.linenr}: $({name}) expands to more than {what}"
            )
        return value

    def _shell(self, args: list[str]) -> str:
        command = ",".join(args[1:])
        answer = self._surroundings.answers(command)
        if answer is not None:
            return answer
        if not self._surroundings.runs_in_root:
            return super()._fn_val(args)
        value = super()._fn_val(["shell", f"cd {shlex.quote(self.srctree)} && {{ {command}\n}}"])
        self.recorded.shell.append(replace(self.recorded.shell.pop(), text=command))
        return value

    def _expand_names(self, text: str) -> str:
        """Return a quoted text with what `$NAME` and `${NAME}` in it stand for."""
        keyword = self._line.split()[0]
        if self._surroundings.dollars is Dollars.KCONFIGLIB:
            for name in _VARIABLE.findall(text):  # what is not set stays as it is
                is_symbol = name in self.syms and self.syms[name].env_var is not None
                if name in os.environ or (keyword.endswith("source") and not is_symbol):
                    self._need(name)
            return os.path.expandvars(text)
        if self._surroundings.dollars is Dollars.NAMES and keyword in ("source", "mainmenu"):
            return _VARIABLE.sub(lambda match: self._value_of(match[1]), text)
        return text

    def _value_of(self, name: str) -> str:
        """Return what a symbol is worth that was just read, "" if nothing gives it a value."""
        symbol = self.syms.get(name)
        if symbol is not None and symbol.env_var in os.environ:
            return os.environ[symbol.env_var]
        defaults = [] if symbol is None else [d for node in symbol.nodes for d in node.defaults]
        if defaults and isinstance(defaults[0][0], kconfiglib.Symbol):
            return str(defaults[0][0].name)
        self._need(name)
        return ""

    def _source(self, tokens: list[Any], line: str) -> list[Any] | None:
        """Let a glob match nothing, as in the C tools of forks that have globs.

        [coreboot and OpenWrt: lexer.l; kconfiglib has `osource` for it.]
        """
        tokens = super()._source(tokens, line) or tokens
        name = tokens[1]
        if not isinstance(name, str) or self._surroundings.dollars is Dollars.KCONFIGLIB:
            return tokens
        if _GLOB.search(name):
            return [kconfiglib._T_OSOURCE, *tokens[1:]]
        if self._surroundings.sources_beside and not self._is_file(name):
            beside = str(Path(self.filename).parent / name)
            return [tokens[0], beside, *tokens[2:]] if self._is_file(beside) else tokens
        return tokens

    def _is_file(self, name: str) -> bool:
        path = self.path_of(name)
        return Path(path).is_file() or self.generated.text(path) is not None

    def _option(self, tokens: list[Any], line: str) -> None:
        super()._option(tokens, line)
        if tokens[1] is kconfiglib._T_ENV and isinstance(tokens[-2], str):
            self._need(tokens[-2])

    def _need(self, name: str) -> None:
        """Remember a variable that is read, and that nothing sets it.

        `$(1)` is an argument that was left out.
        """
        if name in os.environ:
            self.env_vars.add(name)
        elif name not in self.variables and not name.isdigit():
            self.unset.add(name, Location(self.path_of(self.filename), self.linenr))
