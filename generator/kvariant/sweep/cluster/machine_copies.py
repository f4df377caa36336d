# SPDX-License-Identifier: MIT
"""The copies that machines have of the tree and of variants' folders, kept as ours are."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kvariant.errors import os_error
from kvariant.steps import untrusted_files
from kvariant.sweep.cluster import cell_worker
from kvariant.sweep.cluster.tree_copy import (
    FileEntry,
    chunks,
    folder_entries,
    tree_entries,
    write_file,
)

if TYPE_CHECKING:
    from kvariant.sweep.cluster.cell_worker import JobAnswer


class MachineCopies:
    """What each machine has that does not see our files."""

    def __init__(
        self, client: Any, roots: Sequence[Path], state: Path, made: Sequence[Path]
    ) -> None:
        """Take what travels.

        Args:
            roots: folders of the tree.
            state: stays here.
            made: folders that are made by the sweep and travel, whatever git ignores.
        """
        self._client = client
        self._roots = roots
        self._state = state
        self._made = made
        self._tree: asyncio.Future[list[FileEntry]] | None = None
        self._copied: dict[str, asyncio.Task[None]] = {}
        self._last: dict[Path, str] = {}
        """Folder of a variant -> the machine that has it as it is here."""

    def forget(self, host: str) -> None:
        """Take what a machine has for unknown: a worker there was lost."""
        self._last = {folder: at for folder, at in self._last.items() if at != host}

    async def bring(self, address: str, host: str, folders: Sequence[Path]) -> None:
        """Let a machine have the tree, once, and folders as they are here.

        Raises:
            OSError: the worker is lost, or cannot write.
        """
        if host not in self._copied or self._copied[host].cancelled():
            self._copied[host] = asyncio.ensure_future(self._copy_tree(address))
        try:
            await asyncio.shield(self._copied[host])
        except OSError:
            self._copied.pop(host, None)
            raise
        due = [folder for folder in folders if self._last.get(folder) != host]
        if not due:
            return
        entries = [*folder_entries(due).values()]
        await self._send(address, entries, [str(folder) for folder in due])
        self._last |= dict.fromkeys(due, host)

    async def _copy_tree(self, address: str) -> None:
        if self._tree is None:
            loop = asyncio.get_running_loop()
            self._tree = asyncio.ensure_future(loop.run_in_executor(None, self._entries))
        entries = await asyncio.shield(self._tree)
        await self._send(address, entries, [str(root) for root in self._roots])

    def _entries(self) -> list[FileEntry]:
        found = {e.path: e for root in self._roots for e in tree_entries(root, [self._state])}
        return [*{**found, **folder_entries(self._made)}.values()]

    async def _send(
        self, address: str, entries: Sequence[FileEntry], folders: Sequence[str]
    ) -> None:
        wanted: list[str] = []
        if any(entry.is_file for entry in entries):
            wanted = await self._call(address, cell_worker.lacking, entries)
        for contents in chunks(entries, wanted):
            await self._call(address, cell_worker.put, contents)
        await self._call(address, cell_worker.lay_out, entries, folders, str(self._state))

    async def _call(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:
        answers = await self._client._run(function, *arguments, workers=[address])
        return answers[address]

    async def take(self, address: str, answer: JobAnswer, folders: Sequence[Path]) -> None:
        """Write here what a job has left there.

        Raises:
            OSError: the worker is lost.
            MissingError: the disk is full.
        """
        contents = dict(answer.contents)
        for entry in answer.changed:
            if entry.is_file and entry.content not in contents:
                contents[entry.content] = await self._call(
                    address, cell_worker.content_of, entry.path
                )
        try:
            for path in answer.gone:
                if _is_in(path, folders):
                    untrusted_files.clear(Path(path))
            for entry in answer.changed:
                if _is_in(entry.path, folders):
                    _write(entry, contents)
        except OSError as error:
            raise os_error(error, "cannot write what a machine has sent") from None


def _is_in(path: str, folders: Sequence[Path]) -> bool:
    """Return whether a path is in some folders: another machine may say anything."""
    return os.path.normpath(path) == path and any(Path(path).is_relative_to(f) for f in folders)


def _write(entry: FileEntry, contents: dict[str, bytes]) -> None:
    path = Path(entry.path)
    untrusted_files.make_folder(path.parent)
    if not entry.is_file and not entry.content:
        untrusted_files.make_folder(path)
        return
    untrusted_files.clear(path)
    if entry.is_file:
        write_file(path, contents[entry.content], entry.mode)
    else:
        path.symlink_to(entry.content)
