# SPDX-License-Identifier: MIT
"""Fragments: `.config` syntax that asks for values, possibly building on others.

    # One line that says what this variant is.
    #include "base.config"
    CONFIG_SWAP=y
    # CONFIG_SHMEM is not set
    # kvariant: allow-dropped CONFIG_FAX because the module is end of life

Every other Kconfig tool reads the lines that only we know as comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    did_you_mean,
    displayed,
    not_utf8,
    os_error,
    source_line,
)
from kvariant.kconfig.variant_names import variant_name, variant_names

_REPEATED = "# Deprecated options for backward compatibility"
_REPEATED_END = "# End of deprecated options"
"""What esp-idf-kconfig writes around them (docs/en/kconfiglib/deprecated-options.rst)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One asked-for value."""

    symbol: str
    value: str
    """n, m, y, a number as written, or a string without its quotes."""
    location: Location | None = None
    line: str = ""
    """The source line, for diagnostics."""
    is_unset: bool = False
    """Written as `# CONFIG_X is not set`."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One value that may be dropped, and why."""

    symbol: str
    reason: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A named assignment as its author wrote it."""

    name: str
    path: Path
    description: str
    """The lead comment, one paragraph."""
    requests: tuple[Request, ...]
    """In order; included files first, where their `#include` stands."""
    permissions: tuple[Permission, ...]
    files: tuple[Path, ...]
    """The fragment and all it includes, each once."""

    @property
    def assignment(self) -> Mapping[str, str]:
        """Return the last value asked for each symbol."""
        return {request.symbol: request.value for request in self.requests}


def read_fragment(path: Path, prefix: str = "CONFIG_", *, root: Path | None = None) -> Fragment:
    """Read a fragment and everything it includes.

    Args:
        root: the folder that its name is looked for below (`variant_names`).

    Raises:
        InputError: a file is missing or not UTF-8, a line is neither an
            assignment nor a comment, a name has no prefix, files include each
            other, or the file's name cannot name a variant.
    """
    return _read(path, variant_name(path, root), prefix)


def read_fragments(
    paths: Sequence[Path],
    prefix: str = "CONFIG_",
    *,
    root: Path | None = None,
    names: Sequence[str] = (),
) -> tuple[Fragment, ...]:
    """Read fragments, each with a name of its own.

    Args:
        root: the folder that their names are looked for below (`variant_names`).
        names: their names, where they are known.

    Raises:
        InputError: as `read_fragment`, all files' errors at once, or
            [duplicate-name] where two paths would make one variant.
    """
    fragments: list[Fragment] = []
    errors: list[Diagnostic] = []
    try:
        names = names or variant_names(paths, root)
    except InputError as error:
        errors += error.diagnostics
    for path, name in zip(paths, names or [""] * len(paths), strict=True):
        try:
            fragments.append(_read(path, name, prefix))
        except InputError as error:
            errors += error.diagnostics
    if errors:
        raise InputError(*dict.fromkeys(errors))
    return tuple(fragments)


def _read(path: Path, name: str, prefix: str) -> Fragment:
    reading = _Reading(prefix)
    reading.file(path, ())
    if reading.errors:
        raise InputError(*reading.errors)
    return Fragment(
        name=name,
        path=path,
        description=_description(path.read_text(encoding="utf-8"), prefix),
        requests=tuple(reading.requests),
        permissions=tuple(reading.permissions),
        files=tuple(reading.files),
    )


class _Reading:
    """The walk over a fragment and its includes."""

    def __init__(self, prefix: str) -> None:
        self.requests: list[Request] = []
        self.permissions: list[Permission] = []
        self.files: list[Path] = []
        self.errors: list[Diagnostic] = []
        name = r"(?P<symbol>[A-Za-z0-9_]+)"
        self._prefix = prefix
        self._set = re.compile(rf"{re.escape(prefix)}{name}=(?P<value>.*)")
        self._unset = re.compile(rf"# {re.escape(prefix)}{name} is not set")
        self._permission = re.compile(
            rf"# kvariant: allow-dropped {re.escape(prefix)}{name} because (?P<reason>\S.*)"
        )

    def file(self, path: Path, stack: tuple[Path, ...], at: Location | None = None) -> None:
        resolved = path.resolve()
        if resolved in stack:
            chain = " -> ".join(p.name for p in (*stack[stack.index(resolved) :], resolved))
            line = source_line(at.path, at.line) if at else ""
            self._error(f"fragments include each other: {chain}", "include-cycle", at, line)
            return
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.errors.append(not_utf8(path))
            return
        except FileNotFoundError:
            hint = did_you_mean(path.name, _siblings(path), "check the name and the folder")
            where = f"in {displayed(path.parent)}" if at else "here"
            self._error(
                f"no fragment {path.name!r} {where}",
                "no-fragment",
                at or Location(str(path)),
                source_line(at.path, at.line) if at else "",
                hint,
            )
            return
        except OSError as error:
            raise os_error(error, "cannot read the fragment") from None
        self.files.append(path)
        is_repeated = False
        for number, written in enumerate(text.splitlines(), 1):
            line = written.rstrip()
            # Of an sdkconfig: values that are above already, by their old names.
            is_repeated = line == _REPEATED or (is_repeated and line != _REPEATED_END)
            if not is_repeated:
                self._line(line, path, number, (*stack, resolved))

    def _line(self, line: str, path: Path, number: int, stack: tuple[Path, ...]) -> None:
        here = Location(str(path), number, 1)
        if match := self._set.fullmatch(line):
            self._assign(match["symbol"], match["value"], here, line)
        elif match := self._unset.fullmatch(line):
            self.requests.append(Request(match["symbol"], "n", here, line, is_unset=True))
        elif line.startswith("#include"):
            if match := re.fullmatch(r'#include\s+"([^"\0]+)"', line):
                self.file(path.parent / match[1], stack, here)
            else:
                self._error(
                    "an include without a quoted name",
                    "fragment-syntax",
                    here,
                    line,
                    hint='write #include "base.config"',
                )
        elif line.startswith("# kvariant:"):
            if match := self._permission.fullmatch(line):
                self.permissions.append(Permission(match["symbol"], match["reason"], here))
            else:
                self._error(
                    "unknown kvariant directive",
                    "fragment-syntax",
                    here,
                    line,
                    hint=f"write # kvariant: allow-dropped {self._prefix}X because REASON",
                )
        elif line and not line.lstrip().startswith("#"):
            self._malformed(line, here)

    def _assign(self, symbol: str, text: str, here: Location, line: str) -> None:
        if text.startswith('"'):
            match = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text)
            if not match:
                self._error("unterminated string", "fragment-syntax", here, line)
                return
            text = re.sub(r"\\(.)", r"\1", match[1])
        self.requests.append(Request(symbol, text, here, line))

    def _malformed(self, line: str, here: Location) -> None:
        if re.fullmatch(r"[A-Za-z0-9_]+=.*", line) and not line.startswith(self._prefix):
            self._error(
                f"{line!r} has no {self._prefix} prefix",
                "fragment-syntax",
                here,
                "",
                hint=f'write {self._prefix}{line}, or set config-prefix = "" in the project file',
            )
        else:
            self._error(
                f"{line!r} is neither an assignment nor a comment",
                "fragment-syntax",
                here,
                "",
                hint=f"write {self._prefix}X=y or # {self._prefix}X is not set",
            )

    def _error(
        self, message: str, code: str, at: Location | None, excerpt: str, hint: str = ""
    ) -> None:
        self.errors.append(
            Diagnostic(message=message, code=code, location=at, excerpt=excerpt, hint=hint)
        )


def _siblings(path: Path) -> list[str]:
    folder = path.parent
    return sorted(p.name for p in folder.glob("*.config")) if folder.is_dir() else []


def _description(text: str, prefix: str) -> str:
    """Return the first block of comment lines as one paragraph."""
    words: list[str] = []
    for line in text.splitlines():
        body = line.removeprefix("#").strip()
        if body.startswith("SPDX-License-Identifier"):
            continue
        is_ours = line.startswith(("#include", "# kvariant:")) or f"# {prefix}" in line
        if not line.startswith("#") or is_ours or not body:
            if words:
                break
            continue
        words.append(body)
    return " ".join(words)
