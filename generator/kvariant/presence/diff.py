# SPDX-License-Identifier: MIT
"""What a patch changes in a tree: which lines of which files, and the files as it leaves them.

The tree may have the patch already (`git show`), or not yet (a mail): the lines of its hunks
say which. Where it has it, it is undone in memory, and done again with each line's origin
noted; so several commits of one file are one change, in either order of theirs, and a line
that one adds and another removes is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kvariant.presence.patch_text import FilePatch, PatchHunk, file_patches, patch_error

Texts = Mapping[str, str | None]
"""Files by path; None: it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a patch changes in one file."""

    path: str
    """Below the root, as the patch leaves it."""
    added: tuple[int, ...]
    """Lines that are new or changed, as the patch leaves the file."""
    removed: tuple[int, ...]
    """For each removed line the line before it, as the patch leaves the file; 0: at its start."""
    removed_texts: tuple[str, ...] = ()
    """The removed lines themselves, in the same order."""
    text: str
    """The file as the patch leaves it."""
    is_applied: bool
    """Whether the tree's file is that."""
    is_gone: bool = False
    """Whether the patch removes the file."""
    what: str = ""
    """Of a file without changed lines: what is changed, in words."""


def changes_of(text: str, read: Callable[[str], str | None], source: str) -> tuple[FileChange, ...]:
    """Return what a patch changes, file by file.

    Args:
        text: the patch; mail and commit messages around it are passed over.
        read: gives a file of the tree by its path, None where it is not there.
        source: how the patch is called in errors.

    Raises:
        InputError: it is no patch, or changes what the tree does not have [diff].
    """
    files = file_patches(text, lambda name: read(name) is not None, source)
    found: list[FileChange] = []
    for group in _groups(files):
        found += _changes(group, read, source)
    return tuple(found)


def _groups(files: Sequence[FilePatch]) -> list[list[FilePatch]]:
    """Return files by what is changed or renamed together, in the order of their beginnings."""
    groups: list[tuple[set[str], list[FilePatch]]] = []
    for file in files:
        names = {name for name in (file.old, file.new) if name}
        joined = [group for group in groups if group[0] & names]
        own = (set[str](), list[FilePatch]())
        if joined:
            own = joined[0]
            for other in joined[1:]:
                own[0].update(other[0])
                own[1].extend(other[1])
                groups.remove(other)
        else:
            groups.append(own)
        own[0].update(names)
        own[1].append(file)
    order = {id(file): n for n, file in enumerate(files)}
    return [sorted(own, key=lambda file: order[id(file)]) for _, own in groups]


class _UnfitError(Exception):
    """Lines of a hunk are not those of the file."""


@dataclass(slots=True)
class _Line:
    text: str
    is_added: bool = False
    removed_after: list[str] = field(default_factory=list)
    """Lines that stood behind it and were removed."""


def _changes(
    files: Sequence[FilePatch], read: Callable[[str], str | None], source: str
) -> Iterator[FileChange]:
    names = list(dict.fromkeys(n for file in files for n in (file.new, file.old) if n))
    here = {name: read(name) for name in names}
    for order in (files, files[::-1]):  # git log -p has the newest first
        for is_applied in (True, False):
            try:
                before = _undone(order, here) if is_applied else here
                after = _done(order, before)
            except _UnfitError:
                continue
            yield from _told(order, here, after, is_applied)
            return
    named = names[0]
    is_there = any(text is not None for text in here.values())
    what = "is neither as before nor as after it" if is_there else "is not in the tree"
    hint = "check out the commit that it belongs to, or its parent"
    raise patch_error(source, f"changes {named}, which {what}", hint)


def _told(
    files: Sequence[FilePatch],
    here: Texts,
    after: Mapping[str, list[_Line] | None],
    is_applied: bool,
) -> Iterator[FileChange]:
    """Yield what has come of each file: those that were renamed under their last name."""
    left = {file.old for file in files if file.old != file.new and file.new and not file.is_copy}
    kept = {file.old for file in files if file.is_copy}
    said = {file.new or file.old: file.what for file in files}
    for name in dict.fromkeys(n for file in files for n in (file.new, file.old) if n):
        lines = after[name]
        if lines is None:
            if name not in left:
                yield FileChange(
                    path=name, added=(), removed=(), text="", is_applied=is_applied, is_gone=True,
                    removed_texts=_removed_with(files, name),
                )  # fmt: skip
            continue
        if name in kept and name not in said:
            continue
        text = here[name]
        removed = [(n, old) for n, line in enumerate(lines) for old in line.removed_after]
        yield FileChange(
            path=name,
            added=tuple(n for n, line in enumerate(lines) if line.is_added),
            removed=tuple(n for n, _ in removed),
            removed_texts=tuple(old for _, old in removed),
            text=text if is_applied and text is not None else _text(lines),
            is_applied=is_applied,
            what=said.get(name, ""),
        )


def _removed_with(files: Sequence[FilePatch], name: str) -> tuple[str, ...]:
    """Return the lines of a file that goes."""
    return tuple(
        line
        for file in files
        if file.old == name and not file.new
        for hunk in file.hunks
        for kind, line in hunk.lines
        if kind == "-"
    )


def _text(lines: Sequence[_Line]) -> str:
    return "\n".join(line.text for line in lines[1:])


# Undone


def _undone(files: Sequence[FilePatch], here: Texts) -> Texts:
    """Return files as they were before a patch.

    Raises:
        _UnfitError: they are not as they are after it.
    """
    state = dict(here)
    for file in reversed(files):
        if file.what and file.old == file.new:
            continue
        text = state[file.new] if file.new else ""
        if text is None or (not file.new and state[file.old] is not None):
            raise _UnfitError
        before = _replaced(text, file.hunks) if file.hunks else text
        if file.new:
            state[file.new] = None
        if not file.old and before.strip("\n"):
            raise _UnfitError  # it is not all of the file
        if file.old and not file.is_copy:
            if file.old != file.new and state[file.old] is not None:
                raise _UnfitError
            state[file.old] = before
    return state


def _replaced(text: str, hunks: Sequence[PatchHunk]) -> str:
    """Return a text with hunks undone."""
    lines = text.split("\n") if text else []
    found: list[str] = []
    at = 0
    for hunk in hunks:
        start = max(hunk.new_start - 1, 0) if hunk.new_length else hunk.new_start
        found += lines[at:start]
        at = start
        for kind, line in hunk.lines:
            if kind == "-":
                found.append(line)
                continue
            if at >= len(lines) or lines[at].rstrip("\r") != line:
                raise _UnfitError
            if kind == " ":
                found.append(lines[at])
            at += 1
    return "\n".join([*found, *lines[at:]])


# Done


def _done(files: Sequence[FilePatch], before: Texts) -> dict[str, list[_Line] | None]:
    """Return the lines of files after a patch, with what was done to them.

    The first line of each is none: what was removed at the start of a file stands behind it.

    Raises:
        _UnfitError: the files are not as they are before it.
    """
    state: dict[str, list[_Line] | None] = {
        name: None if text is None else [_Line(""), *map(_Line, text.split("\n") if text else ())]
        for name, text in before.items()
    }
    for file in files:
        if file.what and file.old == file.new:
            continue
        if not file.old:
            lines: list[_Line] | None = [_Line("")]
            if state[file.new] is not None:
                raise _UnfitError
        else:
            lines = state[file.old]
        if lines is None or (file.new and file.new != file.old and state[file.new] is not None):
            raise _UnfitError
        lines = _changed(lines, file.hunks)
        if file.old and not file.is_copy:
            state[file.old] = None
        if file.new:
            state[file.new] = lines
        elif len(lines) > 1 and any(line.text for line in lines[1:]) and file.hunks:
            raise _UnfitError  # it is not all of the file
    return state


def _changed(lines: Sequence[_Line], hunks: Sequence[PatchHunk]) -> list[_Line]:
    found = [lines[0]]
    at = 1
    for hunk in hunks:
        start = max(hunk.old_start, 1) if hunk.old_length else hunk.old_start + 1
        found += lines[at:start]
        at = start
        for kind, text in hunk.lines:
            if kind == "+":
                found.append(_Line(text, True))
                continue
            if at >= len(lines) or lines[at].text.rstrip("\r") != text:
                raise _UnfitError
            line = lines[at]
            at += 1
            if kind == " ":
                found.append(line)
            else:
                own = [] if line.is_added else [line.text]
                found[-1].removed_after += [*own, *line.removed_after]
    return [*found, *lines[at:]]
