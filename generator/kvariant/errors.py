# SPDX-License-Identifier: MIT
"""Diagnostics, the exceptions that carry them, and how both print.

    KvariantError                 anything expected that ends a command
    ├── InputError                what the user wrote is wrong          exit 2
    ├── MissingError              a tool, disk space or time is missing exit 3
    └── FailedError               the work was done and did not succeed exit 1

A library function never prints and never exits: it raises one of these or
returns diagnostics. Exceptions that are not a KvariantError are defects of
kvariant itself and keep their traceback.
"""

from __future__ import annotations

import difflib
import enum
import errno
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kvariant.regular_file import require_readable

_DISK = {getattr(errno, f"E{name}") for name in ["NOSPC", "DQUOT", "FBIG", "ROFS"]}
_LIMITS = {
    errno.EMFILE: "ulimit -n says how many files may be open",
    errno.ENFILE: "wait until other programs have ended",
    errno.ENOMEM: "close other programs, or try fewer jobs: -j 1",
    errno.EAGAIN: "ulimit -u says how many processes there may be; -j 1 needs the fewest",
}
"""Failures of the machine, not of what the user wrote: what to do."""


_MOST = 24
"""Notes of one diagnostic that are printed."""
_LINE = 4_000
"""Characters of a line that are printed; a fault may be in one of megabytes."""
_NAME = 1_000
"""Characters that a name may have for which others are looked for that are like it."""


class ExitCode(enum.IntEnum):
    """How a command ended, for the shell."""

    OK = 0
    FAILED = 1
    """Failed, stale, uncovered or incomplete."""
    BAD_INPUT = 2
    MISSING = 3
    """A tool, disk space or time is missing."""
    INTERRUPTED = 130


class Severity(enum.Enum):
    """Errors end a command with a non-zero code, warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; lines and columns count from 1, 0 means unknown."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [one_line(displayed(self.path))]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Note:
    """A second place or fact that explains a diagnostic."""

    text: str
    location: Location | None = None

    def __str__(self) -> str:
        return f"{self.location}: note: {self.text}" if self.location else f"note: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing that is wrong, where it is, and what to do about it."""

    message: str
    code: str
    """Stable short name, printed in brackets: `unknown-symbol`."""
    location: Location | None = None
    excerpt: str = ""
    """The offending source line, without its line end."""
    notes: tuple[Note, ...] = ()
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        head = f"{self.severity.value}: {self.message} [{self.code}]"
        lines = [f"{self.location}: {head}" if self.location else head]
        if self.excerpt.strip() and (not self.location or is_quotable(self.location.path)):
            lines += _pointed(self.excerpt, self.location.column if self.location else 0)
        lines += abridged([str(note) for note in self.notes], "note: {} more rules between these")
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return printable("\n".join(map(_shortened, "\n".join(lines).split("\n"))))

    def as_warning(self) -> Diagnostic:
        """Return the same diagnostic as a warning."""
        return replace(self, severity=Severity.WARNING)

    def to_json(self) -> dict[str, object]:
        """Return the diagnostic as JSON-ready values, empty fields left out."""
        record: dict[str, object] = {
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
        }
        if self.location:
            record |= _location_json(self.location)
        if self.notes:
            record["notes"] = [
                {"text": note.text} | (_location_json(note.location) if note.location else {})
                for note in self.notes
            ]
        if self.hint:
            record["hint"] = self.hint
        return record


class KvariantError(Exception):
    """An expected failure: one or more diagnostics and an exit code."""

    exit_code = ExitCode.FAILED

    def __init__(self, *diagnostics: Diagnostic) -> None:
        self.diagnostics = diagnostics
        super().__init__("\n".join(map(str, diagnostics)))


class InputError(KvariantError):
    """A Kconfig, fragment, template, project file or argument is wrong."""

    exit_code = ExitCode.BAD_INPUT


class MissingError(KvariantError):
    """A tool, an optional package, disk space or time is not there."""

    exit_code = ExitCode.MISSING


class FailedError(KvariantError):
    """The work was done and its result is not what was asked for."""

    exit_code = ExitCode.FAILED


def raise_errors(diagnostics: Iterable[Diagnostic]) -> None:
    """Raise one `InputError` with all diagnostics that are errors, if any."""
    errors = [d for d in diagnostics if d.severity is Severity.ERROR]
    if errors:
        raise InputError(*errors)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` most likely meant, or None.

    Similarity is `difflib`'s ratio over upper-cased names, at least 0.6.
    """
    if len(name) > _NAME:
        return None
    by_key = {candidate.upper(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.upper(), by_key, n=1)
    return by_key[matches[0]] if matches else None


def abridged(lines: Sequence[str], between: str) -> list[str]:
    """Return lines; of more than `_MOST` the first and last few, and how many are between.

    Args:
        between: the line that says so, `{}` for the number.
    """
    if len(lines) <= _MOST:
        return list(lines)
    shown = _MOST // 2
    return [*lines[:shown], between.format(f"{len(lines) - 2 * shown:,}"), *lines[-shown:]]


def _shortened(line: str) -> str:
    """Return a line; of one that is too long the beginning, the end and what is between."""
    if len(line) <= _LINE:
        return line
    shown = _LINE // 4
    return f"{line[:shown]}... ({len(line) - 2 * shown:,} characters) ...{line[-shown:]}"


def did_you_mean(name: str, known: Sequence[str], otherwise: str = "") -> str:
    """Return a hint with the nearest known name, or `otherwise`."""
    match = nearest(name, known)
    return f"did you mean {match}?" if match else otherwise


def displayed(path: str | os.PathLike[str]) -> str:
    """Return a path as people should see it: relative where that is shorter."""
    # A name that is not UTF-8 could not be printed at all.
    text = os.fsencode(path).decode(errors="backslashreplace")
    if not os.path.isabs(text):
        return text
    try:
        relative = os.path.relpath(text)
    except (OSError, ValueError):  # the working folder is gone, or another drive
        return text
    return relative if not relative.startswith("../..") and len(relative) < len(text) else text


_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # OSC and other strings, with what is in them
    r"|[ -/]*[0-~])"
)
_WORD = re.compile(r"[\w.]*")
"""What of an excerpt is marked from its column on."""
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
    # What turns the direction of all that follows, and what some take for the end of a line.
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]"
)


def printable(text: str) -> str:
    """Return a text that can be shown: a terminal must not obey what a file or program says.

    Colours and other escape sequences are taken out; other control characters, but
    not tabs and line feeds, what turns the direction of text, and halves of surrogate
    pairs become U+FFFD.
    """
    text = _ESCAPE.sub("", text) if "\x1b" in text else text
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return a name as it is shown within a line: none may begin another one of ours."""
    return re.sub(r"[\n\t]", "\N{REPLACEMENT CHARACTER}", printable(text))


_quoted_folders: set[str] = set()
"""The folders whose files this process may quote: it grows with what is read, see `quote_from`."""


def quote_from(*folders: str | os.PathLike[str]) -> None:
    """Say that files of folders may be quoted: the project's, the tree's, what somebody named.

    A checkout may have links and includes that lead out of it, to what whoever reads the
    output of a CI job is not to see. What is found there is told by its place alone.
    """
    _quoted_folders.update(os.path.realpath(folder) for folder in folders)


def quote_named(path: str | os.PathLike[str]) -> None:
    """Say that a file is one that somebody named: it may be quoted wherever it is.

    Of one that is named within such a folder, a link may still lead out of it.
    """
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120  no link is followed
    if not _is_below(folder):
        quote_from(folder)


def is_quotable(path: str | os.PathLike[str]) -> bool:
    """Return whether what is in a file may be shown; where nobody has said so, all may."""
    return not _quoted_folders or _is_below(os.path.realpath(path))


def _is_below(path: str) -> bool:
    return any(
        path == folder or path.startswith(f"{folder.rstrip('/')}/") for folder in _quoted_folders
    )


def source_line(path: str | os.PathLike[str], line: int) -> str:
    """Return a line of a file for a diagnostic's excerpt, or "" if it is not to be read."""
    if not is_quotable(path):
        return ""
    try:
        require_readable(path)
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    lines = text.split("\n")  # form feeds and their kind end no line of any tool
    return lines[line - 1] if 0 < line <= len(lines) else ""


def not_utf8(path: str | os.PathLike[str]) -> Diagnostic:
    """Return the error for a file that is not UTF-8, at its first wrong byte."""
    where, found = Location(str(path)), ""
    try:
        require_readable(path)
        Path(path).read_bytes().decode()
    except UnicodeDecodeError as error:
        where = Location(str(path), error.object[: error.start].count(b"\n") + 1)
        found = f": byte 0x{error.object[error.start]:02x}"
    except OSError:  # it cannot be read a second time: the place stays unknown
        pass
    return Diagnostic(
        message=f"not UTF-8 text{found}",
        code="encoding",
        location=where,
        hint="save the file as UTF-8",
    )


def newer_format(found: object, location: Location, then: str = "") -> Diagnostic:
    """Return the error for a file of ours that a newer kvariant has written.

    Args:
        found: the number of its format.
        then: what else there is to do than to upgrade.
    """
    return Diagnostic(
        message=f"format {found} is newer than this kvariant knows",
        code="newer-format",
        location=location,
        hint=f"upgrade kvariant{then}",
    )


def os_error(error: OSError, doing: str) -> KvariantError:
    """Return the KvariantError for a failed file operation.

    Disk-full, quota, file-size and read-only conditions and too many files or processes are
    "missing" (exit 3), everything else (no such file, not permitted, is a folder) is bad input
    (exit 2).
    """
    where = Location(str(error.filename)) if error.filename else None
    reason = error.strerror or str(error)
    message = f"{doing}: {reason}"
    if error.errno in _DISK:
        return MissingError(Diagnostic(message=message, code="disk", location=where))
    if is_of_the_machine(error):
        hint = _LIMITS[error.errno or 0]
        return MissingError(Diagnostic(message=message, code="machine", location=where, hint=hint))
    return InputError(Diagnostic(message=message, code="file", location=where))


def is_of_the_machine(error: OSError) -> bool:
    """Return whether nothing is said of the file itself: there are too many, or no memory."""
    return error.errno in _LIMITS


def _pointed(excerpt: str, column: int) -> list[str]:
    excerpt = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", excerpt.rstrip())  # one for one: columns
    text = excerpt.expandtabs(8)
    body = text.lstrip()
    if not column:
        return [f"    {body}"]
    # The column counts characters of the raw line; tabs widen when shown.
    shown = len(excerpt[: column - 1].expandtabs(8)) - (len(text) - len(body))
    if not 0 <= shown < len(body):
        return [f"    {body}"]
    word = _WORD.match(body, shown + 1)
    width = word.end() - word.start() if word else 0
    return [f"    {body}", "    " + " " * shown + "^" + "~" * width]


def _location_json(location: Location) -> dict[str, object]:
    record: dict[str, object] = {"path": displayed(location.path)}
    if location.line:
        record["line"] = location.line
    if location.column:
        record["column"] = location.column
    return record
