# SPDX-License-Identifier: MIT
"""Parsed trees, kept in the user's cache from one command to the next.

An entry is found by what was asked for (entry file, environment, dialect, ...) and used
only while all that the parse read is as it was:

    Kconfig files, the tool's source      size, inode, times; then the digest of the content
    globs and files that were missing     what they find
    variables that were read, or unset    their values, or that they are still unset
    $(shell ...)                          the programs and files that the command names, and
                                          where they are found; a command with any other
                                          program is run again
    the environment                       all of it, but for what is the session's own

A program is known by its path, inode, size and times, a compiler with the assembler, the
linker and the compiler proper that it calls. What a command reads beside what it names is
not seen, which is why only well-known programs are trusted.

Entries are in `marshal`'s form, which holds no code that could run but is not safe against
bytes that somebody made up: they are read from a folder that belongs to the user and that
nobody else can write to, and are whole by their digest.
`$KVARIANT_CACHE`, `$XDG_CACHE_HOME/kvariant` or `~/.cache/kvariant` is the folder.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import itertools
import json
import marshal
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kconfiglib

from kvariant.kconfig.codec import Decoded, encoded
from kvariant.kconfig.generated import ON_DISK
from kvariant.kconfig.probes import expanded, is_trusted, names_in, stamps_of
from kvariant.kconfig.stamp import digest_of, is_same, stamp_of
from kvariant.regular_file import record_of
from kvariant.whole_file import keep_file, remove_abandoned

if TYPE_CHECKING:
    from kvariant.kconfig.parsed import Parsed

WORTH = 0.25
"""Seconds that a tree takes to be read from which on it is kept."""
LIMIT = 256 * 1024 * 1024
"""Bytes that all entries may have; those that were not used longest go."""

_TICK = 50_000_000
"""Nanoseconds within which two changes of a file may have one time."""
_MAGIC = b"kvariant tree 2\n"
_MAGIC_OF_GLOBS = re.compile(r"[*?\[]")
_OF_SESSION = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TERM|COLUMNS|LINES|COLORTERM|NO_COLOR|WINDOWID|DISPLAY|EDITOR|PAGER|HIST.*"
    r"|SSH_.*|XDG_SESSION.*|DBUS_.*|TMUX.*|STY|PYTEST_.*|VTE_.*|LESS.*|LS_COLORS|PS\d"
)
"""Variables of the environment that no compiler looks at; of all others the values count."""


@dataclass(frozen=True, slots=True)
class Read:
    """All that a parse read, in values that `marshal` knows."""

    files: Mapping[str, tuple[Any, str]]
    """Stamp and digest of every file."""
    globs: Mapping[str, tuple[str, ...]]
    """What every glob found; a name without wildcards is one."""
    variables: Mapping[str, str]
    unset: tuple[str, ...]
    """Names of variables that were referred to and not set."""
    programs: Mapping[str, str | None]
    """Where each word of a command is found as a program; most are none, and stay so."""
    named: Mapping[str, Any]
    """Stamps of what commands name: programs, files, folders."""
    commands: Mapping[str, str]
    """Output of the commands that are run again."""


def folder() -> Path:
    """Return the cache folder; it need not be there."""
    named = os.environ.get("KVARIANT_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return Path(named) if named else Path(base) / "kvariant"


def key_of(*parts: object) -> str:
    """Return the key of what was asked for, and of all that reads a tree."""
    around = sorted((n, t) for n, t in os.environ.items() if not _OF_SESSION.fullmatch(n))
    text = repr((_own_stamp(), sys.version, around, parts))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


@functools.cache
def _own_stamp() -> object:
    """Return what tells one state of the programs that read a tree from another.

    More than the versions of packages, and found faster. Those of this process are loaded: what
    becomes of their files meanwhile is another process's.
    """
    paths = [kconfiglib.__file__]
    for home, _, names in os.walk(os.path.dirname(__file__)):  # noqa: PTH120
        paths += [os.path.join(home, name) for name in names if name.endswith(".py")]
    return [(path, stamp_of(path)) for path in sorted(paths)]


def load(key: str, environment: Mapping[str, str]) -> Parsed | None:
    """Return the tree that is kept for a key, None where there is none or it is not current.

    Args:
        environment: the variables that a parse would see.
    """
    found = load_digested(key, environment)
    return found[0] if found else None


def load_digested(key: str, environment: Mapping[str, str]) -> tuple[Parsed, str, Read] | None:
    """Return the same with the digest of all that is kept of it, and what its parse read."""
    path = _entry(key)
    if path is None:
        return None
    try:
        payload = path.read_bytes()
    except OSError:
        return None
    at = len(_MAGIC)
    head, digest, body = payload[:at], payload[at : at + 32], payload[at + 32 :]
    if head != _MAGIC or hashlib.sha256(body).digest() != digest:
        return None
    try:
        fields, sections = marshal.loads(body)
        read = Read(*fields)
        if not is_current(read, environment):
            return None
        parse = Decoded(sections)
    except (EOFError, ValueError, TypeError, KeyError):  # what bytes of no tree raise
        return None
    with contextlib.suppress(OSError):  # it counts as used when it was written
        os.utime(path)
    return parse, digest.hex(), read


def save(key: str, read: Read, parse: Parsed) -> bool:
    """Keep a tree, and return whether that was possible; why not is nobody's error."""
    path = _entry(key, make=True)
    if path is None:
        return False
    known = tuple(getattr(read, field.name) for field in dataclasses.fields(read))
    body = marshal.dumps((known, encoded(parse)))
    if not _write(path, _MAGIC + hashlib.sha256(body).digest() + body):
        return False
    with contextlib.suppress(OSError):  # then the cache is larger than it need be
        path.with_suffix(".json").unlink(missing_ok=True)
        remove_abandoned(path.parent)
        _shrink(path.parent, path)
    return True


def note(key: str) -> dict[str, Any] | None:
    """Return what was found out about a kept tree, None where nothing was."""
    path = _entry(key)
    if path is None or not path.exists():
        return None
    return record_of(path.with_suffix(".json"))


def save_note(key: str, found: Mapping[str, Any]) -> None:
    """Keep what was found out about a kept tree."""
    path = _entry(key)
    if path is not None and path.exists():
        _write(path.with_suffix(".json"), json.dumps(found).encode())


def is_current(read: Read, environment: Mapping[str, str]) -> bool:
    """Return whether everything that a parse read is as it was."""
    if any(environment.get(name) != value for name, value in read.variables.items()):
        return False
    if any(name in environment for name in read.unset):
        return False
    if any(shutil.which(name) != path for name, path in read.programs.items()):
        return False
    if any(stamp_of(path) != stamp for path, stamp in read.named.items()):
        return False
    if not all(is_same(path, *known) for path, known in read.files.items()):
        return False
    if not all(_is_found(glob, found, read.files) for glob, found in read.globs.items()):
        return False
    return all(_output(text, environment) == output for text, output in read.commands.items())


def _is_found(glob: str, found: tuple[str, ...], files: Mapping[str, Any]) -> bool:
    """Return whether a glob finds what it found; `files` were looked at just before."""
    if found == (glob,) and glob in files and not _MAGIC_OF_GLOBS.search(glob):
        return True  # most are names of files
    return tuple(sorted(ON_DISK(glob))) == found


def read_of(
    files: Iterable[str],
    globs: Mapping[str, Sequence[str]],
    variables: Mapping[str, str],
    unset: Iterable[str],
    probes: Mapping[str, str],
    root: str,
    environment: Mapping[str, str],
    started: int,
) -> Read | None:
    """Return the record of a parse that has just ended, None where a file changed meanwhile.

    Args:
        files: the files that were read.
        probes: output of each `$(shell ...)`, by its command.
        root: where commands name their files from.
        environment: all variables that commands see.
        started: nanoseconds of the clock when the parse began.
    """
    said = {text: expanded(text, environment) for text in probes}
    words = {text: names_in(said[text]) for text in probes}
    names = dict.fromkeys(itertools.chain.from_iterable(words.values()))
    programs = {name: shutil.which(name) for name in names if "/" not in name}
    named = stamps_of(names, root)
    commands = {text: output for text, output in probes.items() if not is_trusted(said[text], root)}
    stamps = {path: stamp_of(path) for path in files}
    if any(stamp is None or max(stamp[1], stamp[3]) > started - _TICK for stamp in stamps.values()):
        return None
    return Read(
        files={path: (stamp, digest_of(path)) for path, stamp in stamps.items()},
        globs={pattern: tuple(found) for pattern, found in globs.items()},
        variables=dict(variables),
        unset=tuple(unset),
        programs=programs,
        named=named,
        commands=commands,
    )


def _output(command: str, environment: Mapping[str, str]) -> str:
    """Run a command as kconfiglib does [`_shell_fn`]."""
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, env=dict(environment)
    )
    return "\n".join(done.stdout.splitlines()).rstrip("\n").replace("\n", " ")


def _entry(key: str, *, make: bool = False) -> Path | None:
    """Return where an entry is or would be, None where nobody may be trusted with it."""
    home = folder()
    try:
        if make:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = home.stat()
    except OSError:
        return None
    is_own = status.st_uid == os.getuid() and not status.st_mode & 0o022
    return home / f"{key}.tree" if is_own else None


def _write(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all, and return which."""
    try:
        keep_file(path, content)
    except OSError:
        return False
    return True


def _shrink(home: Path, newest: Path) -> None:
    """Remove entries that were not used longest until all together are small enough."""
    entries = sorted(home.glob("*.tree"), key=lambda p: p.stat().st_mtime, reverse=True)
    size = 0
    for path in entries:
        size += path.stat().st_size
        if size > LIMIT and path != newest:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
