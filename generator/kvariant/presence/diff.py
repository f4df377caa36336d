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
    groups = [_FileGroup(own, read) for own in _groups(files)]
    # A file that could be either is as the others are: a removed line fits in many places.
    is_applied = all(group.fits(True) for group in groups)
    is_late = not is_applied and all(group.fits(False) for group in groups)
    found: list[FileChange] = []
    for group in groups:
        found += group.changes(source, (False, True) if is_late else (True, False))
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


class _FileGroup:
    """Files that are changed or renamed together, in a tree that has the changes or not."""

    def __init__(self, files: Sequence[FilePatch], read: Callable[[str], str | None]) -> None:
        self._names = list(dict.fromkeys(n for file in files for n in (file.new, file.old) if n))
        self._here = {name: read(name) for name in self._names}
        # git log -p has the newest first.
        self._orders = (files, files[::-1]) if len(files) > 1 else (files,)
        self._known: dict[bool, Sequence[FileChange]] = {}

    def fits(self, is_applied: bool) -> bool:
        """Return whether the tree can be one that has the changes, or one that has them not."""
        if is_applied not in self._known:
            self._known[is_applied] = list(self._tried(is_applied))
        return bool(self._known[is_applied])

    def changes(self, source: str, order: Sequence[bool]) -> Sequence[FileChange]:
        """Return what is changed; which kind of tree is tried first says `order`.

        Raises:
            InputError: the tree is neither [diff].
        """
        for is_applied in order:
            if self.fits(is_applied):
                return self._known[is_applied]
        is_there = any(text is not None for text in self._here.values())
        what = "is neither as before nor as after it" if is_there else "is not in the tree"
        hint = "check out the commit that it belongs to, or its parent"
        raise patch_error(source, f"changes {self._names[0]}, which {what}", hint)

    def _tried(self, is_applied: bool) -> Iterator[FileChange]:
        for order in self._orders:
            try:
                before = _undone(order, self._here) if is_applied else self._here
                after = _done(order, before, is_undone=is_applied)
            except _UnfitError:
                continue  # the next reading may fit; none: told by the caller
            yield from _told(order, self._here, after, is_applied)
            return


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
        if opaque := [file for file in files if file.is_opaque and name in (file.new, file.old)]:
            yield FileChange(
                path=name, added=(), removed=(), text=here[name] or "", is_applied=True,
                what=opaque[0].what,
            )  # fmt: skip
            continue
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
        if file.is_opaque:
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
        start = _before(hunk.new_start, hunk.new_length)
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
        if all(kind != "+" for kind, _ in hunk.lines):
            _check_ends(hunk, start == 0, not any(lines[at:]))
    return "\n".join([*found, *lines[at:]])


# Done


def _done(
    files: Sequence[FilePatch], before: Texts, *, is_undone: bool
) -> dict[str, list[_Line] | None]:
    """Return the lines of files after a patch, with what was done to them.

    The first line of each is none: what was removed at the start of a file stands behind it.

    Args:
        is_undone: whether the files were made by undoing the patch. Then hunks are where they
            were undone: of a patch with hunks left out the old lines have other numbers.

    Raises:
        _UnfitError: the files are not as they are before it.
    """
    state: dict[str, list[_Line] | None] = {
        name: None if text is None else [_Line(""), *map(_Line, text.split("\n") if text else ())]
        for name, text in before.items()
    }
    for file in files:
        if file.is_opaque:
            continue
        if not file.old:
            lines: list[_Line] | None = [_Line("")]
            if state[file.new] is not None:
                raise _UnfitError
        else:
            lines = state[file.old]
        if lines is None or (file.new and file.new != file.old and state[file.new] is not None):
            raise _UnfitError
        lines = _changed(lines, file.hunks, is_undone)
        if file.old and not file.is_copy:
            state[file.old] = None
        if file.new:
            state[file.new] = lines
        elif len(lines) > 1 and any(line.text for line in lines[1:]) and file.hunks:
            raise _UnfitError  # it is not all of the file
    return state


def _changed(lines: Sequence[_Line], hunks: Sequence[PatchHunk], is_undone: bool) -> list[_Line]:
    found = [lines[0]]
    at = 1
    grown = 0
    for hunk in hunks:
        before = _before(hunk.old_start, hunk.old_length)
        if is_undone:
            before = _before(hunk.new_start, hunk.new_length) - grown
        grown += hunk.new_length - hunk.old_length
        found += lines[at : before + 1]
        at = before + 1
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


def _check_ends(hunk: PatchHunk, is_first: bool, is_last: bool) -> None:
    """Refuse a hunk in the middle of a file that has fewer lines around it on one side.

    It has fewer where the file ends [git apply, --unidiff-zero]. What removes lines alone
    would else fit where they still are.
    """
    kinds = [kind for kind, _ in hunk.lines]
    leading = next((n for n, kind in enumerate(kinds) if kind != " "), 0)
    trailing = next((n for n, kind in enumerate(reversed(kinds)) if kind != " "), 0)
    if (leading < trailing and not is_first) or (trailing < leading and not is_last):
        raise _UnfitError


def _before(start: int, length: int) -> int:
    """Return how many lines stand before a hunk [GNU diff, "Detailed Unified"]."""
    return max(start - 1, 0) if length else start
