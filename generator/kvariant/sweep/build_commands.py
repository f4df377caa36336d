# SPDX-License-Identifier: MIT
"""What a step does beside compiling: nothing, or what it reads nobody knows.

A step only builds if every program that it names is one of those that builds consist of: in its
command and the shell scripts of the project that it runs and, where it is not known how the
tree's makefiles build, in these.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import InputError
from kvariant.presence.sources import HEADERS, SOURCES, SourceFiles
from kvariant.regular_file import read_text
from kvariant.sweep.documents import without_comment

if TYPE_CHECKING:
    from kvariant.steps.step import Step

BUILDERS = frozenset(
    """
    make gmake ninja cmake cc c99 gcc g++ c++ cpp clang clang++ ld ld.bfd ld.gold ld.lld ar as
    ranlib strip objcopy nm size ccache distcc sh bash dash env nice time timeout test [ true false
    echo printf mkdir rmdir rm cp mv ln touch install cd pwd exit set nproc uname sleep depend all
    clean
    """.split()  # noqa: SIM905  a list of words is read as such
)
"""Programs, and targets named like programs, that build what they are given to compile."""
_TOOL = re.compile(
    r"(?:[\w.]+-)+(?:gcc|g\+\+|cc|cpp|clang|ld|ar|as|strip|objcopy|nm|ranlib)(?:-[\d.]+)?"
    r"|(?:gcc|g\+\+|clang|cpp)-[\d.]+"
)
_WORD = re.compile(r"[\w.+/\[-]*[\w+\[]")
_FUNCTION = re.compile(r"\$[({]\w+\s")
"""A function of make, or a variable with something behind it."""
_GIVEN = re.compile(r"-[DU]\s*[\"']?(\w*\$?)")
"""A macro of a command line; one whose name is made up has a $ behind."""
_FLAGS = (
    "CFLAGS",
    "CPPFLAGS",
    "KCFLAGS",
    "KCPPFLAGS",
    "EXTRA_CFLAGS",
    "CONFIG_CFLAGS",
    "MAKEFLAGS",
)
"""Variables that builds take from the environment."""
_SCRIPT = re.compile(r"#!\s*\S*/(?:env\s+)?(?:sh|bash|dash)\b")


def doubt(
    step: Step,
    environment: Mapping[str, str],
    root: Path,
    sources: SourceFiles,
    programs: Collection[str],
) -> str:
    """Return why nobody knows what a step reads; "": it builds, and nothing else.

    Args:
        root: the project's folder, in which it runs.
        programs: the names of all programs of the PATH.
    """
    inherited = (os.environ.get(name, "") for name in _FLAGS)
    given = "\n".join((text_of(step), *environment.values(), *inherited))
    texts: dict[str, str] = {"its command": given}
    due = [text_of(step)]
    while due:
        for script in _scripts(due.pop(), root):
            name = os.path.relpath(script, root)
            if name in texts:
                continue
            text = read(script)
            if text is None or not (_SCRIPT.match(text) or name.endswith(".sh")):
                return f"{name} is a program that may read anything"
            texts[name] = text
            due.append(text)
    if not is_known(sources):
        texts |= dict(_makefiles(sources.root))
    for name, text in texts.items():
        for word in _words(text):
            if word in programs and word not in BUILDERS and not _TOOL.fullmatch(word):
                return f"{name} names {word}, which may read anything"
    if _redefined(texts.values(), sources.tree.prefix):
        return "macros of options are given to the compiler"
    return ""


def _redefined(texts: Iterable[str], prefix: str) -> bool:
    named = [name for text in texts for name in _GIVEN.findall(text)]
    return any(
        n.startswith(prefix) or (n.endswith("$") and prefix.startswith(n[:-1])) for n in named
    )


def _scripts(text: str, root: Path) -> Iterator[Path]:
    """Yield files of the checkout that a text names, but for those that compilers read."""
    for word in {*re.findall(r"[\w./+-]+", text)}:
        path = root / word
        if word.endswith((*SOURCES, *HEADERS, ".o", ".a", ".mk")) or "akefile" in word:
            continue
        if path.is_file() and not word.startswith("/"):
            yield path


def is_known(sources: SourceFiles) -> bool:
    """Return whether it is known how a tree's makefiles build: its programs are no surprise."""
    return sources.tree.preset.name in ("linux", "u-boot", "busybox")


def text_of(step: Step) -> str:
    """Return what a step names: its command, its environment, its results."""
    command = step.command if isinstance(step.command, str) else " ".join(step.command or ())
    return "\n".join([command, *step.env.values(), *([step.results.path] if step.results else [])])


def _words(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        plain = _FUNCTION.sub(lambda m: m[0] if "shell" in m[0] else " ", without_comment(line))
        for word in _WORD.findall(plain):
            yield word.rpartition("/")[2]


def _makefiles(root: Path) -> Iterator[tuple[str, str]]:
    for folder, folders, names in os.walk(root):
        folders[:] = [n for n in folders if not n.startswith(".")]
        for name in names:
            if re.fullmatch(
                r"(?:GNU)?[Mm]akefile.*|Kbuild.*|.*\.mk|CMakeLists\.txt|.*\.cmake|meson\.build",
                name,
            ):
                text = read(Path(folder, name))
                if text is not None:
                    yield os.path.relpath(os.path.join(folder, name), root), text


def read(path: Path) -> str | None:
    """Return a file's text, None where there is none to be had."""
    try:
        return read_text(path)
    except (OSError, ValueError, InputError):
        return None
