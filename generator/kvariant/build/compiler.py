# SPDX-License-Identifier: MIT
"""Compilers: finding them, and running them with a time limit."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant.errors import Diagnostic, Location, MissingError

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
    """The first line of `--version`: part of every build's key."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended."""

    command: tuple[str, ...]
    code: int
    """Exit code; negative: ended by that signal."""
    output: str
    """Standard output and error, in the order they came."""
    timed_out: bool = False

    @property
    def is_ok(self) -> bool:
        """Whether the command ended by itself with code 0."""
        return self.code == 0 and not self.timed_out

    @property
    def ending(self) -> str:
        """How the command ended, in words that follow its name."""
        if self.code < 0:
            return f"was ended by signal {-self.code} ({signal.strsignal(-self.code)})"
        return f"ended with exit code {self.code}"


def compilers() -> tuple[Compiler, ...]:
    """Return gcc, and clang where it is installed.

    Raises:
        MissingError: there is no gcc, or one of them does not run [no-tool].
    """
    gcc = _found("gcc", os.environ.get("PATH", ""))
    if gcc is None:
        raise MissingError(
            Diagnostic(
                message="gcc is not on PATH; the C variants need it",
                code="no-tool",
                hint="install gcc (Debian: apt install gcc), or stop before: --step generate",
            )
        )
    clang = _found("clang", os.environ.get("PATH", ""))
    return (gcc, clang) if clang else (gcc,)


def run(
    command: Sequence[str], folder: Path, timeout: float, env: dict[str, str] | None = None
) -> Run:
    """Run a command in a folder; after `timeout` seconds end its whole process group.

    After `end_all()`, which another thread may call, it returns as if killed.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=env,
    )
    _RUNNING.add(process)
    try:
        output, _ = process.communicate(timeout=timeout)
        timed_out = False
    except subprocess.TimeoutExpired:
        timed_out = True
        _end(process)
        output, _ = process.communicate()
    except BaseException:  # Ctrl-C must not leave a compiler behind
        _end(process)
        process.wait()
        raise
    finally:
        _RUNNING.discard(process)
    return Run(tuple(command), process.returncode, output.decode(errors="replace"), timed_out)


def end_all() -> None:
    """End every command that is running: Ctrl-C reaches the main thread alone."""
    for process in [*_RUNNING]:
        _end(process)


_RUNNING: set[subprocess.Popen[bytes]] = set()


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it ended by itself in this moment
        return


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
        raise MissingError(
            Diagnostic(
                message=f"{name} cannot be run: {error.strerror}",
                code="no-tool",
                location=Location(program),
                hint="install it anew, or take its folder from PATH",
            )
        ) from None
    return Compiler(name, program, printed.partition("\n")[0])
