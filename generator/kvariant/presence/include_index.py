# SPDX-License-Identifier: MIT
"""Which files of a tree name which others in an `#include`, kept from one command to the next.

    name of the included file, without folders  ->  the files that include one of that name

What stands in comments is in it too: who asks reads the file that is named. Files are read
again when size or time have changed. Kept as JSON in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kvariant.digest import short_digest
from kvariant.kconfig.kept import folder as cache_folder
from kvariant.whole_file import keep_file

ENDINGS = (".c", ".h", ".S", ".inc", ".cc", ".cpp", ".hpp")
_NAMED = re.compile(
    rb"#[ \t]*(?:include(?:_next)?[ \t]*[<\"]([^>\"\n]+)|(?:define|undef)[ \t]+(CONFIG_\w+))"
)
_FORMAT = 1
WORTH = 2_000
"""Files of a tree whose index is kept; of fewer it is made again in no time."""
_SKIPPED = ("Documentation", "tools", "scripts")
"""Folders at the top of a kernel that hold no sources of it."""


@dataclass(frozen=True)
class IncludeIndex:
    """The includes of a tree."""

    targets: Mapping[str, str]
    """Of each file that was looked at, below the root, what its includes name, a line each."""
    redefining: Mapping[str, Sequence[str]]
    """Of files that define or undefine what is named as options are: what."""

    @cached_property
    def includers(self) -> Mapping[str, Sequence[str]]:
        """By the last part of an include's target: the files that have one, sorted."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.targets):
            own = self.targets[path].split("\n")
            for name in dict.fromkeys([target.rpartition("/")[2] for target in own]):
                found.setdefault(name, []).append(path)
        return found


def include_index(
    root: Path, leave_out: Collection[str], *, keep: bool, tell: Callable[[int], None] | None = None
) -> IncludeIndex:
    """Return the includes of a tree.

    Args:
        leave_out: folders, below the root, that are not looked at.
        keep: whether it may be kept, and taken from what was kept.
        tell: hears how many files are to be read, where there are many.

    Cost: Linux 6.1 without the other architectures, 1.1 GB: 3 to 6 s where the files are
    in memory; half a second from what was kept.
    """
    path = _kept_path(root, leave_out)
    known = _kept(path) if keep else {}
    stamps, targets = dict[str, list[int]](), dict[str, str]()
    redefining: dict[str, Sequence[str]] = {}
    due: list[str] = []
    old_stamps, old_targets = known.get("stamps", {}), known.get("targets", {})
    for relative, state in _files(root, leave_out):
        stamps[relative] = stamp = [state.st_mtime_ns, state.st_size]
        if old_stamps.get(relative) == stamp:
            targets[relative] = old_targets[relative]
        else:
            due.append(relative)
    if tell and len(due) > WORTH:
        tell(len(due))
    old = known.get("redefining", {})
    redefining |= {relative: old[relative] for relative in old if relative in targets}
    for relative in due:
        targets[relative], macros = _named(root / relative)
        if macros:
            redefining[relative] = macros
    if keep and len(stamps) > WORTH and (due or len(stamps) != len(old_stamps)):
        _write(path, {"stamps": stamps, "targets": targets, "redefining": redefining})
    return IncludeIndex(targets, dict(sorted(redefining.items())))


def _named(path: Path) -> tuple[str, list[str]]:
    try:
        data = path.read_bytes()
    except OSError:
        return "", []
    targets, macros = dict[str, None](), dict[str, None]()
    for target, macro in _NAMED.findall(data):
        if target:
            targets[target.decode(errors="replace")] = None
        else:
            macros[macro.decode(errors="replace")] = None
    return "\n".join(targets), list(macros)


def _files(root: Path, leave_out: Collection[str]) -> Iterator[tuple[str, os.stat_result]]:
    top, skipped = str(root), set(leave_out)
    due = [""]
    while due:
        folder = due.pop()
        try:
            with os.scandir(f"{top}/{folder}") as found:
                entries = list(found)
        except OSError:
            continue  # it went meanwhile, or may not be read: no file of it is indexed
        for entry in entries:
            relative = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and relative not in skipped:
                    due.append(relative)
            elif entry.name.endswith(ENDINGS) and entry.is_file():
                with contextlib.suppress(OSError):  # it went meanwhile
                    yield relative, entry.stat()


def other_folders(root: Path, arch: str) -> tuple[str, ...]:
    """Return the folders of a kernel-like tree that its build for one architecture leaves out."""
    if not arch or not (root / "arch" / arch).is_dir():
        return ()
    others = [f"arch/{p.name}" for p in sorted((root / "arch").iterdir()) if p.name != arch]
    return (*_SKIPPED, *others)


# What is kept


def _kept_path(root: Path, leave_out: Collection[str]) -> Path:
    name = short_digest([str(root.resolve()), *sorted(leave_out)])
    return cache_folder() / f"includes-{name}.json"


def _kept(path: Path) -> Mapping[str, Any]:
    """Return what is kept; {} where nothing is, or it is another's form."""
    try:
        record = json.loads(path.read_bytes())
        parts = {key: record[key] for key in ("stamps", "targets", "redefining")}
        is_whole = record["format"] == _FORMAT and parts["stamps"].keys() <= parts["targets"].keys()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return parts if is_whole else {}


def _write(path: Path, parts: Mapping[str, Any]) -> None:
    """Keep an index; a cache that cannot be written is none."""
    text = json.dumps({"format": _FORMAT, **parts}, separators=(",", ":"))
    with contextlib.suppress(OSError):  # the next command makes it again
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_file(path, text.encode())
