# SPDX-License-Identifier: MIT
"""A tree in kconfiglib's menuconfig, on the terminal of this process.

menuconfig is a program that keeps its state in its module and saves `.config` files. Here it
has a module of its own each time, starts from lines that are given, and hands over the values
instead of saving them; what it is told to save elsewhere it saves there.
"""

from __future__ import annotations

import importlib.util
import io
import locale
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import kconfiglib

from kvariant.errors import Diagnostic, InputError, MissingError
from kvariant.kconfig.reader import Reader, environment_of

_NEEDED = ("menuconfig", "_needs_save", "_conf_filename")
"""Names of menuconfig's module that are used here."""
_KINDS = "TERM=xterm, or TERM=vt100"
_DEEP = 6_000, 8 * 1024 * 1024
"""How deep values may depend on each other, with a stack of so many bytes."""


@dataclass(frozen=True, slots=True)
class MenuValues:
    """What a menu shows, by kconfiglib's rules."""

    texts: Mapping[str, str]
    """The value text of every symbol, in Kconfig order."""
    shown: frozenset[str]
    """The symbols that can be given a value."""


Save = Callable[[MenuValues, MenuValues], str]
"""Takes the values at the start and those to be kept, and returns a message.

An `OSError` is shown in the menu, which goes on; anything else ends it.
"""


def require_terminal() -> None:
    """Refuse to begin where no menu can be shown.

    Raises:
        MissingError: nobody is there to choose, or the terminal cannot show it [no-terminal];
            Python has no curses [no-curses].
    """
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        raise _no_terminal(
            "a menu needs a terminal, and there is none",
            "edit the file itself, or call it where you can type",
        )
    try:
        import curses
    except ImportError as error:
        message = f"a menu needs Python's module curses, and this Python is without it: {error}"
        hint = "Debian's python3 has it; one that was built by hand needs the headers of ncurses"
        raise MissingError(Diagnostic(message=message, code="no-curses", hint=hint)) from None
    name = os.environ.get("TERM", "")
    try:
        curses.setupterm(name or "unknown", sys.__stdout__.fileno())  # type: ignore[union-attr]
    except curses.error:
        raise _no_terminal(
            f"nothing is known of the terminal TERM={name or '(not set)'}",
            _KINDS,
        ) from None
    if not curses.tigetstr("cup"):
        raise _no_terminal(f"a terminal of the kind TERM={name} cannot show a menu", _KINDS)


def run_menu(reader: Reader, name: str, lines: str, save: Save) -> None:
    """Show the menu until its user leaves it.

    Args:
        reader: the tree, parsed for this.
        name: how the file is called; it is there.
        lines: what is asked for, as `.config` lines that kconfiglib reads.
        save: called each time the values are to be kept under that name.

    Raises:
        InputError: there is nothing to choose [no-prompt].
        MissingError: the installed menuconfig is not one that this module knows.
        KeyboardInterrupt: it was left by Ctrl-C; the terminal is as it was.
    """
    if not any(node.prompt for node in reader.node_iter()):
        message = "nothing in this tree has a prompt, so there is nothing to choose"
        raise InputError(Diagnostic(message=message, code="no-prompt"))
    program = _program()
    scoped = {"KCONFIG_CONFIG": name, "ESCDELAY": os.environ.get("ESCDELAY", "0")}
    if not _is_locale_known():
        scoped["LC_ALL"] = "C.UTF-8"
    with environment_of(scoped), _as_deep(), _locale():
        session = _MenuSession(reader, program, name, lines, save)
        session.prepare()
        # It prints how it ended; the screen itself is not written through Python's stdout.
        with redirect_stdout(io.StringIO()):
            program.menuconfig(reader)


class _MenuSession:
    """One run of menuconfig."""

    def __init__(
        self, reader: Reader, program: ModuleType, name: str, lines: str, save: Save
    ) -> None:
        self._reader, self._program, self._name = reader, program, name
        self._lines, self._save = lines, save

    def prepare(self) -> None:
        """Load the lines, and put what is ours in place of menuconfig's and kconfiglib's own."""
        reader = self._reader
        reader.warn = False
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".config") as file:
            file.write(self._lines)
            file.flush()
            kconfiglib.Kconfig.load_config(reader, file.name)
        self._before = _values(reader)
        self._saved = self._before
        replaced: dict[str, Callable[..., Any]] = {
            "load_config": self._load,
            "write_config": self._write,
            "write_min_config": self._write_minimal,
        }
        for name, method in replaced.items():
            setattr(reader, name, method)
        self._program._needs_save = self._needs_save  # type: ignore[attr-defined]

    def _needs_save(self) -> bool:
        """Return whether there is something to save; it is saved under our name again."""
        self._program._conf_filename = self._name  # type: ignore[attr-defined]
        return _values(self._reader) != self._saved

    def _load(self, filename: str | None = None, *_: Any, **__: Any) -> str:
        if filename is None:
            return f"Loaded {self._name}"
        return str(kconfiglib.Kconfig.load_config(self._reader, filename))

    def _write(self, filename: str | None = None, *_: Any, **__: Any) -> str:
        if filename is None or self._is_ours(filename):
            self._saved = _values(self._reader)
            return self._save(self._before, self._saved)
        return str(kconfiglib.Kconfig.write_config(self._reader, filename))

    def _write_minimal(self, filename: str, *_: Any, **__: Any) -> str:
        if self._is_ours(filename):
            return self._write()
        return str(kconfiglib.Kconfig.write_min_config(self._reader, filename))

    def _is_ours(self, filename: str) -> bool:
        # Ours also where somebody has removed it since: the lines of a whole configuration in
        # place of a fragment's are never meant.
        one, ours = Path(filename), Path(self._name)
        return one.resolve() == ours.resolve() or (
            one.exists() and ours.exists() and one.samefile(ours)
        )


def _values(reader: Reader) -> MenuValues:
    symbols = [symbol for symbol in reader.unique_defined_syms if symbol.orig_type]
    return MenuValues(
        texts={symbol.name: str(symbol.str_value) for symbol in symbols},
        shown=frozenset(symbol.name for symbol in symbols if symbol.visibility),
    )


def _program() -> ModuleType:
    """Return a module of menuconfig's that nobody else has: its state is in it."""
    spec = importlib.util.find_spec("menuconfig")
    if spec is None or spec.loader is None:
        raise _unknown("there is no module menuconfig beside it")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    if lost := [name for name in _NEEDED if name not in _names(program)]:
        raise _unknown(f"menuconfig has no {', '.join(lost)}")
    return program


def _names(program: ModuleType) -> set[str]:
    """Return the names that a module has, or that its functions set."""
    function = getattr(program, "menuconfig", None)
    code = getattr(function, "__code__", None)
    return {*vars(program), *(code.co_names if code else ())}


def _unknown(what: str) -> MissingError:
    message = f"kconfiglib {'.'.join(map(str, kconfiglib.VERSION))} is built otherwise: {what}"
    hint = "pip install kconfiglib==14.1.0"
    return MissingError(Diagnostic(message=message, code="no-kconfiglib", hint=hint))


@contextmanager
def _as_deep() -> Iterator[None]:
    """Let values be worked out as deep as the stack of the main thread allows.

    Not in a thread with a larger one: Ctrl-C arrives in the main thread alone.
    """
    before, (depth, stack) = sys.getrecursionlimit(), _DEEP
    limit, _ = resource.getrlimit(resource.RLIMIT_STACK)
    if limit == resource.RLIM_INFINITY or limit >= stack:
        sys.setrecursionlimit(max(before, depth))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def _locale() -> Iterator[None]:
    before = locale.setlocale(locale.LC_ALL)
    try:
        yield
    finally:
        locale.setlocale(locale.LC_ALL, before)


def _is_locale_known() -> bool:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return True


def _is_terminal(stream: Any) -> bool:
    return stream is not None and bool(stream.isatty())


def _no_terminal(message: str, hint: str) -> MissingError:
    return MissingError(Diagnostic(message=message, code="no-terminal", hint=hint))
