# SPDX-License-Identifier: MIT
"""Versions of the programs that a failure may depend on, so that two machines compare.

Compilers and build tools are asked for their version; whatever else a step names is
known by its content alone: what it does with `--version` nobody knows.
"""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kvariant.build import Processes
from kvariant.errors import printable
from kvariant.steps.tools import COMMON, digest_of

_ASKED = re.compile(
    r"(?:[\w.-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld|ld\.lld|as|ar|rustc)(?:-[\d.]+)?"
    r"|make|ninja|cmake|python3(?:\.\d+)?"
)
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """A program as it is on one machine."""

    version: str
    """The first line that it prints of itself, "" where it was not asked or does not say."""
    digest: str
    """Of its content."""

    def differs(self, other: ToolVersion | None) -> str:
        """Return in words how it differs from the same tool elsewhere, "" if it does not."""
        if other is None:
            return f"{self.version or 'one'} there, none here"
        if self.version != other.version:
            return f"{self.version or 'unknown'} there, {other.version or 'unknown'} here"
        return (
            "" if self.digest == other.digest else f"{self.version or 'another'}, built otherwise"
        )


def tool_versions(names: Iterable[str], path: str | None = None) -> Mapping[str, ToolVersion]:
    """Return the tools that are there, by name: some, and those that builds commonly run.

    Args:
        path: a PATH; None: ours.
    """
    found = {}
    for name in sorted({*names, *COMMON}):
        program = shutil.which(name, path=path)
        if program is not None:
            found[name] = ToolVersion(_version(name, Path(program)), digest_of(Path(program))[-16:])
    return found


def _version(name: str, program: Path) -> str:
    try:
        return _printed(name, program, program.stat().st_mtime_ns)
    except OSError:
        return ""


@functools.cache
def _printed(name: str, program: Path, _changed: int) -> str:
    if not _ASKED.fullmatch(Path(name).name):
        return ""
    try:
        done = Processes().run([str(program), "--version"], Path.cwd(), _SECONDS)
    except OSError:
        return ""
    lines = [line.strip() for line in printable(done.output).splitlines() if line.strip()]
    return lines[0][:200] if done.is_ok and lines else ""
