# SPDX-License-Identifier: MIT
"""Digests: texts that are equal exactly if what they stand for is.

They are compared between runs and machines, and some are reviewed in files that people
commit: how they are made is part of those files' formats.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

SHORT = 16
"""Hexadecimal digits of a digest that people read: 64 bits."""


def digest(parts: Iterable[str]) -> str:
    """Return the digest of some texts in their order, wherever one ends and the next begins."""
    found = hashlib.sha256()
    for part in parts:
        found.update(_encoded(f"{len(part)}:{part}"))
    return found.hexdigest()


def _encoded(text: str) -> bytes:
    """Return the bytes of a text, names of files that are not UTF-8 and halves of pairs in it."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def short_digest(parts: Iterable[str]) -> str:
    """Return the same, short enough to read."""
    return digest(parts)[:SHORT]


def text_digest(text: str) -> str:
    """Return the digest of a text as it is in a file: what `sha256sum` prints of it."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def bytes_digest(content: bytes) -> str:
    """Return the digest of bytes."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """Return the digest of a file's content.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_digest(paths: Iterable[Path]) -> str:
    """Return the digest of files' paths and contents; a missing file counts as such."""
    found = hashlib.sha256()
    for path in paths:
        content = path.read_bytes() if path.is_file() else b"(missing)"
        found.update(f"{path}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    return found.hexdigest()
