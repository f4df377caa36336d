# SPDX-License-Identifier: MIT
"""Revisions of a git checkout, and their files laid out in another folder.

Git's objects are read (`cat-file`, `ls-tree`); neither the checkout nor its index is touched,
and no filter, hook or program of the user's configuration runs.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kvariant import git
from kvariant.errors import (
    Diagnostic,
    InputError,
    Location,
    MissingError,
    did_you_mean,
    os_error,
)

_LINK, _MODULE = b"120000", b"160000"
"""Modes of a symbolic link and of another repository's commit."""
_UPSTREAMS = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where work that names no upstream is taken to have left from, the first that there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision of a checkout."""

    top: Path
    """The checkout's top folder."""
    commit: str
    said: str
    """What it is, for people: `HEAD~3 (1a2b3c4)`, `1a2b3c4, where this left origin/main`."""


@dataclass(frozen=True, slots=True)
class Blob:
    """One file of a revision."""

    path: str
    mode: bytes
    digest: str


def revision_of(folder: Path, named: str) -> Revision:
    """Return a revision of the checkout that a folder is in.

    Args:
        named: what git knows it by. A branch stands for the commit at which this work left
            it: what others have put there since is no edit of this work. "": the upstream.

    Raises:
        InputError: the folder is in no checkout [no-checkout], or git does not know the
            revision [no-revision].
        MissingError: git is not installed [no-git].
    """
    top = top_of(folder)
    for name in [named] if named else _upstreams(top):
        commit = git_text(top, "rev-parse", "--verify", "--quiet", "--end-of-options",
                       f"{name}^{{commit}}")  # fmt: skip
        if commit:
            return _left(top, name, commit)
    raise _unknown(top, named)


def top_of(folder: Path) -> Path:
    """Return the top folder of the checkout that a folder is in.

    Raises:
        InputError: it is in none [no-checkout].
        MissingError: git is not installed [no-git].
    """
    return Path(os.fsdecode(git_bytes(folder, "rev-parse", "--show-toplevel")).rstrip("\n"))


def _left(top: Path, name: str, commit: str) -> Revision:
    short = commit[:9]
    full = git_text(top, "rev-parse", "--symbolic-full-name", "--end-of-options", name)
    # git before 2.41 repeats the option that ends the options
    if full.rpartition("\n")[2].startswith(("refs/heads/", "refs/remotes/")):
        base = git_text(top, "merge-base", commit, "HEAD")
        if base and base != commit:
            return Revision(top=top, commit=base, said=f"{base[:9]}, where this left {name}")
    return Revision(top=top, commit=commit, said=short if commit.startswith(name)
                    else f"{name} ({short})")  # fmt: skip


def _upstreams(top: Path) -> list[str]:
    own = git_text(top, "rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}")
    return [own, *_UPSTREAMS] if own else list(_UPSTREAMS)


def _unknown(top: Path, named: str) -> InputError:
    if not named:
        message = "this branch has no upstream, so nothing says what it is compared with"
        hint = "name a revision: kvariant review HEAD for what is not committed yet"
        return InputError(Diagnostic(message=message, code="no-revision", hint=hint))
    names = git_text(top, "for-each-ref", "--format=%(refname:short)").split("\n")
    hint = did_you_mean(named, names, "git log --oneline lists commits")
    message = f"git knows no revision {named!r}"
    return InputError(Diagnostic(message=message, code="no-revision", hint=hint))


def blobs_of(top: Path, commit: str) -> tuple[Blob, ...]:
    """Return all files of a commit, those of checked-out submodules included."""
    listing = git_bytes(top, "ls-tree", "-r", "-z", "--full-tree", commit)
    found: list[Blob] = []
    for entry in listing.split(b"\0"):
        if not entry:
            continue
        head, _, path = entry.partition(b"\t")
        mode, _, digest = head.split(b" ")
        found.append(Blob(os.fsdecode(path), mode, digest.decode()))
    return tuple(found)


def submodules(top: Path, blobs: Iterable[Blob]) -> Iterator[tuple[Path, Blob]]:
    """Yield the folders of submodules that are checked out, each with its commit."""
    for blob in blobs:
        if blob.mode == _MODULE and (top / blob.path / ".git").exists():
            yield top / blob.path, blob


def lay_out(top: Path, blobs: Iterable[Blob], folder: Path) -> None:
    """Write files of a revision into a folder.

    Raises:
        InputError: git does not have one of them, as in a partial clone [no-revision].
    """
    wanted = [blob for blob in blobs if blob.mode != _MODULE]
    for parent in {(folder / blob.path).parent for blob in wanted}:
        parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{blob.digest}\n" for blob in wanted).encode())
        asked.seek(0)
        with subprocess.Popen(
            [*git.COMMAND, "cat-file", "--batch"], cwd=top, stdin=asked, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            for blob in wanted:
                head = process.stdout.readline().split()
                if len(head) != 3:
                    raise _absent(blob)
                content = process.stdout.read(int(head[2]))
                process.stdout.read(1)
                _write(folder / blob.path, blob, content)


def _write(path: Path, blob: Blob, content: bytes) -> None:
    if blob.mode == _LINK:
        path.symlink_to(os.fsdecode(content))
        return
    path.write_bytes(content)
    if blob.mode == b"100755":
        path.chmod(0o755)


def ignored(top: Path, paths: Collection[str]) -> frozenset[str]:
    """Return those of some paths that git is told to ignore: what a build has written."""
    if not paths:
        return frozenset()
    asked = b"\0".join(os.fsencode(path) for path in paths)
    done = _run(top, "check-ignore", "-z", "--stdin", stdin=asked)
    return frozenset(os.fsdecode(path) for path in done.stdout.split(b"\0") if path)


def git_bytes(folder: Path, *words: str) -> bytes:
    """Return what git prints.

    Raises:
        InputError: it fails: the folder is in no checkout [no-checkout].
    """
    done = _run(folder, *words)
    if done.returncode:
        message = f"there is no tree before to be had here: git says {git.complaint(done)!r}"
        hint = "kvariant review --old-tree FOLDER compares with a tree in another folder"
        raise InputError(
            Diagnostic(message=message, code="no-checkout", location=Location(str(folder)),
                       hint=hint)
        )  # fmt: skip
    return done.stdout


def git_text(folder: Path, *words: str) -> str:
    """Return what git prints, "" where it fails."""
    done = _run(folder, *words)
    return "" if done.returncode else done.stdout.decode(errors="replace").strip()


def _run(folder: Path, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return git.asked(folder, *words, given=stdin)
    except FileNotFoundError:
        message = "git is not installed, so the tree before cannot be read"
        hint = "kvariant review --old-tree FOLDER compares with a tree in another folder"
        raise MissingError(Diagnostic(message=message, code="no-git", hint=hint)) from None
    except OSError as error:
        raise os_error(error, "cannot run git") from None


def _absent(blob: Blob) -> InputError:
    message = f"git does not have the content of {blob.path}"
    hint = "git fetch --refetch brings all of a partial clone"
    return InputError(Diagnostic(message=message, code="no-revision", hint=hint))
