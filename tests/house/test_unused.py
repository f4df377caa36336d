# SPDX-License-Identifier: MIT
"""Nothing private stands in a module that nobody there uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "generator/kvariant"


def private_names(tree: ast.Module) -> Iterator[str]:
    """Yield the private functions, classes and constants of a module."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def unused(text: str) -> Iterator[str]:
    """Yield the private names of a module that it has but where they are made."""
    for name in private_names(ast.parse(text)):
        is_private = name.startswith("_") and not name.startswith("__") and name != "_"
        if is_private and len(re.findall(rf"\b{name}\b", text)) == 1:
            yield name


def test_every_private_name_is_used() -> None:
    """What is left over from a change goes with it."""
    found = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in PACKAGE.rglob("*.py")
        for name in unused(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_what_is_left_over_is_found() -> None:
    """Functions, classes and constants, also of several at once; those that are used are not."""
    text = (
        "_A, _B = 1, 2\n_C: int = 3\nclass _D: pass\ndef _e(): return _B\n"
        "async def _f(): pass\nprint(_e)\n__all__ = ()\n"
    )
    assert ["_A", "_C", "_D", "_f"] == list(unused(text))
