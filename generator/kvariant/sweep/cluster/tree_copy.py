# SPDX-License-Identifier: MIT
"""Files that travel to a machine which does not see ours, and what comes back: by content.

A copy is laid out under the very paths that the files have here: commands, depfiles and debug
information name them. A machine where something else is at such a path is not used.

    here                                     there
    entries of the tree               -->    digests that it lacks
    those contents                    -->    kept by digest; laid out
    after a job: entries that differ  <--    and small contents; the others when asked for
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant import git
from kvariant.digest import bytes_digest, file_digest
from kvariant.steps import untrusted_files
from kvariant.whole_file import keep_file

CHUNK = 8 * 1024 * 1024
"""Bytes that are sent at once, but for a larger file."""
_LEFT_OUT = (".git", "__pycache__")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file, a link or a folder."""

    path: str
    mode: int
    """Permissions, with the kind of file."""
    content: str
    """The digest of a file, the target of a link, "" of a folder."""

    @property
    def is_file(self) -> bool:
        """Whether it has a content."""
        return stat.S_ISREG(self.mode)


def tree_entries(root: Path, left_out: Collection[Path]) -> list[FileEntry]:
    """Return what travels of a folder: all, in a work tree of git but for what it ignores.

    Args:
        root: the folder.
        left_out: folders in it that stay here.
    """
    stay = {str(path) for path in left_out}
    listed = _listed_by_git(root)
    if listed is None:
        return list(_walked(root, stay))
    paths = (
        root / name
        for name in listed
        if not any(f"{root}/{name}".startswith(f"{s}/") for s in stay)
    )
    return [entry for path in paths if (entry := entry_of(path)) is not None]


def _listed_by_git(root: Path) -> list[str] | None:
    try:
        done = git.asked(root, "ls-files", "-z", "-co", "--exclude-standard", "--deduplicate")
    except OSError:
        return None
    if done.returncode:
        return None
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def _walked(root: Path, stay: Collection[str]) -> Iterator[FileEntry]:
    for here, folders, names in untrusted_files.below(root):
        folders[:] = [n for n in folders if n not in _LEFT_OUT and f"{here}/{n}" not in stay]
        for name in (*folders, *names):
            if (entry := entry_of(Path(here, name))) is not None:
                yield entry


def entry_of(path: Path) -> FileEntry | None:
    """Return what is at a path; None: nothing that travels."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return FileEntry(str(path), mode, file_digest(path))
        if stat.S_ISLNK(mode):
            return FileEntry(str(path), mode, str(path.readlink()))
        return FileEntry(str(path), mode, "") if stat.S_ISDIR(mode) else None
    except OSError:  # it went, or may not be read
        return None


def folder_entries(folders: Iterable[Path]) -> dict[str, FileEntry]:
    """Return all that is in some folders, by path."""
    return {entry.path: entry for folder in folders for entry in _walked(folder, ())}


class ContentStore:
    """Contents by digest, in a folder of the machine, and which trees we have copied to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def usual(cls) -> ContentStore:
        """Return the user's."""
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return cls(Path(cache) / "kvariant/cluster")

    def refusal(self, roots: Sequence[str], owner: str) -> str:
        """Return why trees cannot be laid out at their paths, "" if they can; then note them.

        Args:
            roots: their folders.
            owner: whose copies they are.
        """
        known = self._copies()
        for root in roots:
            if os.path.lexists(root) and known.get(root) != owner:
                return f"{root} is there, and is no copy of ours"
            try:
                Path(root).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                return f"{root} cannot be made: {error.strerror}"
            known[root] = owner
        (self._folder / "copies.json").write_text(json.dumps(known), encoding="utf-8")
        return ""

    def _copies(self) -> dict[str, str]:
        try:
            found = json.loads((self._folder / "copies.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def lacking(self, entries: Iterable[FileEntry]) -> list[str]:
        """Return the digests of contents that are neither kept nor in place."""
        digests = (e.content for e in entries if e.is_file and entry_of(Path(e.path)) != e)
        return [d for d in dict.fromkeys(digests) if not self._of(d).exists()]

    def put(self, contents: Iterable[bytes]) -> None:
        """Keep contents."""
        for content in contents:
            keep_file(self._of(bytes_digest(content)), content)

    def lay_out(self, entries: Sequence[FileEntry], folders: Sequence[str], state: str) -> None:
        """Make folders hold some entries and nothing else.

        Args:
            entries: what is to be there; contents are kept or in place.
            folders: what else is in them goes.
            state: a folder that stays as it is.
        """
        wanted = {entry.path for entry in entries}
        wanted.add(state)
        wanted |= {str(up) for path in wanted for up in Path(path).parents}
        for folder in folders:
            for here, below, names in untrusted_files.below(Path(folder)):
                gone = [name for name in (*below, *names) if f"{here}/{name}" not in wanted]
                spared = (*gone, *(n for n in below if f"{here}/{n}" == state))
                below[:] = [name for name in below if name not in spared]
                for name in gone:
                    with contextlib.suppress(OSError):  # what is laid over it is told if that fails
                        untrusted_files.clear(Path(here, name))
        for entry in entries:
            self._lay(entry)

    def _lay(self, entry: FileEntry) -> None:
        path = Path(entry.path)
        if entry_of(path) == entry:
            return
        if stat.S_ISDIR(entry.mode):
            untrusted_files.make_folder(path)
            path.chmod(stat.S_IMODE(entry.mode) | 0o700)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        untrusted_files.clear(path)
        if stat.S_ISLNK(entry.mode):
            path.symlink_to(entry.content)
            return
        write_file(path, self._of(entry.content).read_bytes(), entry.mode)

    def _of(self, digest: str) -> Path:
        return self._folder / digest


def write_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file where nothing is."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        os.fchmod(stream.fileno(), stat.S_IMODE(mode))


def changes(
    before: Mapping[str, FileEntry], after: Mapping[str, FileEntry]
) -> tuple[list[FileEntry], list[str]]:
    """Return the entries that are new or other ones, and the paths that have gone."""
    changed = [entry for path, entry in after.items() if before.get(path) != entry]
    return changed, [path for path in before if path not in after]


def chunks(entries: Iterable[FileEntry], wanted: Collection[str]) -> Iterator[list[bytes]]:
    """Yield the contents of digests that are wanted, so many at a time as are sent at once."""
    left, size, found = set(wanted), 0, list[bytes]()
    for entry in entries:
        if entry.is_file and entry.content in left:
            left.discard(entry.content)
            content = Path(entry.path).read_bytes()
            found.append(content)
            size += len(content)
            if size >= CHUNK:
                yield found
                size, found = 0, []
    if found:
        yield found
