# SPDX-License-Identifier: MIT
"""A matrix: its variants and what each asks for."""

from __future__ import annotations

from kvariant.plan import Matrix
from kvariant.report.table import table_text

FORMAT = 1


def matrix_text(matrix: Matrix) -> str:
    """Return a row per variant: its name, its description, how many values it asks for."""
    rows = [
        [variant.name, _first_sentence(variant.description), f"{len(variant.symbols)} user values"]
        for variant in matrix
    ]
    return f"{table_text(rows)}\n{len(matrix)} variants ({matrix.strategy})"


def matrix_json(matrix: Matrix) -> dict[str, object]:
    """Return a matrix as JSON-ready values."""
    return {
        "format": FORMAT,
        "matrix": matrix.name,
        "strategy": matrix.strategy,
        "variants": [
            {"name": v.name, "description": v.description, "assignment": dict(v.symbols)}
            for v in matrix
        ],
    }


def _first_sentence(text: str) -> str:
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text
