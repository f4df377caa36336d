"""Compilers that leave a line for each call, so that tests can count what is compiled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

COMPILERS = tuple(name for name in ("gcc", "clang") if shutil.which(name))
PER_CONTENT = 2 * len(COMPILERS)
"""Calls for one content: a check of every header, and the library, by each compiler."""


def counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Put such compilers first on PATH, and return what counts their calls so far."""
    log, programs = folder / "calls", folder / "bin"
    programs.mkdir()
    for name in COMPILERS:
        tell = f'case "$*" in *--version*) ;; *) echo "$PWD" >> {log} ;; esac'
        program = programs / name
        program.write_text(f'#!/bin/sh\n{tell}\nexec {shutil.which(name)} "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return lambda: len(log.read_text().splitlines()) if log.is_file() else 0
