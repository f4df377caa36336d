# SPDX-License-Identifier: MIT
"""The folder in which commits are laid out, one after another, as a checkout of its own.

Its objects are those of the user's repository, named as alternates: nothing is copied, and
nothing is written there. From one commit to the next only files that differ are written, so
that builds which go by times stay short; all that is not the commit's goes, but for the state
folder of the project in it. Paths are the same at every commit, and so are keys.

Files that git does not know and that are named by the command, or ignored and read by the
tree, are laid beside each commit as they are in the checkout.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kvariant import git
from kvariant.errors import Diagnostic, InputError, Location, os_error
from kvariant.mounts import mounted_in
from kvariant.regular_file import record_of
from kvariant.review.revision import Blob, blobs_of, git_bytes, git_text, lay_out, submodules

_MANIFEST = "laid.json"
_PLAIN = "* -text -filter -ident -working-tree-encoding\n"
"""Files are as git stores them: no filter of anybody's configuration has a part in it."""
_MODULE = b"160000"

_Found = Mapping[str, tuple[Path, Blob]]
"""By path, the repository that has a file and what it has."""


@dataclass(frozen=True, kw_only=True)
class CommitFolder:
    """Where commits of a checkout are laid out."""

    top: Path
    """The user's checkout."""
    folder: Path
    """Ours: `tree` in it is the checkout, beside it stands what was laid out there."""
    keep: Path
    """The state folder, below `tree`: it stays from one commit to the next."""
    beside: tuple[str, ...] = ()
    """Files that git does not know, by their paths below the top folder."""

    @property
    def tree(self) -> Path:
        """What stands for the top folder."""
        return self.folder / "tree"

    def moved(self, path: Path) -> Path:
        """Return where a path of the checkout is here; others stay what they are."""
        for one in (Path(os.path.abspath(path)), path.resolve()):  # noqa: PTH100
            for top in (self.top, self.top.resolve()):
                if one.is_relative_to(top):
                    return self.tree / one.relative_to(top)
        return path

    def lay(self, commit: str) -> None:
        """Make the folder what a commit is.

        Raises:
            InputError: git does not have all of it, or something is mounted in the folder.
            MissingError: the disk is full or read-only, or git cannot be run.
        """
        try:
            self._lay(commit)
        except OSError as error:
            raise os_error(error, "cannot lay out a commit") from None

    def _lay(self, commit: str) -> None:
        if place := mounted_in(self.folder):
            message = "something is mounted where commits are laid out"
            raise InputError(
                Diagnostic(message=message, code="not-ours", location=Location(str(place)))
            )
        self._prepare()
        wanted = dict(_files(self.top, commit, ""))
        laid = self._laid()
        due = {
            path: one for path, one in wanted.items()
            if (known := laid.get(path)) is None
            or known[:2] != [one[1].mode.decode(), one[1].digest]
            or known[2:] != _status(self.tree / path)
        }  # fmt: skip
        manifest = self.folder / _MANIFEST
        manifest.unlink(missing_ok=True)  # what is cut is looked at anew
        self._remove({*wanted}.difference(due))
        for top in {top for top, _ in due.values()}:
            self._write(top, {path: blob for path, (t, blob) in due.items() if t == top})
        self._lay_beside(wanted)
        self._check_out(commit)
        rows = {
            path: [blob.mode.decode(), blob.digest, *_status(self.tree / path)]
            for path, (_, blob) in wanted.items()
        }
        manifest.write_text(json.dumps(rows), encoding="utf-8")

    def _prepare(self) -> None:
        """Make the repository, once."""
        own = self.tree / ".git"
        if (own / "HEAD").is_file():
            return
        self.tree.mkdir(parents=True, exist_ok=True)
        kind = git_text(self.top, "rev-parse", "--show-object-format") or "sha1"
        template = "--template="
        git_bytes(self.tree, "init", "-q", template, f"--object-format={kind}")
        objects = git_text(self.top, "rev-parse", "--git-path", "objects")
        info = own / "info"
        info.mkdir(exist_ok=True)
        (own / "objects/info").mkdir(exist_ok=True)
        path = (self.top / objects).resolve()
        (own / "objects/info/alternates").write_text(f"{path}\n", encoding="utf-8")
        (info / "attributes").write_text(_PLAIN, encoding="utf-8")
        for name in ("core.autocrlf=false", "core.fileMode=true", "gc.auto=0"):
            git_bytes(self.tree, "config", *name.split("="))
        shallow = self.top / git_text(self.top, "rev-parse", "--git-path", "shallow")
        if shallow.is_file():
            shutil.copyfile(shallow, own / "shallow")

    def _laid(self) -> Mapping[str, list[object]]:
        found = record_of(self.folder / _MANIFEST) or {}  # none, or damaged: all is laid out anew
        return {path: known for path, known in found.items() if isinstance(known, list)}

    def _remove(self, stays: set[str]) -> None:
        """Remove all but some files; folders that are empty then go as well."""
        kept = {self.tree / ".git", self.keep}
        for folder, folders, names in os.walk(self.tree, topdown=False):
            here = Path(folder)
            if any(here.is_relative_to(one) for one in kept):
                continue
            relative = os.path.relpath(folder, self.tree)
            below = "" if relative == "." else f"{relative}/"
            links = [name for name in folders if (here / name).is_symlink()]
            for name in (*names, *links):
                if below + name not in stays:
                    (here / name).unlink()
            if below:
                with suppress(OSError):  # something that stays is in it
                    here.rmdir()

    def _write(self, top: Path, blobs: Mapping[str, Blob]) -> None:
        lay_out(top, (Blob(path, b.mode, b.digest) for path, b in blobs.items()), self.tree)

    def _lay_beside(self, wanted: _Found) -> None:
        for name in self.beside:
            if name not in wanted and (self.top / name).is_file():
                path = self.tree / name
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.top / name, path)

    def _check_out(self, commit: str) -> None:
        """Let git know which commit is there."""
        info = self.tree / ".git/info"
        said = self._exclude.read_bytes() if self._exclude.is_file() else b""
        own = [os.path.relpath(self.keep, self.tree), *self.beside]
        lines = "".join(f"/{_pattern(name)}\n" for name in own)
        (info / "exclude").write_bytes(said + b"\n" + os.fsencode(lines))
        git_bytes(self.tree, "read-tree", "--reset", commit)
        git_bytes(self.tree, "update-ref", "--no-deref", "HEAD", commit)
        git.asked(self.tree, "update-index", "-q", "--refresh")

    @cached_property
    def _exclude(self) -> Path:
        """What the user's repository ignores beside what its commits say."""
        return self.top / git_text(self.top, "rev-parse", "--git-path", "info/exclude")


def _files(top: Path, commit: str, below: str) -> Iterator[tuple[str, tuple[Path, Blob]]]:
    blobs = blobs_of(top, commit)
    for blob in blobs:
        if blob.mode != _MODULE:
            yield below + blob.path, (top, blob)
    for inner, blob in submodules(top, blobs):
        yield from _files(inner, blob.digest, f"{below}{blob.path}/")


def _status(path: Path) -> list[object]:
    try:
        found = path.lstat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns, stat.S_IMODE(found.st_mode)]


def _pattern(name: str) -> str:
    return "".join(f"\\{c}" if c in "\\*?[ " else c for c in name)


def unknown_to_git(top: Path, paths: Iterable[Path]) -> Sequence[str]:
    """Return those of some files that are in a checkout and not known to git, by their paths."""
    real = top.resolve()
    inner = {path.resolve() for path in paths if path.is_file()}
    names = sorted(str(p.relative_to(real)) for p in inner if p.is_relative_to(real))
    if not names:
        return []
    listing = git_bytes(top, "--literal-pathspecs", "ls-files", "-z", "--full-name", "--", *names)
    known = {os.fsdecode(name) for name in listing.split(b"\0")}
    return [name for name in names if name not in known]
