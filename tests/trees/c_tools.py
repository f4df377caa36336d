# SPDX-License-Identifier: MIT
"""The C tools of several kernels, asked one question at a time."""

from __future__ import annotations

import functools
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import kernel_conf
import pytest

import debian

RELEASES = ("6.1", "6.12", "7.2")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool makes of a tree."""

    values: dict[str, str] | None
    """Every symbol that it writes, strings without quotes and escapes; None: it refuses
    the tree."""
    said: str


@functools.cache
def program(release: str) -> Path:
    """Return the tool of a kernel release, or skip the test."""
    try:
        return kernel_conf.linux(release).program
    except debian.Unavailable as reason:
        pytest.skip(f"no conf of Linux {release} here: {reason}")


def ask(release: str, tree: Path, config: bytes = b"") -> Answer:
    """Return what `conf --olddefconfig` makes of a `.config`, the tree's entry being Kconfig."""
    (tree / ".config").write_bytes(config)
    done = subprocess.run(
        [program(release), "--olddefconfig", "Kconfig"],
        cwd=tree,
        env={**os.environ, "KCONFIG_CONFIG": ".config", "srctree": "."},
        capture_output=True,
        check=False,
        timeout=60,
    )
    said = done.stderr.decode(errors="replace")
    if done.returncode:
        return Answer(None, said)
    values = {}
    for line in (tree / ".config").read_bytes().decode(errors="surrogateescape").split("\n"):
        if line.startswith("CONFIG_"):
            name, _, value = line.removeprefix("CONFIG_").partition("=")
            values[name] = _unquoted(value)
        elif line.startswith("# CONFIG_") and line.endswith(" is not set"):
            values[line.split()[1].removeprefix("CONFIG_")] = "n"
    return Answer(values, said)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
