# SPDX-License-Identifier: MIT
"""Fragments: `.config` syntax that asks for values, possibly building on others.

    # One line that says what this variant is.
    #include "base.config"
    #include <configs/board.config>        as U-Boot's build finds it, see `include_path`
    CONFIG_SWAP=y
    # CONFIG_SHMEM is not set
    # kvariant: allow-dropped CONFIG_FAX because the module is end of life

Every other Kconfig tool reads the lines that only we know as comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    Note,
    did_you_mean,
    displayed,
    is_quotable,
    os_error,
    quote_named,
    source_line,
)
from kvariant.kconfig.include_path import NOWHERE, IncludePath
from kvariant.kconfig.presets.zephyr_scenarios import (
    NO_PLATFORM,
    Platform,
    Scenario,
    is_scenario,
    scenario_of,
)
from kvariant.kconfig.syntax.encoding import has_undecoded, readable
from kvariant.kconfig.variant_names import variant_name, variant_names
from kvariant.regular_file import require_readable

_REPEATED = "# Deprecated options for backward compatibility"
_REPEATED_END = "# End of deprecated options"
"""What esp-idf-kconfig writes around them (docs/en/kconfiglib/deprecated-options.rst)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One asked-for value."""

    symbol: str
    value: str
    """n, m, y, a number as written, or a string without its quotes: what was meant.

    What a tree's tool makes of it depends on the symbol's type, see `judged_requests`.
    """
    location: Location | None = None
    line: str = ""
    """The source line, for diagnostics."""
    is_unset: bool = False
    """Written as `# CONFIG_X is not set`."""
    raw: str | None = None
    """All that stands behind the `=` or behind `is not set`; None: no line asked for it."""
    refused: str = ""
    """Why the tree's tool does not take the line, "" where it does or was not asked."""
    hint: str = ""
    """What to write instead of a refused line."""


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


def read_fragment(
    path: Path,
    prefix: str = "CONFIG_",
    *,
    root: Path | None = None,
    include_path: IncludePath = NOWHERE,
    platform: Platform = NO_PLATFORM,
    text: str | None = None,
) -> Fragment:
    """Read a fragment and everything it includes.

    Args:
        path: the file, or a scenario below the one that lists it (`zephyr_scenarios`).
        root: the folder that its name is looked for below (`variant_names`).
        include_path: where included files are looked for that are not beside the includer.
        platform: the board that a scenario is read for.
        text: what is taken for the file's own text; it is called as the file is, whatever that is.

    Raises:
        InputError: a file is missing, a line is neither an assignment nor a comment, a
            value is not UTF-8, a name has no prefix, files include each other, or the
            file's name cannot name a variant.
    """
    name = variant_name(path, root) if text is None else path.name
    return _read(path, name, prefix, include_path, platform, text)


def read_fragments(
    paths: Sequence[Path],
    prefix: str = "CONFIG_",
    *,
    root: Path | None = None,
    names: Sequence[str] = (),
    include_path: IncludePath = NOWHERE,
    platform: Platform = NO_PLATFORM,
) -> tuple[Fragment, ...]:
    """Read fragments, each with a name of its own.

    Args:
        root: the folder that their names are looked for below (`variant_names`).
        names: their names, where they are known.
        include_path, platform: as `read_fragment` takes them.

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
            fragments.append(_read(path, name, prefix, include_path, platform))
        except InputError as error:
            errors += error.diagnostics
    if errors:
        raise InputError(*folded(dict.fromkeys(errors)))
    return tuple(fragments)


def _read(
    path: Path,
    name: str,
    prefix: str,
    include_path: IncludePath,
    platform: Platform,
    text: str | None = None,
) -> Fragment:
    quote_named(path)
    reading = _Reading(prefix, path, include_path, text)
    if is_scenario(path):
        reading.scenario(scenario_of(path, platform))
    else:
        reading.file(path, ())
    if reading.errors:
        raise InputError(*folded(reading.errors))
    return Fragment(
        name=name,
        path=path,
        description=_description(readable(reading.text), prefix) if is_quotable(path) else "",
        requests=tuple(reading.requests),
        permissions=tuple(reading.permissions),
        files=tuple(reading.files),
    )


_INCLUDE = re.compile(r'#include\s*(?:"(?P<quoted>[^"\0]+)"|<(?P<angled>[^>\0]+)>)')
_CONDITIONAL = re.compile(r"#(?:if|ifdef|ifndef|elif|else|endif|define|undef)\b")
_STRING = re.compile(r'"((?:[^"\\]+|\\.)*+)"')


def folded(errors: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return errors with those of one kind as one: the first, and the others' places."""
    kinds: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for error in errors:
        kinds.setdefault((error.message, error.code, error.hint), []).append(error)
    return tuple(
        replace(first, notes=(*first.notes, *(Note("the same here", e.location) for e in others)))
        for first, *others in kinds.values()
    )


MOST = 1_000
"""Fragments that one includes; two that each include the next twice would be read for ever."""


class _Reading:
    """The walk over a fragment and its includes."""

    def __init__(
        self, prefix: str, asked: Path, include_path: IncludePath, given: str | None = None
    ) -> None:
        self.requests: list[Request] = []
        self.permissions: list[Permission] = []
        self.files: list[Path] = []
        self.errors: list[Diagnostic] = []
        self.text = ""
        """The text of the file asked for."""
        self._begun = 0
        self._asked = asked
        self._include_path = include_path
        self._given = given
        name = r"(?P<symbol>[A-Za-z0-9_./-]+)"  # OpenWrt has them all
        self._prefix = prefix
        self._set = re.compile(rf"{re.escape(prefix)}{name}=(?P<value>.*)", re.DOTALL)
        self._unset = re.compile(rf"# {re.escape(prefix)}{name} is not set(?P<tail>.*)", re.DOTALL)
        self._permission = re.compile(
            rf"# kvariant: allow-dropped {re.escape(prefix)}{name} because (?P<reason>\S.*)"
        )

    def file(self, path: Path, stack: tuple[Path, ...], at: Location | None = None) -> None:
        resolved = path.resolve()
        self._begun += 1
        if self._begun > MOST:
            if self._begun == MOST + 1:
                self._error(f"more than {MOST:,} fragments are included", "include-cycle", at, "")
            return
        if resolved in stack:
            chain = " -> ".join(p.name for p in (*stack[stack.index(resolved) :], resolved))
            line = source_line(at.path, at.line) if at else ""
            self._error(f"fragments include each other: {chain}", "include-cycle", at, line)
            return
        try:
            text = self._given if path == self._asked else None
            if text is None:
                require_readable(path)
                text = path.read_bytes().decode(errors="surrogateescape")
        except FileNotFoundError:
            self._missing(path, path.name, at)
            return
        except OSError as error:
            raise os_error(error, "cannot read the fragment") from None
        self.text = text if not self.files else self.text
        self.files.append(path)
        is_repeated = False
        for number, written in enumerate(text.split("\n"), 1):
            line = written.removesuffix("\r")
            # Of an sdkconfig: values that are above already, by their old names.
            bare = line.rstrip()
            is_repeated = bare == _REPEATED or (is_repeated and bare != _REPEATED_END)
            if not is_repeated:
                self._line(line, path, number, (*stack, resolved))

    def scenario(self, scenario: Scenario) -> None:
        for path, at in scenario.files:
            self.file(path, (), at)
        self.text = ""  # a file's lead comment is no scenario's
        self.files.append(scenario.path)
        for line in scenario.lines:
            self._line(line, scenario.path, line.line, (scenario.path.resolve(),))

    def _line(self, written: str, path: Path, number: int, stack: tuple[Path, ...]) -> None:
        here = Location(str(path), number, 1)
        if self._include_path.is_preprocessed:
            written = re.sub(r"^[ \t]", "", written)  # as `sed` does behind the preprocessor
        line = written.rstrip()
        if match := self._set.fullmatch(written):
            if has_undecoded(match["value"]):
                self._undecoded(line, here)
                return
            self._assign(match["symbol"], match["value"], here, line)
        elif match := self._unset.fullmatch(written):
            self.requests.append(
                Request(match["symbol"], "n", here, line, is_unset=True, raw=match["tail"])
            )
        elif match := _INCLUDE.fullmatch(line):
            self._include(match["quoted"], match["angled"], path, stack, here, line)
        elif line.startswith("#include"):
            self._error(
                "an include without a quoted name",
                "fragment-syntax",
                here,
                line,
                hint='write #include "base.config"',
            )
        elif self._include_path.is_preprocessed and _CONDITIONAL.match(line):
            self._error(
                "conditional lines and macros are not read here",
                "fragment-syntax",
                here,
                line,
                hint="the tree's build runs the C preprocessor over its configurations; "
                "take the lines out, or hand over what it makes of them",
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
        elif line and not line.lstrip().removeprefix("\ufeff").startswith("#"):
            self._malformed(line, here)

    def _include(
        self,
        quoted: str | None,
        angled: str | None,
        path: Path,
        stack: tuple[Path, ...],
        here: Location,
        line: str,
    ) -> None:
        name = quoted or angled or ""
        places = list(
            self._include_path.candidates(name, path, self._asked, quoted=quoted is not None)
        )
        if found := next(filter(Path.is_file, places), None):
            self.file(found, stack, here)
        elif not places:
            self._error(
                "an include in angle brackets, and this tree's build has no folder for those",
                "fragment-syntax",
                here,
                line,
                hint='a file beside this one is included by #include "base.config"',
            )
        else:
            self._missing(places[0], name, here, line)

    def _missing(self, path: Path, name: str, at: Location | None, line: str = "") -> None:
        hint = did_you_mean(path.name, _siblings(path), "check the name and the folder")
        where = f"in {displayed(path.parent)}" if at else "here"
        if self._include_path.folders and at:
            folders = ", ".join(displayed(folder) for folder in self._include_path.folders)
            hint = f"it is looked for under {folders} too, as the tree's build does"
        self._error(
            f"no fragment {path.name!r} {where}",
            "no-fragment",
            at or Location(str(path)),
            line or (source_line(at.path, at.line) if at else ""),
            hint,
        )

    def _undecoded(self, line: str, here: Location) -> None:
        self._error(
            "a value that is not UTF-8",
            "encoding",
            here,
            readable(line),
            hint="comments may have such bytes, values not: save the file as UTF-8",
        )

    def _assign(self, symbol: str, text: str, here: Location, line: str) -> None:
        meant = text.strip()
        if meant.startswith('"'):
            # Without a closing quote it is for the tree's tool to say what it is.
            match = _STRING.match(meant)
            meant = re.sub(r"\\(.)", r"\1", match[1]) if match else meant
        self.requests.append(Request(symbol, meant, here, line, raw=text))

    def _malformed(self, line: str, here: Location) -> None:
        message = f"{line!r} is neither an assignment nor a comment"
        hint = f"write {self._prefix}X=y or # {self._prefix}X is not set"
        name, equals, value = (part.strip() for part in line.partition("="))
        if line.startswith("\ufeff"):
            message = "a byte order mark, which every tool takes for part of the first line"
            hint = "save the file as UTF-8 without it"
        elif equals and re.fullmatch(r"[A-Za-z0-9_]+", name) and line != f"{name}={value}":
            message = f"{line!r} has blanks that no tool reads"
            named = name if name.startswith(self._prefix) else f"{self._prefix}{name}"
            hint = f"write {named}={value}"
        elif re.fullmatch(r"[A-Za-z0-9_]+=.*", line) and not line.startswith(self._prefix):
            message = f"{line!r} has no {self._prefix} prefix"
            hint = f'write {self._prefix}{line}, or set config-prefix = "" in the project file'
        if not is_quotable(here.path):
            message = "neither an assignment nor a comment, in a file outside the project"
            hint = "what leads there? such files are not quoted"
        self._error(message, "fragment-syntax", here, "", hint=hint)

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
