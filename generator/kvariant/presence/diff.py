# SPDX-License-Identifier: MIT
"""A patch: which lines of which files it changes, and the files as it leaves them.

The tree may have the patch already (`git show`), or not yet (a mail): the lines of its hunks
say which. Where it has not, the text that lines are looked up in is made in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from kvariant.errors import Diagnostic, InputError, Location

_NO_FILE = "/dev/null"
_NO_NEWLINE = "\\"
"""What the line about a file's last line begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a patch changes in one file."""

    path: str
    """Below the root, as the patch leaves it."""
    added: tuple[int, ...]
    """Lines that are new or changed, as the patch leaves the file."""
    removed: tuple[int, ...]
    """For each removed line the line before it, as the patch leaves the file; 0: at its start."""
    text: str
    """The file as the patch leaves it."""
    is_applied: bool
    """Whether the tree's file is that."""
    is_gone: bool = False
    """Whether the patch removes the file."""


def changes_of(text: str, read: Callable[[str], str | None], source: str) -> tuple[FileChange, ...]:
    """Return what a patch changes, file by file.

    Args:
        text: the patch; mail and commit messages around it are passed over.
        read: gives a file of the tree by its path, None where it is not there.
        source: how the patch is called in errors.

    Raises:
        InputError: it is no patch, or changes what the tree does not have [diff].
    """
    try:
        patched = PatchSet(text)
    except (UnidiffParseError, ValueError, IndexError) as error:
        hint = "git diff, git show and diff -u make one"
        raise _error(source, f"is no patch: {error}", hint) from None
    if not patched:
        hint = "git show | kvariant matrix patch, or --diff FILE"
        raise _error(source, "has no changed file in it", hint)
    return tuple(_change(file, read, source) for file in patched if not file.is_binary_file)


def _change(file: PatchedFile, read: Callable[[str], str | None], source: str) -> FileChange:
    path = file.path
    lines = [line for hunk in file for line in hunk]
    added = tuple(line.target_line_no or 0 for line in lines if line.is_added)
    removed: list[int] = []
    for hunk in file:
        before = hunk.target_start - 1 if hunk.target_length else hunk.target_start
        for line in hunk:
            if line.is_removed:
                removed.append(before)
            else:
                before = line.target_line_no or before
    if file.target_file == _NO_FILE:
        return FileChange(
            path=path, added=(), removed=tuple(removed), text="", is_applied=read(path) is None,
            is_gone=True,
        )  # fmt: skip
    here = read(path)
    if here is not None and _has(here, file, new=True):
        return FileChange(
            path=path, added=added, removed=tuple(removed), text=here, is_applied=True
        )
    # Not `is_added_file`: to unidiff lines before the first one are a new file.
    is_new = file.source_file == _NO_FILE
    old = "" if is_new else read(_source(file))
    if old is not None and (is_new or _has(old, file, new=False)):
        return FileChange(
            path=path, added=added, removed=tuple(removed), text=_patched(old, file),
            is_applied=False,
        )  # fmt: skip
    is_there = here is not None or old is not None
    what = "is neither as before nor as after it" if is_there else "is not in the tree"
    hint = "check out the commit that it belongs to, or its parent"
    raise _error(source, f"changes {path}, which {what}", hint)


def _source(file: PatchedFile) -> str:
    name = str(file.source_file)
    return name[2:] if name.startswith("a/") else name


def _has(text: str, file: PatchedFile, *, new: bool) -> bool:
    """Return whether a text has the lines of all hunks, as they are after or before the patch."""
    lines = text.split("\n")
    for hunk in file:
        start = hunk.target_start if new else hunk.source_start
        kept = (line for line in hunk if not (line.is_removed if new else line.is_added))
        own = [_bare(line.value) for line in kept if line.line_type != _NO_NEWLINE]
        first = max(start - 1, 0)
        if [line.rstrip("\r") for line in lines[first : first + len(own)]] != own:
            return False
    return True


def _bare(value: str) -> str:
    return value.rstrip("\n").rstrip("\r")


def _patched(text: str, file: PatchedFile) -> str:
    """Return a text with a patch applied; its hunks fit."""
    lines = text.split("\n") if text else []
    found: list[str] = []
    at = 0
    for hunk in file:
        start = max(hunk.source_start - 1, 0) if hunk.source_length else hunk.source_start
        found += lines[at:start]
        at = start
        for line in hunk:
            if line.is_added:
                found.append(_bare(line.value))
            elif line.is_removed:
                at += 1
            elif line.is_context:
                found.append(lines[at] if at < len(lines) else _bare(line.value))
                at += 1
    return "\n".join([*found, *lines[at:]])


def _error(source: str, what: str, hint: str) -> InputError:
    return InputError(
        Diagnostic(message=f"the patch {what}", code="diff", location=Location(source), hint=hint)
    )
