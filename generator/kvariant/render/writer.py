# SPDX-License-Identifier: MIT
"""The one writer: variants into an output folder, whole or not at all.

A variant that changes is laid out in a sibling folder (unchanged files are hard
links, so their times stay true), then takes the old one's place by two renames:

    .NAME.kvariant-new   being laid out, or on its way out; swept away by the next run
    .NAME.kvariant-old   the previous state, between the two renames; put back by the
                         next run if the new one did not arrive

A single file (the lock) takes the old one's place by one rename (`whole_file`). So
whatever stops a run, each variant and file is entirely old or entirely new, and what
others put into the folder stays. A lock on the output folder makes two runs wait for
each other.

A name alone makes no folder ours: one that is laid out bears a mark from its first moment,
one that was moved aside has its manifest, and nothing is moved or removed but in the output
folder itself. What else is called so is left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.mounts import mounted_in
from kvariant.render.records import MANIFEST, is_damaged, is_ours, manifest_fact, manifest_files
from kvariant.whole_file import SUFFIX, remove_abandoned, replace_file

_NEW, _OLD = SUFFIX, ".kvariant-old"
_SLASH = "%"
"""Stands for / in those names: no variant's name has it."""
_MARK = ".kvariant-writing"
"""The file by which a folder that is laid out is ours; it goes before that takes its place."""


@dataclass(frozen=True, slots=True)
class Change:
    """What writing one variant did, or would do; paths are relative to its folder."""

    name: str
    written: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


class Writer:
    """Writes variants below one output folder. Use within `locked()`."""

    def __init__(self, output: Path, manifest: str = MANIFEST) -> None:
        """Prepare to write below `output`; a folder with a `manifest` of ours in it is ours."""
        self.output = output
        self._manifest = manifest
        self._is_repaired = False

    @contextmanager
    def locked(self, waiting: Callable[[], None] = lambda: None) -> Iterator[Writer]:
        """Hold the output folder's lock, having repaired what a killed run left.

        Args:
            waiting: called once if another run holds the lock.

        Raises:
            InputError, MissingError: the folder cannot be made or written.
        """
        try:
            self.output.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.output, os.O_RDONLY)
        except OSError as error:
            raise os_error(error, "cannot open the output folder") from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(handle, fcntl.LOCK_EX)
            self._repair()
            self._is_repaired = True
            yield self
        finally:
            self._is_repaired = False
            os.close(handle)

    def change(self, name: str, files: Mapping[str, str]) -> Change:
        """Return what `write` would do, and touch nothing.

        Raises:
            InputError: the folder is there and is not ours [not-ours].
        """
        folder = self.output / name
        if folder.is_symlink():
            raise _not_ours(folder, "it is a symbolic link")
        owned = manifest_files(folder, self._manifest)
        if owned is None and is_damaged(folder, self._manifest):
            owned = ()  # ours all the same; what it listed beyond `files` is not known any more
        # The second look is for readers without the lock: a writer may have just moved it in.
        if owned is None and _is_taken(folder) and manifest_files(folder, self._manifest) is None:
            raise _not_ours(folder, f"it has no {self._manifest} of ours")
        if blocked := [path for path in files if _is_folder(folder / path)]:
            raise _not_ours(folder / blocked[0], "it is a folder where a file of ours belongs")
        written = tuple(
            path for path, text in files.items() if _content(folder / path) != text.encode()
        )
        removed = tuple(
            path for path in owned or () if path not in files and os.path.lexists(folder / path)
        )
        return Change(name, written, removed)

    def fact(self, name: str, key: str) -> str:
        """Return a text that a variant's manifest on disk has, "" where it has none."""
        return manifest_fact(self.output / name, key, self._manifest)

    def write(self, name: str, files: Mapping[str, str]) -> Change:
        """Bring one variant's folder to exactly these files of ours.

        Raises:
            InputError: the folder is not ours, or may not be written.
            MissingError: the disk is full or read-only.
        """
        change = self.change(name, files)
        if change:
            folder, new = self.output / name, self._beside(name, _NEW)
            _require_unmounted(folder)
            for beside in (new, self._beside(name, _OLD)):
                if os.path.lexists(beside):
                    raise _not_ours(beside, "it is where the variant is laid out")
            try:
                _lay_out(folder, new, files, change)
                self._replace(name)
            except OSError as error:
                self._repair()
                error.filename = str(folder)
                raise os_error(error, "cannot write the variant") from None
            except BaseException:  # Ctrl-C
                self._repair()
                raise
        return change

    def write_file(self, name: str, text: str | bytes) -> bool:
        """Bring one file to exactly this text, or these bytes; return whether it was another.

        A symbolic link stays one, and the file keeps its permissions.

        Raises:
            InputError, MissingError: it cannot be written.
        """
        path = self.output / name
        content = text.encode() if isinstance(text, str) else text
        try:
            if _content(path) == content:
                return False
            replace_file(path, content, is_tidy=self._is_repaired)
        except OSError as error:
            error.filename = str(path)
            raise os_error(error, "cannot write the file") from None
        return True

    def others(self, names: set[str]) -> tuple[str, ...]:
        """Return the variants of ours in the output folder that are not in `names`."""
        return tuple(sorted(self._ours(self.output, names, 2)))

    def _ours(self, folder: Path, names: set[str], depth: int) -> Iterator[str]:
        """Yield other variants of ours below a folder: `NAME`, and `ENVIRONMENT/NAME`."""
        for path in folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ():
            name = path.relative_to(self.output).as_posix()
            if path.name.startswith(".") or name in names:  # its manifest need not be read
                continue
            if not _is_folder(path):  # what a link leads to is not in the output folder
                continue
            if manifest_files(path, self._manifest):
                yield name
            elif depth > 1:
                yield from self._ours(path, names, depth - 1)

    def leftover(self, name: str) -> Change:
        """Return what `remove` would do, and touch nothing."""
        return Change(name, (), manifest_files(self.output / name, self._manifest) or ())

    def remove(self, name: str) -> Change:
        """Remove our files of a variant, and its folder where nothing else is in it.

        Raises:
            InputError: something is mounted in it, or it may not be removed.
        """
        folder, new = self.output / name, self._beside(name, _NEW)
        _require_unmounted(folder)
        change = self.leftover(name)
        try:
            _lay_out(folder, new, {}, change)
            if any(entry.name != _MARK for entry in new.iterdir()):
                self._replace(name)
            else:
                self._discard(new)
                folder.rename(new)
                self._discard(new)
                if folder.parent != self.output and not any(folder.parent.iterdir()):
                    folder.parent.rmdir()
        except OSError as error:
            self._repair()
            error.filename = str(folder)
            raise os_error(error, "cannot remove the variant") from None
        except BaseException:  # Ctrl-C
            self._repair()
            raise
        return change

    def _replace(self, name: str) -> None:
        folder, new, old = self.output / name, self._beside(name, _NEW), self._beside(name, _OLD)
        folder.parent.mkdir(exist_ok=True)
        (new / _MARK).unlink()
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        with contextlib.suppress(OSError):  # the next run does it
            self._discard(old)

    def _beside(self, name: str, ending: str) -> Path:
        """Return where a variant is laid out: in the output folder, whatever its name is."""
        return self.output / f".{name.replace('/', _SLASH)}{ending}"

    def _repair(self) -> None:
        """Finish or undo what a killed run was doing."""
        try:
            for old in self.output.glob(f".*{_OLD}"):
                folder = self._stands_for(old, _OLD)
                if folder is None or not self._was_written(old):
                    continue
                if folder.exists():
                    self._discard(old)
                else:
                    old.rename(folder)
            for new in self.output.glob(f".*{_NEW}"):
                if (folder := self._stands_for(new, _NEW)) and self._was_laid_out(new, folder):
                    self._discard(new)
            remove_abandoned(self.output)
        except OSError as error:
            raise os_error(error, "cannot repair the output folder") from None

    def _discard(self, folder: Path) -> None:
        """Remove a folder of ours; that by which it is known as ours goes last."""
        known_by = (_MARK, self._manifest)
        for path in folder.iterdir():
            if _is_folder(path):
                shutil.rmtree(path)
            elif path.name not in known_by:
                path.unlink()
        shutil.rmtree(folder)

    def _stands_for(self, path: Path, ending: str) -> Path | None:
        """Return the variant's folder that another is the new or old state of, None for none."""
        name = path.name.removeprefix(".").removesuffix(ending).replace(_SLASH, "/")
        parts = name.split("/")  # NAME, or ENVIRONMENT/NAME
        if len(parts) > 2 or not {"", ".", ".."}.isdisjoint(parts) or not _is_folder(path):
            return None
        above = self.output.joinpath(*parts[:-1])
        return None if len(parts) > 1 and above.is_symlink() else self.output / name

    def _was_written(self, old: Path) -> bool:
        """Return whether a folder is a variant that we have moved aside."""
        return not any(old.iterdir()) or is_ours(old, self._manifest)

    def _was_laid_out(self, new: Path, folder: Path) -> bool:
        """Return whether a folder is one that we have begun, or has nothing that is not elsewhere.

        The mark goes a moment before the folder takes its place; where a variant is removed
        it then holds nothing but links to what others have put there.
        """
        if (new / _MARK).is_file() or is_ours(new, self._manifest):
            return True
        inside = [path for path in new.rglob("*") if not _is_folder(path)]
        return all(_is_elsewhere(path, folder / path.relative_to(new)) for path in inside)


def _require_unmounted(folder: Path) -> None:
    """Refuse a folder that would take along what somebody has mounted in it."""
    if place := mounted_in(folder):
        raise _not_ours(place, "something is mounted there")


def _not_ours(path: Path, why: str) -> InputError:
    return InputError(
        Diagnostic(
            message=f"{path.name!r} is there and was not written by kvariant",
            code="not-ours",
            location=Location(str(path)),
            hint=f"{why}; move it away, or choose another folder with -o",
        )
    )


def _lay_out(folder: Path, new: Path, files: Mapping[str, str], change: Change) -> None:
    """Fill `new` with the variant's next state: written files, links to all others.

    Ours come first, so that nothing is written through a link that others made.
    """
    new.mkdir()
    (new / _MARK).touch()
    made = {new}
    for path, text in files.items():
        target = new / path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        if path in change.written:
            with target.open("x", encoding="utf-8", newline="") as stream:
                stream.write(text)
        else:
            _link(folder / path, target)
    ours = {*files, *change.removed}
    for directory, folders, names in os.walk(folder):
        here = Path(directory)
        if "__pycache__" in folders:  # Python's traces of importing what we generated
            folders.remove("__pycache__")
        kept = [name for name in names if (here / name).relative_to(folder).as_posix() not in ours]
        kept += [name for name in folders if (here / name).is_symlink()]
        if not kept and (names or folders):
            continue  # only ours was in it
        target = new / here.relative_to(folder)
        target.mkdir(parents=True, exist_ok=True)
        for name in kept:
            if not os.path.lexists(target / name):
                _link(here / name, target / name)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target, follow_symlinks=False)


def _is_taken(folder: Path) -> bool:
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _content(path: Path) -> bytes | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None  # a folder, or a pipe that would keep us waiting
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        if isinstance(error, IsADirectoryError | NotADirectoryError):
            return None
        raise os_error(error, "cannot read a generated file") from None


def _is_elsewhere(path: Path, other: Path) -> bool:
    """Return whether nothing is lost with a file: it is empty, or the same as another."""
    if path.is_symlink():
        return other.is_symlink() and path.readlink() == other.readlink()
    status = path.lstat()
    if stat.S_ISREG(status.st_mode) and not status.st_size:
        return True
    return other.is_file() and _content(path) == _content(other)
