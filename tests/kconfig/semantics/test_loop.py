# SPDX-License-Identifier: MIT
"""Loops that kconfiglib does not see while it parses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kvariant import InputError, Space, Tree

UNSEEN = """\
config A0
	bool
choice
	prompt "one of"
	bool
	depends on A0 = A0
config A1
	bool "a1"
	depends on !A2
config A2
	bool "a2"
endchoice
"""

ASKED: dict[str, Callable[[Tree], object]] = {
    "resolve": lambda tree: tree.resolve({}),
    "why": lambda tree: tree.why("A1", {}),
    "evaluate": lambda tree: list(Space.of(tree).evaluate([{}])),
}


@pytest.mark.parametrize("dialect", ["kconfiglib", "linux-5.7", "linux"])
@pytest.mark.parametrize("asked", ASKED)
def test_a_loop_is_an_error_with_its_symbols_and_lines(
    asked: str, dialect: str, tmp_path: Path
) -> None:
    """Members that depend on each other through their choice are named, in a small tree too."""
    (tmp_path / "Kconfig").write_text(UNSEEN)
    tree = Tree.load(tmp_path, dialect=dialect)
    with pytest.raises(InputError) as caught:
        ASKED[asked](tree)
    (diagnostic,) = caught.value.diagnostics
    assert "dependency-loop" == diagnostic.code
    assert diagnostic.message.startswith("dependency loop: <choice> -> ")
    assert diagnostic.location is not None
    lines = [diagnostic.location.line, *(n.location.line for n in diagnostic.notes if n.location)]
    assert 3 == lines[0]
    assert 10 in lines


def test_a_chain_that_is_deep_is_no_loop(tmp_path: Path) -> None:
    """Three thousand options, each behind the one before, have their values."""
    text = 'config A0\n\tbool "a"\n\tdefault y\n' + "".join(
        f'config A{i}\n\tbool "a"\n\tdefault A{i - 1}\n' for i in range(1, 3000)
    )
    (tmp_path / "Kconfig").write_text(text)
    assert "y" == Tree.load(tmp_path).resolve({})["A2999"]
