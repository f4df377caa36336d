# SPDX-License-Identifier: MIT
"""YAML files that trees keep: Zephyr's boards, modules and tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kvariant.errors import Diagnostic, InputError, Location, source_line

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it is built


class Placed(str):
    """A text of a YAML file, with the line that it starts on, from 1."""

    line: int

    @classmethod
    def at(cls, text: str, line: int) -> Placed:
        """Return a text with its line."""
        placed = cls(text)
        placed.line = line
        return placed


class _PlacedLoader(_LOADER):  # type: ignore[misc, valid-type]  # chosen when it is imported
    """Reads texts with their lines."""


def _placed(loader: Any, node: Any) -> Placed:
    return Placed.at(loader.construct_scalar(node), node.start_mark.line + 1)


_PlacedLoader.add_constructor("tag:yaml.org,2002:str", _placed)


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the top table of a file, empty where it is none or cannot be read.

    Raises:
        InputError: it is no YAML [yaml].
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return _table(text, path, _LOADER)


def placed_yaml(text: str, path: Path) -> Mapping[str, Any]:
    """Return the top table of a file's text, empty where it is none; each text is `Placed`.

    Raises:
        InputError: it is no YAML [yaml].
    """
    return _table(text, path, _PlacedLoader)


def _table(text: str, path: Path, loader: Any) -> Mapping[str, Any]:
    try:
        said = yaml.load(text, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Location(str(path), mark.line + 1, mark.column + 1) if mark else Location(str(path))
        problem = str(getattr(error, "problem", error)).strip()
        excerpt = source_line(place.path, place.line)
        raise InputError(
            Diagnostic(message=problem, code="yaml", location=place, excerpt=excerpt)
        ) from None
    return said if isinstance(said, dict) else {}


def listed(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the tables in a list of a table, [] where there is no such list."""
    found = table.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
