# SPDX-License-Identifier: MIT
"""What differs between a commit and the files of its checkout as they are.

Names and kinds alone; the text before is asked of git where somebody needs it. What git is
told to ignore, and to take as unchanged, is told as well: nobody knows whether it changed.
"""

from __future__ import annotations

import enum
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvariant.errors import InputError, KvariantError
from kvariant.review.revision import git_bytes, git_text

_PLAIN = ("100644", "100755")
"""Modes of files; others are links and commits of submodules."""
_MADE = (
    ".o", ".a", ".so", ".ko", ".pyc", ".d", ".cmd", ".gch", ".log", ".sqlite", ".swp", "~",
)  # fmt: skip
"""Endings of ignored files that builds and editors make, which are no sources."""


class How(enum.Enum):
    """How a file differs."""

    EDITED = "edited"
    ADDED = "new"
    REMOVED = "gone"
    OTHER = "not a plain file"
    UNKNOWN = "unknown to git, and newer than the results"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that differs."""

    path: str
    """Below the checkout's top folder."""
    how: How


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """What is checked out."""

    revision: str
    """"" where git does not know the folder."""
    is_clean: bool
    """Whether the files are those of the revision, and there are no others."""


def state_of(folder: Path, made: Sequence[Path], *, untracked: bool = True) -> CheckoutState:
    """Return what is checked out in a folder's repository.

    Args:
        made: folders of ours, which do not count.
        untracked: whether files that git does not know count.
    """
    revision = ""
    try:
        told = git_text(folder, "rev-parse", "--show-toplevel", "--verify", "--quiet", "HEAD")
        top, _, revision = told.rpartition("\n")
        if not revision or not top:
            return CheckoutState("", is_clean=False)
        found = changed_files(Path(top), revision, made, untracked=untracked)
    except KvariantError:  # there is no git, it cannot be run, or it does not know
        return CheckoutState(revision, is_clean=False)
    return CheckoutState(revision, is_clean=not found)


def changed_files(
    top: Path,
    commit: str,
    made: Sequence[Path],
    *,
    untracked: bool = True,
    since: float | None = None,
) -> list[ChangedFile]:
    """Return all files that differ from a commit, in the order of their paths.

    Args:
        top: the checkout's top folder.
        made: folders of ours, whose files do not count.
        untracked: whether files that git does not know count.
        since: seconds; ignored files count that have changed later.

    Raises:
        InputError: git fails.
    """
    own = [os.path.relpath(path.resolve(), top.resolve()) for path in made]
    limits = ["--", ".", *(f":(exclude){p}" for p in own if not p.startswith(".."))]
    found: dict[str, How] = {}
    listing = git_bytes(
        top, "diff", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff",
        "--no-textconv", "--ignore-submodules=none", commit, *limits,
    )  # fmt: skip
    for head, path in _pairs(listing):
        before, after, _, _, status = head.lstrip(":").split(" ")
        found[path] = _how(status, before, after)
    for entry in _names(git_bytes(top, "ls-files", "-v", "-z", *limits)):
        tag, path = entry[0], entry[2:]
        if tag.islower() or (tag == "S" and (top / path).exists()):  # git does not look at it
            found[path] = How.OTHER
    if untracked:
        names = git_bytes(top, "ls-files", "-z", "--others", "--exclude-standard", *limits)
        found |= dict.fromkeys(_names(names), How.ADDED)
    if since is not None:
        ignored = git_bytes(
            top, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory",
            *limits,
        )  # fmt: skip
        found |= {p: How.UNKNOWN for p in _names(ignored) if _is_newer(top / p, p, since)}
    return [ChangedFile(path, found[path]) for path in sorted(found)]


def text_before(top: Path, commit: str, path: str) -> str | None:
    """Return a file's text in a commit; None: it has none there, or it is no text."""
    try:
        return git_bytes(top, "cat-file", "blob", f"{commit}:{path}").decode()
    except (InputError, UnicodeDecodeError):
        return None


def mentioned(top: Path, names: Iterable[str], where: Sequence[str]) -> list[tuple[str, str]]:
    """Return the lines of files that have one of some texts in them: (path, line).

    Args:
        names: what is looked for, as it is.
        where: git's patterns for the files.
    """
    patterns = [word for name in names for word in ("-e", name)]
    if not patterns:
        return []
    command = ("grep", "--untracked", "-I", "-F", "-z", "--no-color", "--full-name")
    try:
        found = git_bytes(top, *command, *patterns, "--", *where)
    except (InputError, subprocess.SubprocessError):
        return []  # git grep fails where nothing is found
    lines = []
    for line in found.split(b"\n"):
        path, _, text = os.fsdecode(line).partition("\0")
        lines.append((path, text))
    return lines


def _how(status: str, before: str, after: str) -> How:
    if status == "A" and after in _PLAIN:
        return How.ADDED
    if status == "D" and before in _PLAIN:
        return How.REMOVED
    if status == "M" and before == after and after in _PLAIN:
        return How.EDITED
    return How.OTHER


def _is_newer(path: Path, name: str, since: float) -> bool:
    if name.endswith(("/", *_MADE)):
        return False
    try:
        status = path.lstat()
    except OSError:
        return False
    return max(status.st_mtime, status.st_ctime) > since


def _pairs(listing: bytes) -> Iterator[tuple[str, str]]:
    entries = _names(listing)
    return zip(entries[::2], entries[1::2], strict=True)


def _names(listing: bytes) -> list[str]:
    return [os.fsdecode(name) for name in listing.split(b"\0") if name]
