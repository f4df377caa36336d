# SPDX-License-Identifier: MIT
"""What commands and scripts name: variables of our environment, programs, files.

Not every variable can be in a key: a CI gives each run a number of its own. Those
are that builds commonly go by (CFLAGS), and those that a command or script names.
A variable that only a program reads is said in the step's `env`.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
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

    Other files that they name may well be what they write.
    """
    found = (root / word for text in texts for word in _PATH.findall(text))
    return [path for path in dict.fromkeys(found) if path.is_file() and is_script(path)]


def is_script(path: Path) -> bool:
    """Return whether a file is one that may name variables and programs."""
    if path.suffix in _SCRIPTS or path.name.startswith(_MAKEFILES):
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return False


def _words_of(path: Path) -> frozenset[str]:
    try:
        status = path.stat()
        return _words_in(path, status.st_mtime_ns) if status.st_size <= _LARGEST else frozenset()
    except OSError:
        return frozenset()


@functools.cache
def _words_in(path: Path, _changed: int) -> frozenset[str]:
    return _words(path.read_bytes())


def _words(text: bytes) -> frozenset[str]:
    found = {word.decode() for word in _WORD.findall(text)}
    return frozenset(found).union(*(re.split(r"[.+-]", word) for word in found))
