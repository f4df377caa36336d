# SPDX-License-Identifier: MIT
"""The one kconfiglib object behind a Tree: today's syntax, a scoped environment.

`Reader` parses a tree and holds kconfiglib's mutable state. It adds what the
released kconfiglib 14.1.0 lacks, on tokens and not on text, so that help texts
and comments are never touched:

    modules               -> option modules           (Linux 5.13)
    transitional          -> a blank line, remembered (Linux 6.18)
    depends on A if B     -> depends on (A) || !(B)   (2026)

It also remembers where each `depends on` and `if` stands, which kconfiglib
forgets, because an unmet dependency is only half explained without its line.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import kconfiglib

from kvariant.errors import (
    Diagnostic,
    InputError,
    KvariantError,
    Location,
    MissingError,
    Note,
    displayed,
    not_utf8,
    source_line,
)
from kvariant.kconfig import unset
from kvariant.kconfig.dialect import KCONFIGLIB, Dialect
from kvariant.kconfig.dollars import Dollars
from kvariant.kconfig.generated import Generated
from kvariant.kconfig.unset import Unset

_Result = TypeVar("_Result")

_PRIVATE = (
    "_T_MODULES",
    "_T_OPTION",
    "_T_DEPENDS",
    "_T_ON",
    "_T_IF",
    "_T_CONFIG",
    "_T_MENUCONFIG",
    "_T_MENU",
    "_T_CHOICE",
    "_T_COMMENT",
    "_T_AND",
    "_T_OR",
    "_T_NOT",
    "_T_OPEN_PAREN",
    "_T_CLOSE_PAREN",
    "_T_ENV",
    "iglob",
    "expandvars",
)
_PARSE_LOCK = threading.Lock()  # os.environ is the process's, and parsing reads it
_PARSING: list[Any] = []  # the Reader that parses, under that lock
_STACK_BYTES = 512 * 1024 * 1024
_DEEP_RECURSION = 400_000
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, slots=True)
class Clause:
    """A `depends on` or `if` as written: its expression's text and place."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A `$(shell ...)` of a Kconfig file."""

    text: str
    """The command, macros and variables expanded."""
    location: Location
    """The line that was being read; for a macro, the one that uses it."""
    was_run: bool
    """False: it was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """How a tree's own tool would read its files, beside the variables."""

    dollars: Dollars = Dollars.KCONFIGLIB
    """What a dollar means."""
    runs_in_root: bool = False
    """Whether shell commands run in `$(srctree)`."""
    answers: Callable[[str], str | None] = lambda _command: None
    """What a shell command gives that is not run; None: it is run."""
    functions: Callable[[Sequence[str]], str | None] = lambda _call: None
    """What a function gives that only the tree's own tool has; None: there is none."""
    writes: str = ""
    """The command that writes files of such a tree which it is not shipped with."""
    needs: str = ""
    """What to do where such a tree cannot be read as it is."""


@dataclass(slots=True)
class Recorded:
    """What parsing touched beside the Kconfig files."""

    clauses: dict[tuple[str, int], list[Clause]] = field(default_factory=dict)
    """Clauses by the (file, line) of the config, choice, menu or if they stand in."""
    transitional: set[tuple[str, int]] = field(default_factory=set)
    """(file, line) of the definitions with a line `transitional`."""
    shell: list[ShellCommand] = field(default_factory=list)
    _by_file: dict[str, list[tuple[int, list[Clause]]]] = field(default_factory=dict)

    def of_file(self, filename: str) -> list[tuple[int, list[Clause]]]:
        """Return the clauses of one file with their owners' lines, in order of parsing."""
        if not self._by_file:
            for (name, line), clauses in self.clauses.items():
                self._by_file.setdefault(name, []).append((line, clauses))
        return self._by_file.get(filename, [])


class Reader(kconfiglib.Kconfig):  # type: ignore[misc]  # kconfiglib ships no types
    """kconfiglib.Kconfig with the syntax of today's trees; see the module's text."""

    def __init__(
        self,
        filename: str,
        *,
        shell: bool,
        dialect: Dialect,
        generated: Generated,
        unset: Unset,
        surroundings: Surroundings,
    ) -> None:
        _PARSING.append(self)
        self.recorded = Recorded()
        self.generated = generated
        self.unset = unset
        self._dollars = surroundings.dollars
        self._surroundings: Surroundings | None = surroundings
        self.dialect = dialect
        self._owner = (filename, 0)
        self._shell_allowed = shell
        self._is_quoted = False
        self._memory: str | None = None
        try:
            super().__init__(filename, warn_to_stderr=False)
        except (AttributeError, TypeError):
            # kconfiglib trips over a property where its item has none: `visible if` on a config.
            raise kconfiglib.KconfigError(
                f"{self.filename}:{self.linenr}: error: this property does not belong here"
            ) from None
        # Kconfig objects keep the last file's readline, which cannot be pickled.
        self._readline = None
        self._surroundings = None

    def load_text(self, config: str) -> None:
        """Replace all user values by those of a `.config` text."""
        self.warnings.clear()
        self._memory = config
        # kconfiglib 14.1.0 keeps the last assignment's selection of a choice that this one
        # only gives m's, and values where modules or second definitions of members change.
        for choice in self.unique_choices:
            choice.user_selection = None
        try:
            self.load_config("<assignment>", replace=True)
        finally:
            self._memory = None
        self._invalidate_all()

    def _finalize_node(self, node: Any, visible_if: Any) -> None:
        """Finalize a node; with `flat_choices` no member of a choice gets a menu of its own.

        kconfiglib puts symbols below the member before them that they depend on, where
        they are members no more. C's `_menu_finalize` did so up to Linux 6.10.
        """
        if self.dialect.flat_choices and node.item.__class__ is kconfiglib.Symbol:
            above = node.parent
            while above and above.item is None:  # an `if`
                above = above.parent
            if above and above.item.__class__ is kconfiglib.Choice:
                self._add_props_to_sym(node)
                return
        super()._finalize_node(node, visible_if)

    def _open(self, filename: str, mode: str) -> Any:
        if mode != "r":
            return super()._open(filename, mode)
        text = self.generated.text(filename)
        if text is not None:
            return io.StringIO(text)
        # Read whole: kconfiglib leaves a file open where it stops at an error.
        try:
            with super()._open(filename, mode) as stream:
                return io.StringIO(stream.read())
        except UnicodeDecodeError:
            raise InputError(not_utf8(filename)) from None

    def _open_config(self, filename: str) -> Any:
        if self._memory is not None:
            return io.StringIO(self._memory)
        return super()._open_config(filename)

    def _expand_str(self, s: str, i: int) -> Any:
        self._is_quoted = True
        try:
            return super()._expand_str(s, i)
        finally:
            self._is_quoted = False

    def _fn_val(self, args: list[str]) -> str:
        if self._dollars is Dollars.NAMES:
            return f"$({','.join(args)})"
        if args[0] == "shell" and args[0] not in self.variables:
            here = Location(self.path_of(self.filename), self.linenr)
            command = ",".join(args[1:])
            around = self._surroundings or Surroundings()
            if (answer := around.answers(command)) is not None:
                return answer
            self.recorded.shell.append(ShellCommand(command, here, self._shell_allowed))
            if not self._shell_allowed:
                return "" if self._is_quoted else "n"
            if around.runs_in_root:
                command = f"cd {shlex.quote(self.srctree)} && {{ {command}\n}}"
                return str(super()._fn_val([args[0], command]))
        if args[0] not in self.variables and args[0] not in self._functions:
            around = self._surroundings or Surroundings()
            if (answer := around.functions(args)) is not None:
                return answer
        self._need(args[0])
        return str(super()._fn_val(args))

    def expand_names(self, text: str) -> str:
        """Return a quoted text with what `$NAME` and `${NAME}` in it stand for."""
        keyword = self._line.split()[0]
        if self._dollars is Dollars.KCONFIGLIB:
            for name in _VARIABLE.findall(text):  # what is not set stays as it is
                if name in os.environ or keyword.endswith("source"):
                    self._need(name)
            return os.path.expandvars(text)
        if self._dollars is Dollars.NAMES and keyword in ("source", "mainmenu"):
            return _VARIABLE.sub(lambda match: self._value_of(match[1]), text)
        return text

    def _value_of(self, name: str) -> str:
        """Return what a symbol is worth that was just read, "" if nothing gives it a value."""
        symbol = self.syms.get(name)
        if symbol is not None and symbol.env_var is not None:
            self._need(symbol.env_var)
            return os.environ.get(symbol.env_var, "")
        values = [value for value, _ in symbol.defaults] if symbol is not None else []
        if values and isinstance(values[0], kconfiglib.Symbol):
            return str(values[0].name)
        self._need(name)
        return ""

    def _need(self, name: str) -> None:
        """Remember a variable that is read, and that nothing sets it.

        `$(1)` is an argument that was left out.
        """
        known = name in self.variables or name in self._functions or name in os.environ
        if name in os.environ:
            self.env_vars.add(name)
        if not known and not name.isdigit():
            self.unset.add(name, Location(self.path_of(self.filename), self.linenr))

    def _tokenize(self, s: str) -> Any:
        words = s.split("#", 1)[0].split()
        if words == ["transitional"]:
            self.recorded.transitional.add(self._owner)
            return (None,)
        tokens = super()._tokenize(s)
        first = tokens[0]
        if first is kconfiglib._T_OPTION and tokens[1] is kconfiglib._T_ENV:
            self._need(str(tokens[3]))
        if first is kconfiglib._T_MODULES:
            return [kconfiglib._T_OPTION, *tokens]
        if first in (
            kconfiglib._T_CONFIG,
            kconfiglib._T_MENUCONFIG,
            kconfiglib._T_MENU,
            kconfiglib._T_CHOICE,
            kconfiglib._T_COMMENT,
        ):
            self._owner = (self.filename, self.linenr)
        elif first is kconfiglib._T_IF:
            self._record(s, "if", (self.filename, self.linenr))
        elif first is kconfiglib._T_DEPENDS:
            self._record(s, "on", self._owner)
            if kconfiglib._T_IF in tokens:
                return _without_if(tokens)
        return tokens

    def _record(self, line: str, keyword: str, owner: tuple[str, int]) -> None:
        match = re.search(rf"\b{keyword}\b\s*", line)
        if match:
            place = Location(self.path_of(self.filename), self.linenr, match.end() + 1)
            text = line[match.end() :].split(" #", 1)[0].strip()
            self.recorded.clauses.setdefault(owner, []).append(Clause(text, place))

    def path_of(self, filename: str) -> str:
        """Return the path on disk of a file name as kconfiglib prints it."""
        return os.path.join(self.srctree, filename)


def read(
    path: Path,
    *,
    environment: Mapping[str, str],
    prefix: str,
    shell: bool,
    dialect: Dialect = KCONFIGLIB,
    generated: Generated | None = None,
    surroundings: Surroundings | None = None,
) -> Reader:
    """Parse a Kconfig tree.

    Args:
        path: the entry file; its folder is `$(srctree)` unless the environment says otherwise.
        environment: variables the tree sees on top of the process's own.
        prefix: what stands before a symbol's name in a `.config`.
        shell: whether `$(shell ...)` may run; refused ones give what a failed probe
            gives: n, and nothing within quotes.
        dialect: whose rule of `imply` the symbols follow.
        generated: files that are read as if they were there.
        surroundings: how such a tree's own tool would read it.

    Raises:
        InputError: a file is missing, is not UTF-8, or breaks the language's rules.
        MissingError: the installed kconfiglib is not one that this module knows.
    """
    _require_kconfiglib()
    if not path.is_file():
        raise InputError(
            Diagnostic(
                message="no Kconfig file here",
                code="no-kconfig",
                location=Location(str(path)),
                hint="name the entry file with --kconfig FILE",
            )
        )
    srctree = Path(environment.get("srctree", path.parent)).resolve()
    entry = os.path.relpath(path.resolve(), srctree)
    scoped = {**environment, "srctree": str(srctree), "CONFIG_": prefix}
    texts, needed, around = generated or Generated(), Unset(), surroundings or Surroundings()
    with _PARSE_LOCK, _environment(scoped), texts.in_globs(), _own_expandvars():
        try:
            return deep(
                lambda: Reader(
                    entry,
                    shell=shell,
                    dialect=dialect,
                    generated=texts,
                    unset=needed,
                    surroundings=around,
                )
            )
        except (kconfiglib.KconfigError, OSError) as error:
            raise _translated(str(error), srctree, entry, around, needed) from None


def deep(call: Callable[[], _Result]) -> _Result:
    """Return `call()`, run with a stack deep enough for chained dependencies.

    kconfiglib recurses once per link of a chain of dependencies and gives up
    after some 250; a thread with a large stack (only touched pages cost memory)
    takes more than 10,000.

    Raises:
        InputError: it does not end there either: symbols depend on themselves
            through a choice, which kconfiglib's own check misses [dependency-loop].
    """
    outcome: list[_Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # handed to the caller's thread below
            failure.append(error)

    limit = sys.getrecursionlimit()
    size = threading.stack_size(_STACK_BYTES)
    try:
        sys.setrecursionlimit(max(limit, _DEEP_RECURSION))
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if failure and isinstance(failure[0], RecursionError):
        raise InputError(
            Diagnostic(
                message="a dependency loop that kconfiglib does not see, or one too deep to follow",
                code="dependency-loop",
                hint="look for members of a choice that depend on members of the same choice",
            )
        )
    if failure:
        raise failure[0]
    return outcome[0]


@contextmanager
def _environment(scoped: Mapping[str, str]) -> Iterator[None]:
    """Set `os.environ` for the parse; drop what would change outputs from outside."""
    before = dict(os.environ)
    for name in ("KCONFIG_CONFIG_HEADER", "KCONFIG_AUTOHEADER_HEADER", "KCONFIG_STRICT"):
        os.environ.pop(name, None)
    os.environ.update(scoped)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _own_expandvars() -> Iterator[None]:
    """Let the Reader that parses decide what `$NAME` is; kconfiglib asks its own module."""
    before = kconfiglib.expandvars
    readers: list[Reader] = _PARSING
    kconfiglib.expandvars = lambda text: readers[-1].expand_names(text)
    try:
        yield
    finally:
        kconfiglib.expandvars = before
        readers.clear()


def _require_kconfiglib() -> None:
    if not hasattr(kconfiglib, "VERSION"):
        raise MissingError(
            Diagnostic(
                message="the kconfiglib here is that of esp-idf-kconfig, which hides the real one",
                code="no-kconfiglib",
                hint="use a virtual environment without esp-idf-kconfig",
            )
        )
    lost = [name for name in _PRIVATE if not hasattr(kconfiglib, name)]
    if lost or not hasattr(kconfiglib.Kconfig, "_tokenize"):
        raise MissingError(
            Diagnostic(
                message=f"kconfiglib {kconfiglib.VERSION} is built otherwise than 14.1.0 "
                f"(no {', '.join(lost) or '_tokenize'})",
                code="no-kconfiglib",
                hint="pip install kconfiglib==14.1.0",
            )
        )


def _without_if(tokens: list[Any]) -> list[Any]:
    """Turn the tokens of `depends on A if B` into those of `depends on (A) || !(B)`."""
    at = tokens.index(kconfiglib._T_IF)
    opened, closed = kconfiglib._T_OPEN_PAREN, kconfiglib._T_CLOSE_PAREN
    return [
        *tokens[:2],
        opened,
        *tokens[2:at],
        closed,
        kconfiglib._T_OR,
        kconfiglib._T_NOT,
        opened,
        *tokens[at + 1 : -1],
        closed,
        None,
    ]


_PLACED = re.compile(r"\n?(?P<path>[^:\n]+):(?P<line>\d+): (?:error: )?(?P<what>.*)", re.DOTALL)
_LOOPED = re.compile(
    r"^(?:\.\.\.depends on (?:the choice symbol )?)?"
    r"(?P<name>\S+) \(defined at (?P<path>[^:\n]+):(?P<line>\d+)",
    re.MULTILINE,
)


def _translated(
    message: str, srctree: Path, entry: str, around: Surroundings, needed: Unset
) -> KvariantError:
    """Turn kconfiglib's text into a diagnostic with a place and a code."""
    if "Dependency loop" in message:
        return _loop(message, srctree)
    if unclosed := re.search(r"expected '(end\w+)' at end of '(.+)'", message):
        return _unclosed(unclosed[1], srctree / unclosed[2])
    match = _PLACED.match(message)
    if not match:
        text = message.strip().removeprefix("error: ")
        return InputError(
            Diagnostic(message=text, code="kconfig", location=Location(str(srctree / entry)))
        )
    path, line = str(srctree / match["path"]), int(match["line"])
    what, code = match["what"].strip(), "kconfig-syntax"
    hint = unset.hint(needed.behind(path, line))
    if missing := re.match(r"'(?P<name>.*?)' not found", what):
        what, code = f"the sourced file {missing['name']!r} does not exist", "missing-source"
        if around.needs:
            hint = around.needs
        elif around.writes:
            hint = f"the tree's own build writes such files: {around.writes}"
        elif not needed.at(path, line):
            hint = f"it is looked for under {displayed(srctree)}/ (--env srctree=DIR names another)"
    elif is_a_directory := re.match(r"Could not open '.*?' \(in '(?P<line>.*)'\) \(EISDIR", what):
        what, code = f"{is_a_directory['line']} names a folder, not a file", "missing-source"
    elif "recursive 'source'" in what:
        what, code = what.split(" detected")[0], "source-cycle"
    elif parsed := re.match(r"couldn't parse '.*?': (?P<why>.*)", what, re.DOTALL):
        what = parsed["why"]
    return InputError(
        Diagnostic(
            message=what.splitlines()[0],
            code=code,
            location=Location(path, line),
            excerpt=source_line(path, line),
            hint=hint,
        )
    )


def _loop(message: str, srctree: Path) -> InputError:
    found = [
        (m["name"], Location(str(srctree / m["path"]), int(m["line"])))
        for m in _LOOPED.finditer(message)
    ]
    loop = list(dict.fromkeys(found))
    # kconfiglib walks sets: start at the first place so that equal input gives equal text.
    start = loop.index(min(loop, key=lambda item: (item[1].path, item[1].line)))
    loop = loop[start:] + loop[:start]
    names = [name for name, _ in loop]
    return InputError(
        Diagnostic(
            message=f"dependency loop: {' -> '.join([*names, names[0]])}",
            code="dependency-loop",
            location=loop[0][1],
            notes=tuple(Note(f"{name} is part of the loop", place) for name, place in loop[1:]),
            hint="conditions on a select or default do not break a loop; remove one of the edges",
        )
    )


def _unclosed(word: str, path: Path) -> InputError:
    """Return the error for a block that is still open at a file's end, at its last line."""
    last = len(path.read_text(encoding="utf-8").splitlines())
    return InputError(
        Diagnostic(
            message=f"expected {word!r} before the end of the file",
            code="kconfig-syntax",
            location=Location(str(path), last),
            excerpt=source_line(path, last),
            hint=f"each {word.removeprefix('end')!r} of this file needs one",
        )
    )
