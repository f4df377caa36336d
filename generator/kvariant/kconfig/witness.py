# SPDX-License-Identifier: MIT
"""The tree's own tool as a witness: what it makes of an assignment.

    FILE             a `conf` that somebody names
    the tree's       one that is built there, or is built from the source that lies there
    kconfiglib       for a tree that carries no tool and is read by kconfiglib's rules

A tool is built into the user's cache, never into the tree. It shares nothing with our
resolver: it gets the assignment as the lines of a `.config` and says which values those give.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from kvariant.errors import Diagnostic, MissingError, displayed
from kvariant.kconfig import kept, outputs
from kvariant.kconfig.configuration import Configuration
from kvariant.kconfig.dialect import KCONFIGLIB
from kvariant.kconfig.reader import Reader, deep, read
from kvariant.kconfig.tool import tool_of
from kvariant.kconfig.tree import Tree

AUTO = "auto"
"""Asks for the tree's own tool, wherever it is."""

_MODULES = ("confdata", "expr", "menu", "preprocess", "symbol", "util")
_SECONDS = 300


class Witness(Protocol):
    """A tool that resolves assignments."""

    name: str
    """What it is, for people."""

    def values(self, config: str) -> Mapping[str, str]:
        """Return the values that a `.config` gives: bools and tristates, and what is written."""


def witness_of(tree: Tree, named: str = AUTO) -> Witness:
    """Return the tool that is asked about a tree.

    Raises:
        MissingError: there is none: the file is no program, the tree carries no source, or
            flex, bison or gcc are not installed [no-witness].
    """
    if named != AUTO:
        path = Path(named)
        if not os.access(path, os.X_OK) or path.is_dir():
            raise _missing(f"{displayed(path)} is no program", "name the tree's own conf")
        return _Conf(tree, path.absolute(), displayed(path))
    tool = tree.tool or tool_of(tree.root, tree.dialect)
    if tool is not None:
        ready = tool.folder / "conf"
        is_ready = os.access(ready, os.X_OK)
        program = ready if is_ready else _built(tool.folder)
        return _Conf(tree, program.absolute(), f"conf of {displayed(tool.folder)}")
    if tree.dialect.rules:
        raise _missing(
            f"the tree carries no tool with the rules of {tree.dialect.name}",
            "name one with --verify=CONF",
        )
    return _Kconfiglib(tree)


def disagreements(
    tree: Tree, name: str, configuration: Configuration, witness: Witness
) -> tuple[Diagnostic, ...]:
    """Return an error for each value of a variant that the witness gives otherwise.

    A bool or tristate that a `.config` does not have is n; other symbols that it does not
    have are not compared, nor is a transitional one, which is in none.
    """
    known = {n: t for n, t in configuration.assignment.items() if n in tree.symbols}
    theirs = witness.values(outputs.lines(tree.prefix, tree.types, tree.dialect, known))
    return tuple(
        Diagnostic(
            message=f"{symbol} is {ours or 'empty'} in {name}, "
            f"{witness.name} says {said or 'empty'}",
            code="witness",
            location=tree.symbols[symbol].location,
            hint="kvariant space tells by whose rules the tree is read; --dialect names others",
        )
        for symbol, ours in configuration.items()
        if not tree.model.symbols[symbol].is_transitional
        and (said := theirs.get(symbol, "n" if tree.types[symbol].is_logical else ours)) != ours
    )


class _Conf:
    """The C tool."""

    def __init__(self, tree: Tree, program: Path, name: str) -> None:
        self.name = name
        self._tree = tree
        self._program = program

    def values(self, config: str) -> Mapping[str, str]:
        """Run `conf --olddefconfig`."""
        tree = self._tree
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "config"
            path.write_text(config, encoding="utf-8")
            entry = os.path.relpath(tree.path.resolve(), tree.root)
            environment = {
                **os.environ, **tree.environment, "srctree": str(tree.root),
                "KCONFIG_CONFIG": str(path), "KCONFIG_OVERWRITECONFIG": "1",
                # Some releases write these too, below the current folder.
                "KCONFIG_AUTOCONFIG": f"{folder}/include/config/auto.conf",
                "KCONFIG_AUTOHEADER": f"{folder}/include/generated/autoconf.h",
                "KCONFIG_RUSTCCFG": f"{folder}/include/generated/rustc_cfg",
                "KCONFIG_TRISTATE": f"{folder}/include/config/tristate.conf",
            }  # fmt: skip
            environment.pop("CONFIG_", None)
            if tree.prefix != "CONFIG_":
                environment["CONFIG_"] = tree.prefix
            done = subprocess.run(
                [self._program, "--olddefconfig", entry],
                cwd=tree.root if tree.preset.runs_in_root else folder,
                env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS,
            )  # fmt: skip
            if done.returncode:
                said = (done.stderr or done.stdout).strip().splitlines()
                why = said[-1] if said else f"exit code {done.returncode}"
                raise _missing(f"{self.name} does not take the tree: {why}", "")
            return _parsed(path.read_text(encoding="utf-8", errors="surrogateescape"), tree)


def _parsed(text: str, tree: Tree) -> dict[str, str]:
    """Return what a `.config` that a tool wrote says."""
    found = {}
    prefix, end = tree.prefix, " is not set"
    for line in text.splitlines():
        if line.startswith(f"# {prefix}") and line.endswith(end):
            found[line.removeprefix(f"# {prefix}").removesuffix(end)] = "n"
        elif line.startswith(prefix) and "=" in line:
            name, _, value = line.removeprefix(prefix).partition("=")
            if value.startswith('"'):
                value = value[1:-1]
                if not tree.dialect.bare_strings:
                    value = value.replace('\\"', '"').replace("\\\\", "\\")
            found[name] = value
    return found


class _Kconfiglib:
    """kconfiglib's own evaluation."""

    name = "kconfiglib"

    def __init__(self, tree: Tree) -> None:
        self._reader: Reader = read(
            tree.path,
            environment=tree.environment,
            prefix=tree.prefix,
            shell=all(command.was_run for command in tree.shell_commands),
            dialect=KCONFIGLIB,
        )

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


def _built(source: Path) -> Path:
    """Return the tool of a source folder, built into the user's cache unless it is there."""
    texts = sorted(path for path in source.glob("*.[chly]") if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()[:24]
    home = kept.folder() / f"conf-{digest}"
    if (home / "conf").exists():
        return home / "conf"
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".building-") as folder:
        _build(source, Path(folder))
        home.mkdir(exist_ok=True)
        (Path(folder) / "conf").replace(home / "conf")
    return home / "conf"


def _build(source: Path, folder: Path) -> None:
    programs = {name: shutil.which(name) for name in ("flex", "bison", "gcc")}
    if lost := [name for name, path in programs.items() if path is None]:
        raise _missing(
            f"to build {displayed(source)}/conf, {' and '.join(lost)} must be installed",
            f"Debian: apt install {' '.join(lost)}; or name one with --verify=CONF",
        )
    old = (source / "zconf.y").exists()
    scanner, grammar = ("zconf.l", "zconf.y") if old else ("lexer.l", "parser.y")
    scanned, parsed = ("zconf.lex.c", "zconf.tab.c") if old else ("lexer.lex.c", "parser.tab.c")
    _run(["flex", "-o", scanned, "-L", str(source / scanner)], folder)
    header = f"--defines={parsed.removesuffix('.c')}.h"
    _run(["bison", "-o", parsed, header, "-t", "-l", str(source / grammar)], folder)
    own = [source / f"{name}.c" for name in _MODULES]
    files = [parsed] if old else [scanned, parsed, *(str(path) for path in own if path.exists())]
    include = [f"-I{source}", f"-I{source.parent / 'include'}", "-I."]
    options = ["-O2", "-w", "-D_GNU_SOURCE", *include, "-o", "conf", str(source / "conf.c")]
    _run(["gcc", *options, *files], folder)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", check=False, timeout=_SECONDS,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        why = said[-1] if said else f"exit code {done.returncode}"
        raise _missing(f"the tree's own tool does not build: {command[0]}: {why}", "")


def _missing(message: str, hint: str) -> MissingError:
    return MissingError(Diagnostic(message=message, code="no-witness", hint=hint))
