# SPDX-License-Identifier: MIT
"""Where a tree's own build works for proofs: a folder that is kept from one command to the next.

    CACHE/proofs/DIGEST of the tree's folder and environment/
        lock     held while a command works there; another one gets a temporary folder
        made-of  the top makefile then: where it differs, it is another version's
        out/     make's O=

What a build makes before it can preprocess anything (headers, its own tools) is most of the
time of a first proof. `CACHE` is `kvariant.kconfig.kept.folder()`; a few such folders stay,
and those that were not used longest go.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.digest import short_digest
from kvariant.kconfig.kept import folder as cache_folder

if TYPE_CHECKING:
    from kvariant.kconfig import Tree

MOST = 6
"""Folders that stay; each is some 20 to 60 MB."""


@dataclass(frozen=True, slots=True)
class ProofFolder:
    """A folder for make's O=."""

    out: Path
    is_used: bool
    """Whether an earlier command has worked in it."""

    def clear(self) -> ProofFolder:
        """Return the folder, empty."""
        shutil.rmtree(self.out, ignore_errors=True)
        return ProofFolder(self.out, False)


@contextlib.contextmanager
def proof_folder(tree: Tree, *, keep: bool) -> Iterator[ProofFolder]:
    """Give a folder to build in; of one tree always the same, where it may be kept."""
    own = _kept_folder(tree) if keep else None
    if own is None:
        with tempfile.TemporaryDirectory(prefix="kvariant-proof-") as folder:
            yield ProofFolder(Path(folder) / "out", False)
        return
    path, lock = own
    try:
        note, stamp = path / "made-of", _stamp(tree)
        is_same = note.is_file() and note.read_text() == stamp
        found = ProofFolder(path / "out", is_same and (path / "out").is_dir())
        if not is_same:
            found = found.clear()
            note.write_text(stamp)
        yield found
    finally:
        os.close(lock)


def _stamp(tree: Tree) -> str:
    try:
        state = (tree.root / "Makefile").stat()
    except OSError:
        return ""
    return f"{state.st_mtime_ns} {state.st_size}"


def _kept_folder(tree: Tree) -> tuple[Path, int] | None:
    """Return a tree's folder and its lock; None where it is in use, or cannot be."""
    home = cache_folder() / "proofs"
    given = sorted(tree.environment.items())
    path = home / short_digest([str(tree.root.resolve()), repr(given)])
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        statuses = [one.stat() for one in (path, home, home.parent)]
        if any(s.st_uid != os.getuid() or s.st_mode & 0o022 for s in statuses):
            return None  # make runs what it finds there
        lock = _locked(path)
        os.utime(path)
    except OSError:
        return None
    if lock is not None:
        _prune(home, path)
        return path, lock
    return None


def _locked(folder: Path) -> int | None:
    """Return the lock of a folder; None: another command has it."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _prune(home: Path, own: Path) -> None:
    """Remove the folders that were not used longest, but for those in use."""
    found = sorted((p for p in home.iterdir() if p != own), key=lambda p: p.stat().st_mtime)
    for path in found[: max(0, len(found) + 1 - MOST)]:
        with contextlib.suppress(OSError):  # somebody else was faster, or has it
            lock = _locked(path)
            if lock is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)
