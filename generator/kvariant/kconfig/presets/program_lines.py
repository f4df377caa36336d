# SPDX-License-Identifier: MIT
"""What a program says of itself, asked once in a process while the program is as it was.

A compiler is known by its file. rustup stands for the compiler that its settings and the
`rust-toolchain` files above the current folder choose, so those count as well. What else
stands for a program (ccache, a script) is asked each time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kvariant.kconfig.stamp import stamp_of

_said: dict[tuple[Any, ...], tuple[Any, str]] = {}
"""By command, folder and environment: the state of the files that it followed from, the line."""
_MOST = 64
_WORD = re.compile(r"[a-z+]+")


def first_line(command: Sequence[str]) -> str:
    """Return the first line that a command prints, "" where it is not installed."""
    path = shutil.which(command[0])
    if path is None:
        return ""
    environment = {**os.environ, "LC_ALL": "C"}
    key = (path, *command, os.getcwd(), *sorted(environment.items()))  # noqa: PTH109
    state = [(file, stamp_of(file)) for file in _behind(Path(path))]
    if state and (known := _said.get(key)) and known[0] == state:
        return known[1]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    line = done.stdout.splitlines()[0] if done.stdout else ""
    if state:
        _said[key] = state, line
        while len(_said) > _MOST:
            del _said[next(iter(_said))]
    return line


def _behind(program: Path) -> tuple[str, ...]:
    """Return the files that decide what a program says, none where they are not known."""
    own, real = program.name, Path(os.path.realpath(program))
    if _is_rustup(program):
        return (str(real), *_of_rustup())
    if _WORD.findall(own)[-1:] != _WORD.findall(real.name)[-1:] or _is_script(real):
        return ()
    return (str(program), str(real))


def _is_rustup(program: Path) -> bool:
    """Return whether a program is a link to the rustup beside it, of either kind."""
    try:
        return program.name != "rustup" and program.samefile(program.with_name("rustup"))
    except OSError:
        return False


def _of_rustup() -> Iterator[str]:
    home = Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup")
    yield str(home / "settings.toml")
    toolchains = home / "toolchains"
    yield str(toolchains)
    for toolchain in sorted(toolchains.glob("*")):
        yield from (str(toolchain), str(toolchain / "bin" / "rustc"))
    here = Path.cwd()
    for folder in (here, *here.parents):
        yield from (str(folder / "rust-toolchain"), str(folder / "rust-toolchain.toml"))


def _is_script(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return True
