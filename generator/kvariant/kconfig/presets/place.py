# SPDX-License-Identifier: MIT
"""Where a tree is: its entry file, and the folder that its files are named from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.presets.registry import PRESETS, detect, preset_of
from kvariant.regular_file import read_text

if TYPE_CHECKING:
    from kvariant.kconfig.presets.preset import Preset

_DEPTH = 4  # folders: the entry's own and its parents
_SOURCED = re.compile(r"""^\s*source\s+["']?([^\s"']+)""", re.MULTILINE)

_ENTRIES = ("Kconfig", "Config.in", "src/Kconfig")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tree is, and what kind of tree it is."""

    preset: Preset
    root: Path
    """The folder that `$(srctree)` is, and that the preset's paths are below."""
    entry: Path


def place_of(path: Path, preset: str = "auto", root: Path | None = None) -> Place:
    """Return where the tree is that a path names.

    Args:
        path: its entry file, its root folder, or a checkout's top folder.
        preset: what kind of tree it is; `auto` looks at its files.
        root: its root folder, where it is known.

    Raises:
        InputError: there is no such preset [preset].
    """
    if root is not None and not path.is_dir():
        return Place(preset_of(preset, root), root, path)
    named = [] if preset == "auto" else [preset_of(preset, path)]
    if path.is_dir():
        for kind in named or PRESETS.values():
            folder = path / kind.folder
            if kind.folder and kind.is_root(folder):
                return Place(kind, folder, folder / kind.entry)
        kind = named[0] if named else detect(path)
        return Place(kind, path, entry_of(kind, path))
    for kind, folder in _roots(path, named or list(PRESETS.values())):
        if kind.is_root(folder) or kind in named:
            return Place(kind, folder, path)
    folder = root_of(path)
    return Place(named[0] if named else detect(folder), folder, path)


def _roots(entry: Path, kinds: list[Preset]) -> Iterator[tuple[Preset, Path]]:
    """Return the folders below which a file is a kind's entry, the nearest first."""
    parents = entry.absolute().parents[:_DEPTH]
    for depth, folder in enumerate(parents):
        name = entry.absolute().relative_to(folder).as_posix()
        for kind in kinds:
            if kind.entry == name and kind.marks:
                yield kind, entry.parent if depth == 0 else folder


def entry_of(preset: Preset, root: Path) -> Path:
    """Return the entry file of a root folder; for `plain` the first usual name it has."""
    names = (preset.entry, *(_ENTRIES if preset.name == "plain" else ()))
    return next((root / name for name in names if (root / name).is_file()), root / preset.entry)


def root_of(entry: Path) -> Path:
    """Return the folder that an entry file's `source` lines are relative to.

    Its own, as with most trees; a parent where more of the sourced files are below
    that: coreboot and SeaBIOS start with src/Kconfig, which sources "src/...".
    """
    try:
        text = read_text(entry, "replace")
    except OSError:
        return entry.parent
    sourced = [path for path in _SOURCED.findall(text) if "$" not in path]
    found = {
        folder: sum(any(folder.glob(path)) for path in sourced if not Path(path).is_absolute())
        for folder in entry.absolute().parents[:_DEPTH]
    }
    best = max(found, key=lambda folder: found[folder])  # the nearest of equals
    return best if found[best] else entry.parent
