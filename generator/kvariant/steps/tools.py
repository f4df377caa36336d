# SPDX-License-Identifier: MIT
"""Programs that steps run: which there must be, and what identifies their versions.

What is looked for is what can be known without running anything: the first word
of a command, and what a toolchain's variables name (`CC`, and gcc behind
`CROSS_COMPILE`). A program is identified by its content: asking it for its
version would run what the user did not ask us to run.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from kvariant.digest import bytes_digest
from kvariant.steps.step import Step

_VARIABLES = ("CC", "CXX", "LD", "AS", "AR", "HOSTCC")
_SHELL = """
    ! . : [ alias bg break case cd command continue do done elif else esac eval exec exit export fg
    fi for getopts hash if in jobs kill local printf pwd read readonly return set shift test then
    times trap true false type ulimit umask unalias unset until wait while { }
"""
"""Words that a shell itself knows."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
COMMON = ("make", "ninja", "cc", "gcc", "g++", "clang", "ld", "as", "ar", "python3")
"""What builds commonly run without naming it."""
_WHOLE = 64 * 1024 * 1024
"""Bytes; of larger programs the size and the first part are enough."""


def needed(step: Step, environment: Mapping[str, str], cross: str = "") -> tuple[str, ...]:
    """Return the programs that a step cannot do without, as they are looked up.

    Args:
        step: a step with a command.
        environment: what it sets beyond ours.
        cross: the toolchain's `CROSS_COMPILE`, "" for none.
    """
    found = [*_of_command(step)]
    found += [
        environment[name].split()[0] for name in _VARIABLES if environment.get(name, "").split()
    ]
    if cross and "CC" not in environment and "LLVM" not in environment:
        found.append(f"{cross.split()[-1]}gcc")
    return tuple(dict.fromkeys(found))


def _of_command(step: Step) -> Iterator[str]:
    if isinstance(step.command, str):
        try:
            words = shlex.split(step.command, comments=True)
        except ValueError:  # the shell will say what is wrong with it
            return
        words = words[next((i for i, w in enumerate(words) if not _ASSIGNMENT.match(w)), 0) :]
    else:
        words = list(step.command or ())
    # A file that is named by its path may be what an earlier step makes.
    if words and re.fullmatch(r"[\w.+-]+", words[0]) and words[0] not in _SHELL.split():
        yield words[0]


def is_there(program: str, path: str | None) -> bool:
    """Return whether a program is found in a PATH; None: ours."""
    return shutil.which(program, path=path) is not None


def identity(names: tuple[str, ...], path: str | None) -> str:
    """Return what identifies the versions of programs, and of those builds commonly run.

    Args:
        names: words that may be programs.
        path: a PATH; None: ours.
    """
    there = _programs(os.environ.get("PATH", os.defpath) if path is None else path)
    wanted = (name for name in dict.fromkeys((*names, *COMMON)) if name in there)
    found = ((name, shutil.which(name, path=path)) for name in wanted)
    return "\n".join(f"{name}={digest_of(Path(program))}" for name, program in found if program)


def _programs(path: str) -> frozenset[str]:
    """Return the names in the folders of a PATH."""
    folders = [folder for folder in path.split(os.pathsep) if folder]
    return frozenset().union(*(_names(folder, _changed(folder)) for folder in folders))


@functools.cache
def _names(folder: str, _changed: int) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in os.scandir(folder))
    except OSError:
        return frozenset()


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0


def digest_of(program: Path) -> str:
    """Return the digest of a program, or why it cannot be read."""
    try:
        real = os.path.realpath(program)
        status = Path(real).stat()
        if not stat.S_ISREG(status.st_mode):
            return "(no file)"
        return _content_digest(real, status.st_size, status.st_mtime_ns)
    except OSError as error:
        return f"({error.strerror})"


@functools.cache
def _content_digest(path: str, size: int, _changed: int) -> str:
    with Path(path).open("rb") as stream:
        return f"{size}-{bytes_digest(stream.read(_WHOLE))}"


def with_ccache(environment: Mapping[str, str], state: Path) -> dict[str, str]:
    """Return an environment in which compilers go through ccache, where it is installed.

    Debian, Fedora and Arch keep a folder of compiler names that are ccache. Variants
    are built in folders of their own: without the base folder and with the working
    folder in the hash none would find what another has compiled.
    """
    path = environment.get("PATH", os.defpath)
    folder = next((f for f in _CCACHE if Path(f).is_dir()), None)
    if folder is None or folder in path.split(os.pathsep) or "CCACHE_DISABLE" in environment:
        return dict(environment)
    return {
        "CCACHE_BASEDIR": str(state),
        "CCACHE_NOHASHDIR": "1",
        **environment,
        "PATH": f"{folder}{os.pathsep}{path}",
    }


_CCACHE = ("/usr/lib/ccache", "/usr/lib64/ccache", "/usr/lib/ccache/bin")
