# SPDX-License-Identifier: MIT
"""The tree before, in a folder of its own, and the project as it stands there.

It is another folder that somebody named, or a revision that is laid out in a temporary one.

Of a checkout with many files those are laid out that say what its options are: by their names,
by those of the files that the tree after reads, and where tools and scripts lie. If that does
not do, because a file is sourced or named by a command that is not among them, the rest is
laid out as well. What git is told to ignore and the tree after reads, which
a build has written, is there as it is in the checkout.
"""

from __future__ import annotations

import contextlib
import copy
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.errors import Diagnostic, InputError, Location, Note, displayed, quote_from
from kvariant.kconfig import Tree
from kvariant.plan import load_tree
from kvariant.review.revision import Blob, Revision, blobs_of, ignored, lay_out, submodules

if TYPE_CHECKING:
    from kvariant.project import Environment, Project

Load = Callable[[Mapping[str, str | None]], Tree]
"""Returns the tree before with other texts of some files, by path below its root; None: the
file is gone."""

WHOLE = 6_000
"""Up to so many files all are laid out."""

_TOOLS = re.compile(r"(?:^|/)(?:scripts|[^/]*[Kk]config[^/]*)/")
"""Folders all of whose files are laid out: there lie tools, and what commands run."""
_OPTIONS = re.compile(
    r"[^/]*|arch/[^/]+/[^/]*|(?!.*(?:^|/)(?:Documentation|doc|bindings)/).*\.ya?ml"
    r"|.*(?i:config)[^/]*|.*\.(?:conf|mk|cmake|in|rename)"
)
"""Of the other files, those that can have a part in what the options are."""


@dataclass(kw_only=True)
class Snapshot:
    """A folder in which a tree stands, and where its files are in the checkout at hand."""

    folder: Path
    """What stands for the top folder."""
    top: Path
    said: str
    """What it is, for people."""
    revision: str = ""
    """As git calls it; "": the folder is somebody's, nothing may be written there."""
    left_out: dict[str, tuple[Path, Blob]] = field(default_factory=dict, repr=False)
    """Files that were not laid out, by their paths, with the repository that has them."""
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)
    """Takes away what was written for it."""

    def moved(self, path: Path) -> Path:
        """Return where a path of the checkout is in the snapshot; others stay what they are."""
        for one in (Path(os.path.abspath(path)), path.resolve()):  # noqa: PTH100
            for top in (self.top, self.top.resolve()):
                if one.is_relative_to(top):
                    return self.folder / one.relative_to(top)
        return path

    def project(self, project: Project) -> Project:
        """Return the project as it stands in the snapshot, with the settings of today's."""
        moved = copy.copy(project)
        moved.root = self.moved(project.root)
        moved.kconfig = self.moved(project.kconfig)
        moved.templates = self.moved(project.templates) if project.templates else None
        moved.keeps_trees = False
        own = {name: self._value(value) for name, value in project.env.items()}
        moved.env = {**self._own_variables(project), **own}
        return moved

    def _own_variables(self, project: Project) -> Mapping[str, str]:
        """Return variables of the process that name a place in the checkout, moved."""
        found = {}
        for name, text in os.environ.items():
            if name not in project.env and text.startswith(os.sep):
                moved = self._text(text)
                if moved != text and Path(moved).exists():
                    found[name] = moved
        return found

    def _value(self, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        return self._text(value) if isinstance(value, str) else tuple(map(self._text, value))

    def _text(self, text: str) -> str:
        return str(self.moved(Path(text))) if text.startswith(os.sep) else text

    def load(self, project: Project, environment: Environment) -> Tree:
        """Return the tree as it was.

        Args:
            project: as `project` returns it.
            environment: one of its environments.

        Raises:
            InputError: it does not parse; places are told as git tells them, REV:PATH.
        """
        with self.errors():
            try:
                tree = self._load(project, environment)
                if not any(self._missed(tree)):
                    return tree
            except InputError:
                if not self.left_out:
                    raise
            for top in {top for top, _ in self.left_out.values()}:
                lay_out(top, (b for t, b in self.left_out.values() if t == top), self.moved(top))
            self.left_out.clear()
            return self._load(project, environment)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Tell places in errors as git does, REV:PATH, and that it is the tree before.

        Raises:
            InputError: what was raised.
        """
        try:
            yield
        except InputError as error:
            raise InputError(*map(self._told, error.diagnostics)) from None

    def _told(self, diagnostic: Diagnostic) -> Diagnostic:
        return replace(
            diagnostic,
            location=self._place(diagnostic.location),
            notes=(
                *(replace(n, location=self._place(n.location)) for n in diagnostic.notes),
                Note(f"this is in the tree before, {self.said}"),
            ),
        )

    def _place(self, location: Location | None) -> Location | None:
        if location is None or not self.revision:
            return location
        path = location.path.removeprefix(f"{self.folder}/")
        return (
            location if path == location.path else replace(location, path=f"{self.revision}:{path}")
        )

    def _load(self, project: Project, environment: Environment) -> Tree:
        here = self.moved(Path.cwd())
        if self.revision:
            here.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(here if here.is_dir() else self.folder):
            return load_tree(project, environment)

    def edited(self, project: Project, number: int, root: Path) -> Load:
        """Return what reads the tree with other texts of some files.

        Args:
            project: today's.
            number: of the environment.
            root: the root of the tree before, below which the files are named.
        """

        def load(texts: Mapping[str, str | None]) -> Tree:
            one = self._writable
            start = one.folder / os.path.relpath(root.resolve(), self.folder)
            if any(not _is_below(one.folder, start / name) for name in texts):
                raise _outside()
            was = written(start, texts)
            try:
                moved = one.project(project)
                return one._load(moved, moved.environments[number])
            finally:
                restored(was)

        return load

    @cached_property
    def _writable(self) -> Snapshot:
        """The same in a folder of ours."""
        if self.revision:
            return self
        folder = Path(self.closing.enter_context(_temporary())) / "tree"
        _copy(self.folder, folder)
        return replace(self, folder=folder, revision=self.said)

    def _missed(self, tree: Tree) -> Iterator[str]:
        """Yield files that were not laid out and that a command of the tree names."""
        for command in tree.shell_commands if self.left_out else ():
            for word in re.findall(r"[\w./+-]*\w", command.text):
                for start in (tree.root, self.folder):
                    path = os.path.relpath(os.path.join(start, word), self.folder)
                    if path in self.left_out:
                        yield path


@contextlib.contextmanager
def snapshot_of(revision: Revision, read: Iterable[Path]) -> Iterator[Snapshot]:
    """Lay a revision out, and take it away again.

    Args:
        read: files that the tree after reads.

    Raises:
        InputError: git does not have a file.
    """
    with _temporary() as name:
        folder = Path(name).resolve() / "tree"
        folder.mkdir()
        quote_from(folder)
        left: dict[str, tuple[Path, Blob]] = {}
        read = tuple(read)
        names = frozenset(path.name for path in read)
        _fill(revision.top, revision.commit, folder, names, left)
        _copy_ignored(revision.top, read, folder)
        yield Snapshot(
            folder=folder,
            top=revision.top,
            said=revision.said,
            revision=revision.commit[:9],
            left_out=left,
        )


def _fill(
    top: Path,
    commit: str,
    folder: Path,
    names: Collection[str],
    left: dict[str, tuple[Path, Blob]],
    below: str = "",
) -> None:
    """Lay out a commit and those of its submodules.

    Args:
        names: of files that are laid out wherever they are.
        left: gets what is not laid out.
        below: the submodule's path, with a slash; "": it is none.
    """
    blobs = blobs_of(top, commit)
    is_small = len(blobs) <= WHOLE
    kept = [blob for blob in blobs if is_small or _is_kept(blob.path, names)]
    lay_out(top, kept, folder)
    known = set(kept)
    left.update((below + blob.path, (top, blob)) for blob in blobs if blob not in known)
    for inner, blob in submodules(top, blobs):
        with contextlib.suppress(InputError):  # a commit that nobody has fetched
            _fill(inner, blob.digest, folder / blob.path, names, left, f"{below}{blob.path}/")


def _is_kept(path: str, names: Collection[str]) -> bool:
    return (
        _OPTIONS.fullmatch(path) is not None
        or _TOOLS.search(path) is not None
        or path.rpartition("/")[2] in names
    )


def _copy_ignored(top: Path, read: Iterable[Path], folder: Path) -> None:
    whole = top.resolve()
    paths = {path.resolve() for path in read}
    inner = [str(path.relative_to(whole)) for path in paths if path.is_relative_to(whole)]
    absent = [path for path in inner if not (folder / path).exists()]
    for path in sorted(ignored(top, absent)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(whole / path, folder / path)


@contextlib.contextmanager
def other_folder(folder: Path, top: Path) -> Iterator[Snapshot]:
    """Take a tree that stands in another folder, which stays as it is.

    Args:
        top: the folder that corresponds to it.

    Raises:
        InputError: there is no such folder [no-tree].
    """
    if not folder.is_dir():
        message = "--old-tree names no folder"
        raise InputError(
            Diagnostic(message=message, code="no-kconfig", location=Location(str(folder)))
        )
    quote_from(folder)
    snapshot = Snapshot(folder=folder.resolve(), top=top, said=displayed(folder))
    with snapshot.closing:
        yield snapshot


def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="kvariant-review-")


def _copy(source: Path, folder: Path) -> None:
    """Copy what says the options of a tree; all of a small one."""
    files = []
    for where, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name != ".git"]
        files += [os.path.relpath(os.path.join(where, name), source) for name in names]
    is_small = len(files) <= WHOLE
    for path in files:
        if is_small or _is_kept(path, ()):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, folder / path, follow_symlinks=False)


def _is_below(folder: Path, path: Path) -> bool:
    return Path(os.path.abspath(path)).is_relative_to(folder)  # noqa: PTH100


def _outside() -> InputError:
    message = "an edited Kconfig file is not in the tree"
    return InputError(Diagnostic(message=message, code="missing-source"))


def written(root: Path, texts: Mapping[str, str | None]) -> dict[Path, bytes | None]:
    """Write texts below a folder; return what was there, to be put back by `restored`.

    Args:
        texts: by path; None: the file is taken away.
    """
    was: dict[Path, bytes | None] = {}
    for name, text in texts.items():
        path = root / name
        was[path] = path.read_bytes() if path.is_file() else None
        path.unlink(missing_ok=True)  # a link would lead to what is not ours
        if text is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    return was


def restored(was: Mapping[Path, bytes | None]) -> None:
    """Put files back as they were."""
    for path, content in was.items():
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)
