# SPDX-License-Identifier: MIT
"""YAML files that trees keep: Zephyr's boards, modules and tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kvariant.errors import Diagnostic, InputError, Location
from kvariant.regular_file import read_text

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it is built


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the top table of a file, empty where it is none or cannot be read.

    Raises:
        InputError: it is no YAML [yaml].
    """
    try:
        said = yaml.load(read_text(path, "replace"), _LOADER)
    except OSError:
        return {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Location(str(path), mark.line + 1, mark.column + 1) if mark else Location(str(path))
        text = str(getattr(error, "problem", error)).strip()
        raise InputError(Diagnostic(message=text, code="yaml", location=place)) from None
    return said if isinstance(said, dict) else {}


def listed(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the tables in a list of a table, [] where there is no such list."""
    found = table.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
