# SPDX-License-Identifier: MIT
"""Choices that are not over, in the state folder: the same command goes on from there.

`<state>/unfinished/NAME-KEY.search` (`<state>/unfinished/x86/NAME-KEY.search` in an
environment) holds a search of `kvariant.matrix.unfinished`. The key is the digest of all
that its rows depend on, our own code and its solvers included: an edit of the tree leads
to another file. What a limit or the improvement of rows does is not among it, so that
`--max-variants` goes on from where a choice without one was.

    {"format": 1, "digest": "8b1f..."}\\n        the digest of all that follows
    the arrays of the search, as NumPy packs them

It is written whole or not at all, is removed when the matrix is there, and by `kvariant clean`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.digest import short_digest
from kvariant.errors import KvariantError
from kvariant.plan.memory import makers
from kvariant.project.state_folder import claimed
from kvariant.regular_file import require_readable
from kvariant.whole_file import replace_file

if TYPE_CHECKING:  # what a named matrix does without
    from kvariant.matrix.unfinished import Unfinished

FORMAT = 1
FOLDER = "unfinished"
SUFFIX = ".search"


@dataclass(frozen=True, slots=True)
class UnfinishedChoice:
    """Where the searches of one matrix are kept."""

    state: Path
    folder: Path
    name: str
    used: dict[Path, None]
    """The files that were read or written."""

    def read(self, problem: bytes) -> Unfinished | None:
        """Return the search for the same, None if there is none or it is damaged."""
        path = self._path(problem)
        try:
            require_readable(path)
            found = _parsed(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None  # it is begun anew
        self.used[path] = None
        return found

    def write(self, problem: bytes, unfinished: Unfinished) -> bool:
        """Keep a search; return whether that could be done."""
        path = self._path(problem)
        try:
            claimed(self.state)
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(path, _written(unfinished))
        except (OSError, KvariantError):  # the search goes on without
            return False
        self.used[path] = None
        return True

    def _path(self, problem: bytes) -> Path:
        return self.folder / f"{self.name}-{short_digest([makers(), problem.hex()])}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class UnfinishedChoices:
    """The choices of one environment that are not over."""

    state: Path
    environment: str = ""
    _used: dict[Path, None] = field(default_factory=dict)

    def of(self, name: str) -> UnfinishedChoice:
        """Return where a matrix's are."""
        folder = self.state / FOLDER
        return UnfinishedChoice(self.state, folder / self.environment, name, self._used)

    @property
    def is_kept(self) -> bool:
        """Whether a choice went on from what was kept, or took long enough to be."""
        return bool(self._used)

    def remove(self) -> None:
        """Remove what was used: the choice is over."""
        _remove(self._used, self.state)
        self._used.clear()


def unfinished_files(state: Path) -> Iterator[Path]:
    """Yield the files of choices that are not over, sorted; none behind a link."""
    folder = state / FOLDER
    if state.is_symlink() or folder.is_symlink() or not folder.is_dir():
        return
    for path in sorted([*folder.glob(f"*{SUFFIX}"), *folder.glob(f"*/*{SUFFIX}")]):
        if path.is_file() and not path.is_symlink() and not path.parent.is_symlink():
            yield path


def remove_unfinished(state: Path) -> None:
    """Remove all choices that are not over: they are begun anew."""
    _remove(list(unfinished_files(state)), state)


def _remove(paths: Iterable[Path], state: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # others are there, or it is not to be written
            path.unlink(missing_ok=True)
            for folder in dict.fromkeys([path.parent, state / FOLDER]):
                folder.rmdir()


def _written(unfinished: Unfinished) -> bytes:
    import numpy as np

    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        rows=np.packbits(unfinished.rows, axis=1),
        width=np.int64(unfinished.rows.shape[1]),
        excluded=unfinished.excluded,
        sieve=np.array(unfinished.sieve, dtype=np.int64),
    )
    body = stream.getvalue()
    head = json.dumps({"format": FORMAT, "digest": hashlib.sha256(body).hexdigest()})
    return head.encode() + b"\n" + body


def _parsed(content: bytes) -> Unfinished:
    """Return the search that a file's content is.

    Raises:
        ValueError, KeyError, TypeError, EOFError, BadZipFile: it is none, or of another format.
    """
    import numpy as np

    from kvariant.matrix.unfinished import Unfinished

    head, _, body = content.partition(b"\n")
    if json.loads(head) != {"format": FORMAT, "digest": hashlib.sha256(body).hexdigest()}:
        raise ValueError("damaged, or of another format")
    with np.load(io.BytesIO(body), allow_pickle=False) as found:
        width = int(found["width"])
        rows = np.unpackbits(found["rows"], axis=1, count=width).astype(np.bool_)
        done, start = found["sieve"].tolist()
        excluded = found["excluded"].astype(np.int32)
    return Unfinished(rows=rows, excluded=excluded, sieve=(int(done), int(start)))
