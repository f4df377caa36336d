# SPDX-License-Identifier: MIT
"""The tree's own tool as a witness: what it makes of an assignment.

    FILE             a `conf` that somebody names
    the tree's       one that is built there, or is built from the source that lies there;
                     or the fork of kconfiglib that it carries
    kconfiglib       for a tree that carries no tool and is read by kconfiglib's rules

A tool is built into the user's cache and run beside the tree, never in it. It shares nothing
with our resolver: it gets the assignment as the lines of a `.config` and says which values
those give.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kvariant.errors import Diagnostic, displayed
from kvariant.kconfig import outputs
from kvariant.kconfig.dialect import KCONFIGLIB
from kvariant.kconfig.presets.preset import no_answer
from kvariant.kconfig.reader import Reader, deep, read
from kvariant.kconfig.tool import FOLDERS, tool_of
from kvariant.kconfig.tool_build import built, is_old
from kvariant.kconfig.tool_run import Setting, conf_written, fork_written, missing
from kvariant.kconfig.value import SymbolType

if TYPE_CHECKING:
    from kvariant.kconfig.configuration import Configuration
    from kvariant.kconfig.tree import Tree

AUTO = "auto"
"""Asks for the tree's own tool, wherever it is."""

_LIBRARIES = (
    "scripts/kconfig", "scripts/Kconfiglib", "lib/kconfiglib", "tools/kconfiglib",
    "ext/Kconfiglib/import",
)  # fmt: skip
"""Where trees keep a fork of kconfiglib."""
_NO_NUMBER = {SymbolType.INT: ("", "0"), SymbolType.HEX: ("", "0x0")}
"""What tools write for a number that has no value: no text, or zero."""


class Witness(Protocol):
    """A tool that resolves assignments."""

    name: str
    """What it is, for people."""
    jobs: int
    """How many may be asked about at once."""

    def values(self, config: str) -> Mapping[str, str]:
        """Return the values that a `.config` gives: bools and tristates, and what is written."""

    def asked(self, assignment: Mapping[str, str]) -> Mapping[str, str]:
        """Return an assignment with all that the tool needs to be told."""


def witness_of(
    tree: Tree, named: str = AUTO, variables: Mapping[str, str] | None = None
) -> Witness:
    """Return the tool that is asked about a tree.

    Args:
        named: a program, by its path or found on PATH; or `AUTO`.
        variables: what the tree was given, beside what it read.

    Raises:
        MissingError: there is none: the file is no program, the tree carries no source, flex,
            bison or gcc are not installed, or a tool would do what nobody wants
            [no-witness].
    """
    program = None if named == AUTO else _program(named)
    if reason := _harm(tree):
        raise missing(f"the tree's own tool is not asked: {reason}", "")
    setting = _setting(tree, variables or {})
    tool = tree.tool or tool_of(tree.root, tree.dialect, tree.preset.tools or FOLDERS)
    if program is not None:
        old = tool is not None and is_old(tool.folder)
        return _Conf(tree, displayed(named), setting, program, old)
    if tool is not None:
        name, old = f"conf of {displayed(tool.folder)}", is_old(tool.folder)
        ready = tool.folder / "conf"
        if os.access(ready, os.X_OK) and ready.is_file():
            return _Conf(tree, name, setting, ready.absolute(), old)
        return _Conf(tree, name, setting, built(tool.folder, tree.prefix), old)
    for folder in (tree.root / name for name in _LIBRARIES):
        if (folder / "kconfiglib.py").is_file():
            return _Fork(tree, displayed(folder / "kconfiglib.py"), setting, folder.resolve())
    if tree.dialect.rules:
        raise missing(
            f"the tree carries no tool with the rules of {tree.dialect.name}",
            "name one with --verify=CONF",
        )
    return _Kconfiglib(tree)


def _program(named: str) -> Path:
    found = named if "/" in named or Path(named).exists() else shutil.which(named)
    if found is None or not os.access(found, os.X_OK) or Path(found).is_dir():
        raise missing(f"{displayed(named)} is no program", "name the tree's own conf")
    return Path(found).absolute()


def _harm(tree: Tree) -> str:
    """Return why no tool may be run on a tree, "" where it may."""
    if any(not command.was_run for command in tree.shell_commands):
        return "it would run the $(shell ...) that --no-shell refuses"
    if tree.preset.answers is not no_answer:
        return "the tree's Kconfig files run commands that write into the tree"
    root = tree.root.resolve()
    outer = next((p for p in tree.generated_files if not Path(p).is_relative_to(root)), None)
    return f"the tree's build has to write {outer} first" if outer else ""


def _setting(tree: Tree, variables: Mapping[str, str]) -> Setting:
    root, entry = tree.root.resolve(), tree.path.resolve()
    given = {**os.environ, **variables, **tree.environment}
    return Setting(
        root=root,
        entry=str(entry.relative_to(root) if entry.is_relative_to(root) else entry),
        variables={**tree.preset.environment(tree.root, given), **variables, **tree.environment},
        prefix=tree.prefix,
        generated={str(Path(p).relative_to(root)): t for p, t in tree.generated_files.items()},
    )


def disagreements(
    tree: Tree, name: str, configuration: Configuration, witness: Witness
) -> tuple[Diagnostic, ...]:
    """Return an error for each value of a variant that the witness gives otherwise.

    A bool or tristate that a `.config` does not have is n; other symbols that it does not
    have are not compared, nor is a transitional one, which is in none. A number without a
    value may be written as 0. What only the witness knows is an error too.

    Raises:
        MissingError: the witness does not answer [no-witness].
    """
    known = {n: t for n, t in configuration.assignment.items() if n in tree.symbols}
    config = outputs.lines(tree.prefix, tree.types, tree.dialect, witness.asked(known))
    theirs = witness.values(config)
    return tuple(
        Diagnostic(
            message=f"{symbol} is {'unknown' if ours is None else ours or 'empty'} in {name}, "
            f"{witness.name} says {said or 'empty'}",
            code="witness",
            location=tree.symbols[symbol].location if symbol in tree.symbols else None,
            hint="kvariant space tells by whose rules the tree is read; --dialect names others",
        )
        for symbol, ours, said in _differing(tree, configuration, theirs)
    )


def _differing(
    tree: Tree, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str]]:
    for symbol, mine in ours.items():
        kind = tree.types[symbol]
        said = theirs.get(symbol, "n" if kind.is_logical else mine)
        is_blank = {said, mine} <= set(_NO_NUMBER.get(kind, ()))
        if said != mine and not is_blank and not tree.model.symbols[symbol].is_transitional:
            yield symbol, mine, said
    for symbol, said in theirs.items():
        if symbol not in ours and said != "n":
            yield symbol, None, said


class _Written:
    """A tool that writes a `.config`."""

    jobs = os.cpu_count() or 1

    def __init__(self, tree: Tree, name: str, setting: Setting) -> None:
        self.name = name
        self._tree, self._setting = tree, setting

    def asked(self, assignment: Mapping[str, str]) -> Mapping[str, str]:
        """Return the assignment."""
        return assignment

    def _parsed(self, text: str) -> dict[str, str]:
        """Return what a `.config` says; of several lines for one symbol the last counts."""
        start = re.escape(self._tree.prefix)
        given = re.compile(rf"{start}([\w./-]+)=(.*)|# {start}([\w./-]+) is not set", re.ASCII)
        found = {}
        for match in filter(None, map(given.fullmatch, text.split("\n"))):
            name, value, unset = match.groups()
            found[unset or name] = "n" if unset else self._unquoted(value)
        return found

    def _unquoted(self, value: str) -> str:
        if not value.startswith('"'):
            return value
        inner = value[1 : value.rfind('"')]
        return inner if self._tree.dialect.bare_strings else re.sub(r"\\(.)", r"\1", inner)


class _Conf(_Written):
    """The C tool."""

    def __init__(self, tree: Tree, name: str, setting: Setting, program: Path, old: bool) -> None:
        """Take a program.

        Args:
            old: whether it is from before Linux 5.0: it takes a choice for unanswered unless
                all its members are told.
        """
        super().__init__(tree, name, setting)
        self._program, self._old = program, old

    def asked(self, assignment: Mapping[str, str]) -> Mapping[str, str]:
        """Return the assignment, of choices that are answered with all their members."""
        if not self._old or self._tree.dialect.unset_members:
            return assignment
        symbols, choices = self._tree.symbols, self._tree.choices
        answered = {symbols[n].choice for n, text in assignment.items() if text == "y"}
        members = [m for i in answered if i is not None for m in choices[i].members]
        return {**dict.fromkeys(members, "n"), **assignment}

    def values(self, config: str) -> Mapping[str, str]:
        """Run the tool."""
        return self._parsed(conf_written(self._program, self.name, self._setting, config))


class _Fork(_Written):
    """The tree's own fork of kconfiglib."""

    def __init__(self, tree: Tree, name: str, setting: Setting, folder: Path) -> None:
        super().__init__(tree, name, setting)
        self._folder = folder

    def values(self, config: str) -> Mapping[str, str]:
        """Run it."""
        return self._parsed(fork_written(self._folder, self.name, self._setting, config))


class _Kconfiglib:
    """kconfiglib's own evaluation."""

    name = "kconfiglib"
    jobs = 1

    def __init__(self, tree: Tree) -> None:
        self._reader: Reader = read(
            tree.path,
            environment=tree.environment,
            prefix=tree.prefix,
            shell=all(command.was_run for command in tree.shell_commands),
            dialect=KCONFIGLIB,
        )

    def asked(self, assignment: Mapping[str, str]) -> Mapping[str, str]:
        """Return the assignment."""
        return assignment

    def values(self, config: str) -> Mapping[str, str]:
        """Load the lines."""
        return deep(lambda: self._values(config))

    def _values(self, config: str) -> Mapping[str, str]:
        self._reader.unset_values()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "config"
            path.write_text(config, encoding="utf-8")
            self._reader.load_config(str(path), replace=True)
        return {item.name: item.str_value for item in self._reader.unique_defined_syms}
