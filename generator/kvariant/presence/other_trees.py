# SPDX-License-Identifier: MIT
"""Of a line that no configuration compiles: the other architecture's tree that may have it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kvariant.kconfig.expression import NEVER

if TYPE_CHECKING:
    from kvariant.kconfig import Tree
    from kvariant.presence.sources import Presence

_MACRO = re.compile(r"\bCONFIG_(\w+)")


def declared_elsewhere(tree: Tree, presence: Presence) -> list[str]:
    """Return in words which architectures may have a line that this tree's never has."""
    own = tree.environment.get("SRCARCH") or tree.environment.get("ARCH", "")
    if not own or not (tree.root / "arch" / own).is_dir():
        return []
    path = presence.location.path.split("/")
    if path[0] == "arch" and len(path) > 2 and path[1] != own:
        return [f"it is of another architecture: --env ARCH={path[1]}"]
    names = {
        name
        for term in presence.terms
        if term.condition == NEVER
        for name in _MACRO.findall(term.text)
        if name not in tree.types
    }
    found = []
    for name in sorted(names):
        arches = sorted(_declaring(tree.root, name))
        if arches:
            shown = ", ".join(arches[:4]) + (" ..." if len(arches) > 4 else "")
            found.append(f"CONFIG_{name} is an option of {shown}: --env ARCH={arches[0]}")
        else:
            found.append(f"CONFIG_{name} is no option of this tree")
    return found


def _declaring(root: Path, name: str) -> Iterator[str]:
    """Yield the architectures whose Kconfig files declare an option."""
    declared = re.compile(rf"^\s*(?:menu)?config\s+{re.escape(name)}\s*$", re.MULTILINE)
    for arch in (root / "arch").iterdir():
        for folder, _, files in os.walk(arch):
            for file in files:
                if file.startswith("Kconfig"):
                    text = Path(folder, file).read_text(errors="replace")
                    if declared.search(text):
                        yield arch.name
                        break
            else:
                continue
            break
