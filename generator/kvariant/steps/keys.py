# SPDX-License-Identifier: MIT
"""Keys: digests of what a cell reads, so that equal content is never worked twice."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from kvariant.kconfig import Configuration


def digest(parts: Iterable[str]) -> str:
    """Return the SHA-256 of texts, in order."""
    return hashlib.sha256(
        "".join(f"{part}\0" for part in parts).encode(errors="surrogateescape")
    ).hexdigest()


def of_files(paths: Iterable[Path]) -> str:
    """Return the digest of files' paths and contents; a missing file counts as such."""
    total = hashlib.sha256()
    for path in paths:
        content = _content(path)
        total.update(os.fsencode(path) + f"\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _content(path: Path) -> bytes:
    try:
        # A pipe would keep us waiting.
        return path.read_bytes() if os.path.isfile(path) else b"(missing)"  # noqa: PTH113
    except OSError as error:
        return f"({error.strerror})".encode()


def of_configuration(configuration: Configuration) -> str:
    """Return the digest of what was asked for and of every resolved value."""
    values = configuration.values_  # a dict: thousands of configurations have keys
    return digest([*_pairs(configuration.assignment), "resolved", *_pairs(values)])


def of_values(configuration: Configuration) -> str:
    """Return the digest of every resolved value."""
    return digest(_pairs(configuration.values_))


def test_tools() -> str:
    """Return what our own test step runs with: the packages installed here, with versions."""
    folders = [Path(folder) for folder in sys.path if folder.endswith("-packages")]
    found = (path.name for folder in folders if folder.is_dir() for path in folder.iterdir())
    return " ".join(sorted(name for name in found if name.endswith((".dist-info", ".egg-info"))))


def _pairs(values: Mapping[str, str]) -> Iterable[str]:
    return map("=".join, values.items())
