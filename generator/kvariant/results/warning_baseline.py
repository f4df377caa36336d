# SPDX-License-Identifier: MIT
"""The file of compiler warnings that are known: how many of a kind, in which file, and where.

    # Compiler warnings that are known ...
    format = 1
    matrix = named
    build: src/a.c: -Wunused-variable: 1
    build: src/a.c: -Wunused-variable: 3 if NET && !USB
    build: src/b.c: no flag: 1 if SMP
    build: "a.c:12": -Wformat=: 2

A path that would not be read as it is written stands as a string of JSON: one that ends like
a line number, has a colon before a blank, or begins with a quotation mark.

Of several lines of one kind the largest count holds whose condition holds in a variant: there
may be that many, and fewer. There are no line numbers: an edit above a warning is none of it.
A comment stays with the lines of the kind that it stands above.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    did_you_mean,
    displayed,
    newer_format,
    not_utf8,
    os_error,
    raise_errors,
)
from kvariant.kconfig.expression import ALWAYS, Expression
from kvariant.regular_file import read_text

FORMAT = 1
CODE = "baseline"
NO_FLAG = "no flag"
"""What stands for the flag where a compiler names none."""
_HEAD = (
    "# Compiler warnings that are known: there may be fewer, and no more.\n"
    "# STEP: FILE: FLAG: COUNT if CONDITION; kvariant sweep --update-baseline lowers it.\n"
)
_ENTRY = re.compile(
    rf'(?P<step>[a-z0-9][a-z0-9._-]*): (?P<path>"(?:[^"\\]|\\.)*"|(?!")(?:[^:]|:(?! ))+): '
    rf"(?P<flag>\S+|{NO_FLAG}): "
    r"(?P<count>[1-9][0-9]{0,8})(?: if (?P<condition>\S.*))?"
)
_NUMBERED = re.compile(r":\d+$")
"""How a place ends, and no path that is written as it is."""
_KEY = re.compile(r"(?P<key>[a-z]+) *= *(?P<value>.*)")
_CONFLICT = re.compile(r"(?:<{7}|\|{7}|={7}|>{7})(?: |$)")
LARGEST = 64 * 1024 * 1024
"""Bytes; no larger file is one of ours."""

Kind = tuple[str, str, str]
"""Step, path and flag: what lines of the file have in common that are one kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWarnings:
    """A line of the file: so many warnings of a kind are known where something holds."""

    step: str
    path: str
    flag: str
    """"": the compiler names none."""
    count: int
    where: Expression = ALWAYS
    location: Location | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return self.step, self.path, self.flag

    def __str__(self) -> str:
        condition = "" if self.where == ALWAYS else f" if {self.where}"
        return (
            f"{self.step}: {_written(self.path)}: {self.flag or NO_FLAG}: {self.count}{condition}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningBaseline:
    """What is known."""

    path: Path
    is_there: bool = False
    """Whether there is a file; without one nothing is known."""
    matrix: str = ""
    """The matrix of the sweep that wrote it first."""
    lines: tuple[KnownWarnings, ...] = ()
    comments: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    """Comment lines above the lines of a kind."""

    @classmethod
    def read(cls, path: Path) -> WarningBaseline:
        """Return what a file says; nothing where there is none.

        Raises:
            InputError: a line is none of ours, or a merge has left its marks [baseline], or it
                is of a newer format [newer-format], or a link that leads nowhere [baseline].
        """
        try:
            if path.is_file() and path.stat().st_size > LARGEST:
                message = f"larger than {LARGEST >> 20} MB: this is no baseline of warnings"
                raise InputError(Diagnostic(message=message, code=CODE, location=_at(path)))
            text = read_text(path)
        except FileNotFoundError:
            if path.is_symlink():
                raise InputError(_dangling(path)) from None
            return cls(path=path)
        except UnicodeDecodeError:
            raise InputError(not_utf8(displayed(path))) from None
        except OSError as error:
            raise os_error(error, "cannot read the baseline") from None
        return _BaselineReader(path).read(text)

    @property
    def by_kind(self) -> Mapping[Kind, Sequence[KnownWarnings]]:
        """The lines of each kind."""
        found: dict[Kind, list[KnownWarnings]] = {}
        for line in self.lines:
            found.setdefault(line.kind, []).append(line)
        return found

    def with_lines(self, lines: Iterable[KnownWarnings]) -> WarningBaseline:
        """Return it with other lines."""
        return replace(self, lines=tuple(lines))

    def text(self) -> str:
        """Return the file's text: the same for the same lines, in whatever order they come."""
        parts = [_HEAD, f"format = {FORMAT}\n", f"matrix = {self.matrix}\n" if self.matrix else ""]
        seen: set[Kind] = set()
        for line in sorted(set(self.lines), key=_order):
            if line.kind not in seen:
                seen.add(line.kind)
                parts += (f"{comment}\n" for comment in self.comments.get(line.kind, ()))
            parts.append(f"{line}\n")
        return "".join(parts)


def _dangling(path: Path) -> Diagnostic:
    return Diagnostic(
        message=f"a symbolic link to {path.readlink()}, which is not there",
        code=CODE,
        location=_at(path),
        hint=f"make the file that it leads to, or remove the link: rm {shlex.quote(str(path))}",
    )


def _written(path: str) -> str:
    """Return a path as a line of the file has it."""
    is_plain = (
        path.isprintable()
        and path == path.strip()
        and ": " not in path
        and not path.startswith('"')
        and not path.endswith(":")
        and not _NUMBERED.search(path)
    )
    return path if is_plain else json.dumps(path, ensure_ascii=False)


def _read_path(text: str) -> str | None:
    """Return the path that a line has, None where it is none."""
    if not text.startswith('"'):
        return None if _NUMBERED.search(text) else text
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, str) and found else None


def known_count(lines: Iterable[KnownWarnings], holds: Callable[[Expression], bool]) -> int:
    """Return how many warnings of a kind are known where some conditions hold."""
    return max((line.count for line in lines if holds(line.where)), default=0)


def _order(line: KnownWarnings) -> tuple[str, str, str, int, str]:
    return (line.step, line.path, line.flag or NO_FLAG, line.count, str(line.where))


def _at(path: Path, number: int = 0) -> Location:
    return Location(displayed(path), number) if number else Location(displayed(path))


class _BaselineReader:
    """Reads one file, collecting what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._errors: list[Diagnostic] = []
        self._keys: dict[str, str] = {}

    def read(self, text: str) -> WarningBaseline:
        lines: list[KnownWarnings] = []
        comments: dict[Kind, tuple[str, ...]] = {}
        above: list[str] = []
        text = text.removeprefix("\ufeff")  # as other systems begin a text
        for number, line in enumerate(text.split("\n"), 1):
            line = line.rstrip("\r\t ")
            if line.startswith("#"):
                above.append(line)
            elif not line:
                above.clear()
            elif found := self._line(line, number, is_first=not lines):
                lines.append(found)
                if above:
                    comments.setdefault(found.kind, tuple(above))
                above.clear()
            else:
                above.clear()
            if self._is_newer:
                break
        if not self._errors and "format" not in self._keys:
            self._error(1, "it does not say its format", f'its first line is "format = {FORMAT}"')
        raise_errors(self._errors)
        return WarningBaseline(
            path=self._path,
            is_there=True,
            matrix=self._keys.get("matrix", ""),
            lines=tuple(lines),
            comments=comments,
        )

    @property
    def _is_newer(self) -> bool:
        return any(error.code == "newer-format" for error in self._errors)

    def _line(self, line: str, number: int, *, is_first: bool) -> KnownWarnings | None:
        """Return what a line knows; None: it is another one, or wrong."""
        if _CONFLICT.match(line):
            hint = "keep the lines of both sides, then kvariant sweep --update-baseline lowers them"
            self._error(number, "a merge has left its marks here", hint, line)
            return None
        if (key := _KEY.fullmatch(line)) and is_first:
            self._key(key["key"], key["value"].strip(), number, line)
            return None
        match = _ENTRY.fullmatch(line)
        path = _read_path(match["path"]) if match else None
        if match is None or path is None:
            hint = "a line is STEP: FILE: FLAG: COUNT if CONDITION, such as "
            hint += "build: src/a.c: -Wunused-variable: 2 if NET"
            self._error(number, "this is no line of a baseline of warnings", hint, line)
            return None
        where: Expression = ALWAYS
        location = _at(self._path, number)
        if match["condition"]:
            try:
                where = Expression.parse(match["condition"], location)
            except InputError as error:
                self._errors += (replace(one, excerpt=line) for one in error.diagnostics)
                return None
        return KnownWarnings(
            step=match["step"],
            path=path,
            flag="" if match["flag"] == NO_FLAG else match["flag"],
            count=int(match["count"]),
            where=where,
            location=location,
        )

    def _key(self, key: str, value: str, number: int, line: str) -> None:
        if key in self._keys:
            self._error(number, f"{key} is said twice", "keep one of the lines", line)
        elif key not in ("format", "matrix"):
            hint = did_you_mean(key, ("format", "matrix"), "known keys: format, matrix")
            self._error(number, f"unknown key {key!r}", hint, line)
        elif key == "format" and value.isdecimal() and int(value) > FORMAT:
            self._errors.append(newer_format(value, _at(self._path, number)))
        elif key == "format" and value != str(FORMAT):
            self._error(number, f"format {value!r} is none", f"write format = {FORMAT}", line)
        self._keys[key] = value

    def _error(self, number: int, message: str, hint: str, line: str = "") -> None:
        self._errors.append(
            Diagnostic(
                message=message, code=CODE, location=_at(self._path, number), excerpt=line,
                hint=hint,
            )
        )  # fmt: skip
