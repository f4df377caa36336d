# SPDX-License-Identifier: MIT
"""The west workspace around a Zephyr tree: which modules it has.

    WORKSPACE/.west/config                what makes it one
    WORKSPACE/*/.../zephyr/module.yml     a module, at most four folders down

All modules that are there count, as after `west update`; west itself is not asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kvariant.kconfig.presets.yaml_file import read_yaml

_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the workspace."""

    name: str
    folder: Path
    kconfig: Path | None
    """Its own Kconfig file; None: the tree has one for it, or there is none."""
    has_menu: bool

    @property
    def symbol(self) -> str:
        """The name as it is a part of symbols and variables."""
        return re.sub(r"[^a-zA-Z0-9]", "_", self.name).upper()


def workspace(root: Path) -> Path | None:
    """Return the workspace that a tree is part of, None outside of any."""
    return next((f for f in root.absolute().parents if (f / ".west/config").is_file()), None)


def modules(root: Path) -> list[Module]:
    """Return the modules around a tree, sorted by folder; none outside of a workspace."""
    top = workspace(root)
    if top is None:
        return []
    own = root.absolute()
    found = [
        path.parents[1]
        for depth in range(1, _DEPTH + 1)
        for path in top.glob("/".join([*["*"] * depth, "zephyr/module.y*ml"]))
    ]
    return [
        _module(folder) for folder in sorted(set(found)) if own not in (folder, *folder.parents)
    ]


def _module(folder: Path) -> Module:
    files = (folder / "zephyr" / f"module.{end}" for end in ("yml", "yaml"))
    said = read_yaml(next(path for path in files if path.is_file()))
    build = said.get("build") or {}
    name = str(said.get("name", folder.name))
    if build.get("kconfig-ext"):
        return Module(name, folder, None, has_menu=True)
    path = folder / str(build.get("kconfig", "zephyr/Kconfig"))
    return Module(name, folder, path, True) if path.is_file() else Module(name, folder, None, False)
