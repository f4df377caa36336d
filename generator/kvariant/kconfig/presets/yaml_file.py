# SPDX-License-Identifier: MIT
"""YAML files that trees keep: Zephyr's boards, modules and tests."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kvariant.errors import Diagnostic, InputError, Location, source_line
from kvariant.regular_file import read_text


class Placed(str):
    """A text of a YAML file, with the line that it starts on, from 1."""

    line: int

    @classmethod
    def at(cls, text: str, line: int) -> Placed:
        """Return a text with its line."""
        placed = cls(text)
        placed.line = line
        return placed


@functools.cache
def _loader(*, is_placed: bool) -> Any:
    """Return the class that reads YAML; few trees need it, so it is imported here.

    Args:
        is_placed: whether texts are `Placed`.
    """
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it is built
    if not is_placed:
        return base
    loader: Any = type("PlacedLoader", (base,), {})
    loader.add_constructor("tag:yaml.org,2002:str", _placed)
    return loader


def _placed(loader: Any, node: Any) -> Placed:
    return Placed.at(loader.construct_scalar(node), node.start_mark.line + 1)


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the top table of a file, empty where it is none or cannot be read.

    Raises:
        InputError: it is no YAML [yaml].
    """
    try:
        text = read_text(path, "replace")
    except OSError:
        return {}
    return _table(text, path, _loader(is_placed=False))


def placed_yaml(text: str, path: Path) -> Mapping[str, Any]:
    """Return the top table of a file's text, empty where it is none; each text is `Placed`.

    Raises:
        InputError: it is no YAML [yaml].
    """
    return _table(text, path, _loader(is_placed=True))


def _table(text: str, path: Path, loader: Any) -> Mapping[str, Any]:
    import yaml

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
