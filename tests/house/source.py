# SPDX-License-Identifier: MIT
"""The package's own source as these tests read it: modules, rooms, and who imports whom.

Read as syntax trees, so that nothing is imported and no import is missed that only a type
checker follows.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "generator/kvariant"


@dataclass(frozen=True)
class Module:
    """A module of the package."""

    path: Path

    @property
    def name(self) -> str:
        """The path below the package: `kconfig/presets/linux.py`."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def room(self) -> str:
        """The part of the package that it is in, "" for the package's own entry files."""
        first, *rest = self.path.relative_to(PACKAGE).parts
        return first if rest else ("" if first.startswith("__") else first.removesuffix(".py"))

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @property
    def docstring(self) -> str:
        """The whole docstring, "" without one."""
        return ast.get_docstring(self.tree) or ""

    @property
    def headline(self) -> str:
        """The docstring's first line."""
        return self.docstring.partition("\n")[0]

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """What it imports, dotted; of `from a import b`, `a.b`."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}: a relative import"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def modules() -> tuple[Module, ...]:
    """Return all modules, in the order of their paths."""
    return tuple(Module(path) for path in sorted(PACKAGE.rglob("*.py")))


@cache
def rooms() -> tuple[str, ...]:
    """Return the rooms from the top down, as the rule of layers in pyproject.toml has them."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(c["layers"] for c in linter["contracts"] if c["type"] == "layers")
    return tuple(
        name.strip().removeprefix("kvariant.") for layer in layers for name in layer.split("|")
    )


@cache
def imported_rooms() -> Mapping[str, tuple[str, ...]]:
    """Return which other rooms each room imports, from the top down."""
    found: dict[str, set[str]] = {room: set() for room in rooms()}
    for module in modules():
        if not module.room:
            continue
        for name in module.imports:
            package, *inner = name.split(".")
            if package == "kvariant" and inner and inner[0] in found:
                found[module.room].add(inner[0])
    return {
        room: tuple(other for other in rooms() if other in names and other != room)
        for room, names in found.items()
    }


def room_headline(room: str) -> str:
    """Return what a room says that it is."""
    path = PACKAGE / room / "__init__.py"
    return Module(path if path.exists() else PACKAGE / f"{room}.py").headline
