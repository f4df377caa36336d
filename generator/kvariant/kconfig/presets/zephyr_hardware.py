# SPDX-License-Identifier: MIT
"""The boards, chips and architectures that a Zephyr tree lists in its YAML files, since 3.7."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvariant.kconfig.presets.yaml_file import listed, read_yaml


@dataclass(frozen=True, slots=True)
class Board:
    """A board, as its board.yml tells it."""

    name: str
    folder: Path
    qualifiers: tuple[str, ...]
    """What stands behind the name for each of its targets: `nrf5340_cpuapp_ns`."""


def architectures(root: Path) -> list[Path]:
    """Return the folders of arch/archs.yml."""
    found = listed(read_yaml(root / "arch/archs.yml"), "archs")
    return [root.absolute() / "arch" / str(item["path"]) for item in found]


def systems(root: Path) -> list[Path]:
    """Return the folders that have a soc.yml, sorted."""
    return sorted(path.parent for path in root.absolute().glob("soc/**/soc.yml"))


def boards(root: Path) -> Iterator[Board]:
    """Return the boards of the tree, sorted by folder; a board.yml has one or several."""
    clusters = _clusters(root)
    for path in sorted(root.absolute().glob("boards/**/board.yml")):
        said = read_yaml(path)
        one = said.get("board")
        for item in [*([one] if isinstance(one, dict) else []), *listed(said, "boards")]:
            if "name" in item:
                qualifiers = tuple(_qualifiers(item, clusters))
                yield Board(str(item["name"]), path.parent, qualifiers)


def _clusters(root: Path) -> dict[str, list[str]]:
    """Return the names of the CPU clusters of each chip."""
    found: dict[str, list[str]] = {}
    for folder in systems(root):
        for chip in _chips(read_yaml(folder / "soc.yml")):
            names = [str(item["name"]) for item in listed(chip, "cpuclusters")]
            found.setdefault(str(chip.get("name")), []).extend(names)
    return found


def _chips(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return chips wherever they are listed: below families, series or at the top."""
    yield from listed(said, "socs")
    for key in ("family", "series"):
        for item in listed(said, key):
            yield from _chips(item)


def _qualifiers(board: Mapping[str, Any], clusters: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for chip in listed(board, "socs"):
        name = str(chip.get("name"))
        known = clusters.get(name, ())
        for start in [f"{name}/{cluster}" for cluster in known] or [name]:
            yield start
            of_cluster = start.partition("/")[2]
            yield from _variants(start, [
                variant
                for variant in listed(chip, "variants")
                if variant.get("cpucluster", of_cluster) == of_cluster
            ])  # fmt: skip
    if not listed(board, "socs"):
        yield from (str(variant["name"]) for variant in listed(board, "variants"))


def _variants(start: str, variants: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for variant in variants:
        name = f"{start}/{variant['name']}"
        yield name
        yield from _variants(name, listed(variant, "variants"))
