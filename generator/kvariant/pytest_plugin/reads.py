# SPDX-License-Identifier: MIT
"""Which files a pytest process has read: what its results depend on.

Modules that are imported, conftests, and whatever is opened from then on. What other
programs read that a test starts is not seen, nor is a look into a folder.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OURS: list[object] = []
"""Not empty while the plugin itself reads the project file."""


@contextmanager
def unheard() -> Iterator[None]:
    """Let nothing that is read within count: the sweep's keys have it."""
    _OURS.append(None)
    try:
        yield
    finally:
        _OURS.pop()


class Reads:
    """Listens to a process; there is no way to stop an audit hook but to make it deaf."""

    def __init__(self, root: Path) -> None:
        """Begin to listen; the files below `root` count wherever it is."""
        self._root = f"{root}{os.sep}"
        others = (sys.prefix, sys.base_prefix, tempfile.gettempdir(), "/proc", "/sys", "/dev")
        self._others = tuple(f"{os.path.realpath(folder)}{os.sep}" for folder in others)
        self._installed = (
            *self._others[:2],  # in the key by version, and our own code by content
            f"{Path(__file__).parents[1]}{os.sep}",
        )
        self._written: set[str] = set()
        self._new: dict[str, None] = {}
        self._told: set[str] = set()
        self._hears = True
        for module in list(sys.modules.values()):
            if isinstance(file := getattr(module, "__file__", None), str):
                self._take(file)
        sys.addaudithook(self._hear)

    def new(self) -> list[str]:
        """Return the files that were read since this was asked last."""
        found = [path for path in self._new if path not in self._written]
        self._told.update(self._new)
        self._new = {}
        return found

    def close(self) -> None:
        """Listen no more."""
        self._hears = False

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        # What is raised here is raised by the test's own open().
        with contextlib.suppress(Exception):
            self._heard(event, arguments)

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self._hears and not _OURS and isinstance(arguments[0], str | bytes):
            path, flags = os.fsdecode(arguments[0]), arguments[2]
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
                self._written.add(_absolute(path))
            else:
                self._take(path)

    def _take(self, path: str) -> None:
        path = _absolute(path)
        if path in self._told or path in self._new:
            return
        if path.endswith(".pyc"):
            try:
                path = importlib.util.source_from_cache(path)
            except (ValueError, NotImplementedError):
                return
        if path.startswith(self._installed):
            return
        if path.startswith(self._root):
            # Folders like .hypothesis and .git: what tools keep for themselves.
            is_input = f"{os.sep}." not in path[len(self._root) - 1 :]
        else:
            is_input = not path.startswith(self._others)
        if is_input:
            self._new[path] = None


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 -- a link stays one, unlike with resolve()
