# SPDX-License-Identifier: MIT
"""Where a tree is: its entry file, and the folder that its files are named from."""

from __future__ import annotations

import re
from pathlib import Path

from kvariant.kconfig.presets.preset import Preset

_DEPTH = 4  # folders: the entry's own and its parents
_SOURCED = re.compile(r"""^\s*source\s+["']?([^\s"']+)""", re.MULTILINE)

_ENTRIES = ("Kconfig", "Config.in", "src/Kconfig")


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
        text = entry.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return entry.parent
    sourced = [path for path in _SOURCED.findall(text) if "$" not in path]
    found = {
        folder: sum(any(folder.glob(path)) for path in sourced if not Path(path).is_absolute())
        for folder in entry.absolute().parents[:_DEPTH]
    }
    best = max(found, key=lambda folder: found[folder])  # the nearest of equals
    return best if found[best] else entry.parent
