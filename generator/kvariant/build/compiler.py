# SPDX-License-Identifier: MIT
"""Compilers: finding them, and what they are told."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kvariant.digest import file_digest
from kvariant.errors import Diagnostic, Location, MissingError, is_of_the_machine, os_error

FLAGS = (
    "-std=gnu11",
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
    "-Werror",
    "-Wstrict-prototypes",
)


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler on this machine."""

    name: str
    path: str
    version: str
    """The first line of `--version`, and a digest of the program: part of every build's key."""


def compilers(who: str = "the C variants need") -> tuple[Compiler, ...]:
    """Return gcc, and clang where it is installed.

    Args:
        who: in words, with a verb, what needs it.

    Raises:
        MissingError: there is no gcc, or one of them does not run [no-tool].
    """
    gcc = _found("gcc", os.environ.get("PATH", ""))
    if gcc is None:
        raise MissingError(
            Diagnostic(
                message=f"gcc is not on PATH; {who} it",
                code="no-tool",
                hint="install gcc (Debian: apt install gcc), or stop before: --step generate",
            )
        )
    clang = _found("clang", os.environ.get("PATH", ""))
    return (gcc, clang) if clang else (gcc,)


@functools.cache
def _found(name: str, path: str) -> Compiler | None:
    program = shutil.which(name, path=path)
    if program is None:
        return None
    try:
        printed = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except subprocess.TimeoutExpired:
        printed = ""
    except OSError as error:
        if is_of_the_machine(error):
            raise os_error(error, f"cannot run {name}") from None
        raise MissingError(
            Diagnostic(
                message=f"{name} cannot be run: {error.strerror}",
                code="no-tool",
                location=Location(program),
                hint="install it anew, or take its folder from PATH",
            )
        ) from None
    content = file_digest(Path(program))  # a wrapper says what the compiler behind it says
    return Compiler(name, program, f"{printed.partition(chr(10))[0]} {content}")
