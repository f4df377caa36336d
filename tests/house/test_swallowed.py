# SPDX-License-Identifier: MIT
"""No error is swallowed without a reason that stands beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "generator/kvariant"


def swallowing(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of what lets an error pass: before these a comment may be."""
    for node in ast.walk(tree):
        match node:
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                if any("suppress(" in ast.unparse(item.context_expr) for item in items):
                    yield node.lineno, body[0].lineno
            case ast.ExceptHandler(body=[ast.Pass() | ast.Continue() as only]):
                yield node.lineno, only.lineno


def test_each_says_why() -> None:
    """A comment stands on the line of a `suppress`, `pass` or `continue`, or above it."""
    found, silent = 0, []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for first, last in swallowing(ast.parse(text)):
            found += 1
            if not any("#" in line for line in lines[first - 2 : last]):
                silent.append(f"{path.relative_to(PACKAGE)}:{first}")
    assert found > 50
    assert [] == silent
