# SPDX-License-Identifier: MIT
"""The difference of two variants: values, then generated code."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kvariant.report.table import table_text

if TYPE_CHECKING:
    from kvariant.plan import Variant

FORMAT = 1


def changed_values(first: Variant, second: Variant) -> dict[str, tuple[str | None, str | None]]:
    """Return the symbols whose values differ: name -> both value texts; None: not defined."""
    a, b = first.configuration, second.configuration
    return {name: (a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)}


def diff_text(
    first: Variant, second: Variant, files: tuple[Mapping[str, str], Mapping[str, str]]
) -> str:
    """Return a table of changed values and a unified diff of the rendered files."""
    values = changed_values(first, second)
    if not values and files[0] == files[1]:
        return f"{first.name} and {second.name} are the same"
    rows = [[name, _shown(a), _shown(b)] for name, (a, b) in values.items()]
    parts = [table_text(rows, ["", first.name, second.name], indent=0)] if rows else []
    code = "\n".join(_unified(first.name, second.name, files))
    parts.append(code or "the rendered files are the same")
    return "\n\n".join(parts)


def _shown(value: str | None) -> str:
    return "not defined" if value is None else value or '""'


def diff_json(
    first: Variant, second: Variant, files: tuple[Mapping[str, str], Mapping[str, str]]
) -> dict[str, object]:
    """Return the changed values and the changed files' unified diffs as JSON-ready values."""
    return {
        "format": FORMAT,
        "variants": [first.name, second.name],
        "values": {name: list(pair) for name, pair in changed_values(first, second).items()},
        "files": {
            path: "\n".join(_file(path, first.name, second.name, files)) for path in _changed(files)
        },
    }


def _changed(files: tuple[Mapping[str, str], Mapping[str, str]]) -> list[str]:
    return [p for p in sorted({*files[0], *files[1]}) if files[0].get(p) != files[1].get(p)]


def _unified(a: str, b: str, files: tuple[Mapping[str, str], Mapping[str, str]]) -> Iterator[str]:
    for path in _changed(files):
        yield from _file(path, a, b, files)


def _file(
    path: str, a: str, b: str, files: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterator[str]:
    before, after = (side.get(path, "").splitlines() for side in files)
    yield from difflib.unified_diff(before, after, f"{a}/{path}", f"{b}/{path}", lineterm="")
