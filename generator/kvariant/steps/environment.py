# SPDX-License-Identifier: MIT
"""What commands and scripts name: variables of our environment, programs, files.

Not every variable can be in a key: a CI gives each run a number of its own. Those
are that builds commonly go by (CFLAGS), and those that a command or script names.
A variable that only a program reads is said in the step's `env`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

_BUILDS = (
    "AR ARCH AS ASFLAGS CC CFLAGS COMPILER_PATH CPATH CPLUS_INCLUDE_PATH CPP CPPFLAGS "
    "CROSS_COMPILE CXX CXXFLAGS C_INCLUDE_PATH GCC_EXEC_PREFIX GNUMAKEFLAGS HOSTCC HOSTCFLAGS "
    "KBUILD_CFLAGS KCFLAGS KCPPFLAGS LD LDFLAGS LDLIBS LD_LIBRARY_PATH LD_PRELOAD LIBRARY_PATH "
    "LLVM LLVM_IAS MAKEFILES PKG_CONFIG_PATH PYTHONPATH SOURCE_DATE_EPOCH"
)
_NOISE = ("_", "OLDPWD", "PWD", "SHLVL", "KVARIANT_COMMAND")
"""What differs from shell to shell without a meaning."""
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_.+-]*")
_PATH = re.compile(r"[\w./+-]+")
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile", "Kbuild", "CMakeLists")
_SCRIPTS = (".mk", ".sh", ".py", ".pl", ".awk", ".cmake", ".build", ".toml", ".cfg", ".ini")
_LARGEST = 512 * 1024
"""Bytes; scripts are smaller."""


def words(text: str, scripts: Iterable[Path] = ()) -> frozenset[str]:
    """Return the words of commands, and of files that are scripts: variables and programs.

    Args:
        text: the commands.
        scripts: files; what is too large for one is left out.
    """
    return _words(text.encode(errors="replace")).union(*(_words_of(path) for path in scripts))


def variables(named: Iterable[str]) -> Mapping[str, str]:
    """Return those of our variables that count: what builds go by, and what is named."""
    counting = {*_BUILDS.split(), *named}.difference(_NOISE)
    return {name: value for name, value in sorted(os.environ.items()) if name in counting}


def test_variables(files: Iterable[Path]) -> Iterator[str]:
    """Yield the variables, with values, that tests may go by: pytest's, Python's, named ones."""
    named = words("", files)
    for name, value in sorted(os.environ.items()):
        is_theirs = name.startswith(("PYTEST_", "PYTHON", "HYPOTHESIS_", "CC"))
        if (is_theirs or name in named) and name not in (*_NOISE, "PYTEST_CURRENT_TEST"):
            yield f"{name}={value}"


def named_scripts(texts: Iterable[str], root: Path) -> list[Path]:
    """Return the scripts of a project that commands name, as in `sh tools/build.sh`.

    Other files that they name may well be what they write. A command may go to a
    folder that it names: `cd tools && ./build.sh`.

    Args:
        texts: commands as sh reads them, their placeholders filled.
        root: where they run.
    """
    words = dict.fromkeys(word for text in texts for word in _paths(text))
    folders = [root, *(root / word for word in words if _is(root / word, stat.S_ISDIR))]
    found = dict.fromkeys(folder / word for folder in folders for word in words)
    return [path for path in found if _is(path, stat.S_ISREG) and is_script(path)]


def _paths(text: str) -> Iterator[str]:
    """Yield what may be paths in a text for sh: plain ones anywhere, others where it has words."""
    yield from _PATH.findall(text)
    with contextlib.suppress(ValueError):  # the shell will say what is wrong with it
        yield from shlex.split(text)


def _is(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether a path is of a kind; what cannot be one, a whole script say, is none."""
    try:
        return is_kind(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_script(path: Path) -> bool:
    """Return whether a file is one that may name variables and programs."""
    if path.suffix in _SCRIPTS or path.name.startswith(_MAKEFILES):
        return True
    if not _is(path, stat.S_ISREG):
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False


def _words_of(path: Path) -> frozenset[str]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return frozenset()
        return _words_in(path, status.st_mtime_ns)
    except OSError:
        return frozenset()


@functools.cache
def _words_in(path: Path, _changed: int) -> frozenset[str]:
    return _words(path.read_bytes())


def _words(text: bytes) -> frozenset[str]:
    found = {word.decode() for word in _WORD.findall(text)}
    return frozenset(found).union(*(re.split(r"[.+-]", word) for word in found))
