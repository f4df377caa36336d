# SPDX-License-Identifier: MIT
"""The blocks of a page: what it says is typed and printed, and whether that is so.

    ```console             what stands after $ is typed, the lines below are printed
    $ kvariant space
    ...                    lines that are not shown
    ```
    ```kconfig             a file; its name is the caller's

Times and how much was saved differ from run to run, and are compared as `T`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MORE = "..."
"""A line that stands for any number of lines; at the end of a line, for the rest of it."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str

    @property
    def runs(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What is typed, and the lines that are printed."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, *lines = part.rstrip("\n").split("\n")
            while command.endswith("\\"):
                command = f"{command[:-1]}{lines.pop(0).lstrip('> ')}"
            yield command, tuple(lines)


def blocks(page: Path) -> tuple[Block, ...]:
    """Return the blocks of a page, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return tuple(Block(language, text) for language, text in found)


def typed(command: str, folder: Path, more: Mapping[str, str] = {}) -> list[str]:
    """Return the lines that a command prints in a terminal, `kvariant` being ours."""
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    program = programs / "kvariant"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m kvariant "$@"\n')
    program.chmod(0o755)
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return ended.stdout.rstrip("\n").split("\n")


def is_shown(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether what is printed is what a page shows of it."""
    parts = [re.escape(_masked(line)) for line in shown]
    pattern = "".join(
        r"(?:.*\n)*?"
        if line == re.escape(MORE)
        else f"{line[: -len(re.escape(MORE))]}.*\n"
        if line.endswith(re.escape(MORE))
        else f"{line}\n"
        for line in parts
    )
    return re.fullmatch(pattern, "".join(f"{_masked(line)}\n" for line in printed)) is not None


def _masked(line: str) -> str:
    line = re.sub(r"\d+(\.\d+)? (ms|s|min)\b", "T", line)
    line = re.sub(r"\d+ % over the commands", "T over the commands", line)
    return re.sub(r" {2,}", "  ", line).rstrip()
