# SPDX-License-Identifier: MIT
"""Commands that Kconfig files run: which of them say again what they said.

A command says the same while the programs and files that it names are as they were, if all
its programs are known to look at nothing else. `$CC` is the program that the variable names,
and `env NAME=VALUE gcc` is gcc.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kvariant.kconfig.stamp import stamp_of

_NAMED = re.compile(r"[\w./+@%~-]+")
_COMPILER = re.compile(r"(?:.*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-[\d.]+)?")
_TRUSTED = re.compile(
    r"(?:.*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld|ld\.lld|as|nm|ar|objcopy|objdump|readelf)"
    r"(?:-[\d.]+)?|rustc|bindgen|pahole|sh|bash|echo|printf|test|\[|true|false|grep|sed|cut|tr|head"
    r"|tail|cat|wc|sort|expr|command|set|cd|exit|trap|mkdir|rm|mktemp|dirname|basename|:"
)
"""Programs whose output follows from what they are given."""
_RESERVED = frozenset(("{", "}", "!", "if", "then", "else", "elif", "fi", "do", "done", "while"))
_PASSED = _RESERVED | {"env"}
"""Words before the program of a command."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_PLAIN = re.compile(r"[\w./+@%~-][\w./+@%~ -]*")


def names_in(text: str) -> list[str]:
    """Return the words of a command that may be programs or files."""
    return [word for word in _NAMED.findall(text) if not word.startswith("-")]


def expanded(text: str, environment: Mapping[str, str]) -> str:
    """Return a command with the values of the variables that name programs: `$CC -E`.

    A value that is more than plain words stays unknown, and so does a variable that the
    command sets itself.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        known = environment.get(name, "")
        is_own = re.search(rf"\b{name}=|\b(?:read|for|export)\b", text) is not None
        return known if _PLAIN.fullmatch(known) and not is_own else found[0]

    return _VARIABLE.sub(value, text)


def is_trusted(text: str, root: str) -> bool:
    """Return whether all programs of a command are known, or scripts of the tree."""
    return all(
        ("/" in word and Path(root, word).is_file()) or _TRUSTED.fullmatch(Path(word).name)
        for word in _heads(text)
    )


def _heads(text: str) -> Iterator[str]:
    """Yield the first word of each simple command; "" where the text is not understood."""
    words = shlex.shlex(text.replace("\n", ";"), posix=True, punctuation_chars=True)
    words.whitespace_split = True
    words.commenters = ""
    is_first, is_target = True, False
    try:
        for word in words:
            if set(word) <= set("<>&") and set(word) & set("<>"):
                is_target = True  # of a redirection
            elif is_target:
                is_target = False
            elif set(word) <= set(";&|()"):
                is_first = True
            elif word.isdigit() and is_first:
                continue  # 2>&1
            elif is_first and word not in _PASSED and not _ASSIGNMENT.match(word):
                is_first = False
                yield word
    except ValueError:
        yield ""


def stamps_of(names: Iterable[str], root: str) -> dict[str, Any]:
    """Return the stamps of what names name: programs, files, what a compiler calls."""
    found: dict[str, Any] = {}
    for name in names:
        if name.startswith(("/dev/", "/proc/")) or name.strip("./") == "":
            continue
        program = shutil.which(name) if "/" not in name else None
        paths = [program] if program else []
        if "/" in name:
            paths += [name if os.path.isabs(name) else os.path.join(root, name)]
        for path in paths:
            found[path] = stamp_of(path)
            if Path(path).suffix == ".sh" or Path(path).is_dir():  # scripts call their neighbours
                folder_ = path if Path(path).is_dir() else str(Path(path).parent)
                found[folder_] = stamp_of(folder_)
        if program and _COMPILER.fullmatch(Path(name).name):
            for tool in (*_called(program), shutil.which("as"), shutil.which("ld")):
                if tool:
                    found[tool] = stamp_of(tool)
    return found


def _called(compiler: str) -> list[str]:
    """Return the programs that a compiler calls."""
    found = []
    for name in ("cc1", "as", "ld"):
        # No compiler: no such program is read.
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                [compiler, f"-print-prog-name={name}"],
                capture_output=True, text=True, check=False, timeout=10,
            )  # fmt: skip
            path = done.stdout.strip()
            if os.path.isabs(path):
                found.append(path)
    return found
