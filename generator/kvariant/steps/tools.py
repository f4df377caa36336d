# SPDX-License-Identifier: MIT
"""Programs that steps run: which there must be, and what identifies their versions.

What is looked for is what can be known without running anything: the programs that
a command cannot do without, and what a toolchain's variables name (`CC`, and gcc
behind `CROSS_COMPILE`) where the command comes to a compiler. A program is
identified by its content: asking it for its version would run what the user did
not ask us to run.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.digest import bytes_digest, short_digest
from kvariant.steps import environment as inheritance
from kvariant.steps.shell_programs import programs_of_text, programs_of_words

if TYPE_CHECKING:
    from kvariant.steps.step import Step

_VARIABLES = ("CC", "CXX", "LD", "AS", "AR", "HOSTCC")
_NAMED = re.compile(rf"(?:\{{env\.|\$\{{?)(?:{'|'.join((*_VARIABLES, 'CROSS_COMPILE'))})\b")
"""A command that names one of the variables, as a placeholder or to the shell."""
_BUILDERS = frozenset({"make", "gmake", "ninja", "cmake", "meson", "scons", "bear"})
_WORD = re.compile(r"[^\s;&|()<>]+")
_FEW_TARGETS = re.compile(
    r"\w*config|\w*clean|mrproper|help|c?tags|TAGS|cscope|--version|-v|--help|-n|--dry-run"
)
"""Arguments with which a build tool compiles nothing."""
COMMON = ("make", "ninja", "cc", "gcc", "g++", "clang", "ld", "as", "ar", "python3")
"""What builds commonly run without naming it."""
_WHOLE = 64 * 1024 * 1024
"""Bytes; of larger programs the size and the first part are enough."""


def needed(
    step: Step, environment: Mapping[str, str], root: Path, made: Sequence[Path] = ()
) -> tuple[str, ...]:
    """Return the programs that a step cannot do without, as they are looked up.

    Args:
        step: a step with a command.
        environment: what it sets beyond ours, `CROSS_COMPILE` of its toolchain with it.
        root: where it runs.
        made: folders in which steps may make programs.
    """
    found = [*_of_command(step)]
    if _comes_to_compiler(step, found, root):
        text = "\n".join(_parts(step))
        found += _of_variables({n: v for n, v in environment.items() if not _sets(text, n)})
    return tuple(name for name in dict.fromkeys(found) if _is_looked_up(name, made))


def named(step: Step, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the programs that a step is known to name: it may do without some."""
    return tuple(dict.fromkeys([*_of_command(step), *_of_variables(environment)]))


def _of_command(step: Step) -> Sequence[str]:
    if isinstance(step.command, str):
        return programs_of_text(step.command)
    return programs_of_words(step.command or ())


def _of_variables(environment: Mapping[str, str]) -> Iterator[str]:
    for name in _VARIABLES:
        if words := environment.get(name, "").split():
            yield words[0]
    cross = environment.get("CROSS_COMPILE", "").split()
    if cross and "CC" not in environment and "LLVM" not in environment:
        yield f"{cross[-1]}gcc"


def _comes_to_compiler(step: Step, programs: Sequence[str], root: Path) -> bool:
    """Return whether a step's command is known to use what its variables name."""
    parts = _parts(step)
    text = "\n".join(parts)
    if _NAMED.search(text):
        return True
    if _BUILDERS & {*programs}:
        targets = [word for word in _WORD.findall(text) if _FEW_TARGETS.fullmatch(word)]
        return not targets
    scripts = inheritance.named_scripts(parts, root)
    return bool({*_VARIABLES, "CROSS_COMPILE"} & inheritance.words("", scripts))


def _parts(step: Step) -> Sequence[str]:
    return [step.command] if isinstance(step.command, str) else list(step.command or ())


def _sets(text: str, name: str) -> bool:
    """Return whether a command gives a variable another value: `make CC=clang`."""
    own = rf"(?!['\"]?(?:\{{env\.|\$\{{?){name}\b)"
    return re.search(rf"(?:^|[\s'\"]){name}={own}", text, re.MULTILINE) is not None


def _is_looked_up(name: str, made: Sequence[Path]) -> bool:
    """Return whether a program must be there before anything runs.

    A relative path may be what an earlier step makes, and so may anything in the tree.
    """
    if "{" in name or name.startswith(("~", "$")):
        return False
    if "/" not in name:
        return True
    return name.startswith("/") and not any(Path(name).is_relative_to(folder) for folder in made)


def is_there(program: str, path: str | None, root: Path) -> bool:
    """Return whether a program is found in a PATH; None: ours.

    Args:
        root: the folder that relative entries are in. An entry with a placeholder may be
            a folder that a step makes: then it counts as found.
    """
    entries = (os.environ.get("PATH", os.defpath) if path is None else path).split(os.pathsep)
    if "{" in "".join(entries):
        return True
    return shutil.which(program, path=os.pathsep.join(str(root / e) for e in entries)) is not None


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


def now() -> Mapping[str, str]:
    """Return the digests of the tools that builds commonly run, by name."""
    lines = identity((), None).splitlines()
    pairs = (line.partition("=") for line in lines)
    return {name: short_digest([text]) for name, _, text in pairs}


def programs_there() -> frozenset[str]:
    """Return the names of all programs of our PATH."""
    return _programs(os.environ.get("PATH", os.defpath))


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
