"""Ranges and defaults that cannot mean what they say."""

from __future__ import annotations

from pathlib import Path

import kconfiglib
import pytest

from kvariant import Tree
from kvariant.errors import Severity
from kvariant.kconfig.lint import lint

FAULTS = [
    pytest.param(
        'config MAX\n\tint\nconfig S\n\tint "s"\n\trange 1 MAX\n',
        ("empty-range", 5, "the range of S, 1 to MAX, has an end without a value: MAX"),
        id="an end that nothing gives a value",
    ),
    pytest.param(
        'config S\n\tint "s"\n\trange 20 10\n',
        ("empty-range", 3, "the range of S, 20 to 10, is empty"),
        id="ends the wrong way round",
    ),
    pytest.param(
        'config S\n\thex "s"\n\trange 0x20 0x1f\n',
        ("empty-range", 3, "the range of S, 0x20 to 0x1f, is empty"),
        id="ends of a hex",
    ),
    pytest.param(
        'config S\n\tint "s"\n\trange 10 20\n\tdefault 99\n',
        ("range-default", 4, "default 99 of S is outside its range, 10 to 20"),
        id="a default above",
    ),
    pytest.param(
        'config S\n\tint "s"\n\tdefault "-1"\n\trange 0 20\n',
        ("range-default", 3, 'default "-1" of S is outside its range, 0 to 20'),
        id="a quoted default below",
    ),
    pytest.param(
        'config A\n\tbool "a"\nconfig S\n\tint "s"\n\trange 10 20 if A\n\tdefault 9 if A\n'
        "\tdefault 5\n",
        ("range-default", 6, "default 9 of S is outside its range, 10 to 20"),
        id="a default with the range's condition",
    ),
    pytest.param(
        'config A\n\tbool "a"\nif A\nconfig S\n\tdef_int 3\n\trange 10 20\nendif\n',
        ("range-default", 5, "default 3 of S is outside its range, 10 to 20"),
        id="def_int, in an if",
    ),
    pytest.param(
        'config F\n\tbool "f"\n\tdefault 1\n',
        ("default-value", 3, "default 1 of the bool F is n"),
        id="1 for a bool",
    ),
    pytest.param(
        'config F\n\ttristate "f"\n\tdefault "yes"\n',
        ("default-value", 3, "default yes of the tristate F is n"),
        id="a quoted word for a tristate",
    ),
    pytest.param(
        'config A\n\tbool "a"\nconfig F\n\tdef_bool A && 1\n',
        ("default-value", 4, "default 1 of the bool F is n"),
        id="1 in a condition",
    ),
]


@pytest.mark.parametrize(("kconfig", "expected"), FAULTS)
def test_a_fault_is_told(kconfig: str, expected: tuple[str, int, str], tmp_path: Path) -> None:
    """Each fault is one warning at the line of the property."""
    (tmp_path / "Kconfig").write_text(kconfig)
    found = [d for d in Tree.load(tmp_path / "Kconfig").diagnostics() if d.code != "kconfig"]
    assert [expected] == [(d.code, d.location.line if d.location else 0, d.message) for d in found]
    assert found[0].severity is Severity.WARNING


@pytest.mark.parametrize(("kconfig", "expected"), FAULTS)
def test_a_fault_is_one_to_kconfiglib(
    kconfig: str, expected: tuple[str, int, str], tmp_path: Path
) -> None:
    """With every bool at y, kconfiglib gives no such symbol the value that its text promises."""
    (tmp_path / "Kconfig").write_text(kconfig)
    tree = kconfiglib.Kconfig(str(tmp_path / "Kconfig"), warn_to_stderr=False)
    if "A" in tree.syms:
        tree.syms["A"].set_value(2)
    (symbol,) = [s for s in tree.unique_defined_syms if s.name in "SF"]
    code, _, message = expected
    if code == "empty-range":
        low, high = (end.str_value or "0" for end in symbol.ranges[0][:2])
        assert int(low, 0) > int(high, 0)
    else:
        promised = message.split()[1].strip('"')
        assert symbol.str_value != promised
        assert code != "default-value" or symbol.str_value == "n"


SOUND = [
    pytest.param('config S\n\tint "s"\n\trange 1 1\n\tdefault 1\n', id="one number"),
    pytest.param(
        'config M\n\tint "m"\nconfig S\n\tint "s"\n\trange 1 M\n', id="an end that is asked for"
    ),
    pytest.param(
        'config M\n\tint\n\tdefault 9\nconfig S\n\tint "s"\n\trange 1 M\n\tdefault 10\n',
        id="an end with a default, which other definitions may change",
    ),
    pytest.param(
        'config A\n\tbool "a"\nconfig S\n\tint "s"\n\trange 10 20 if A\n\tdefault 5 if !A\n'
        "\tdefault 15\n",
        id="no range where the default counts",
    ),
    pytest.param(
        'config A\n\tbool "a"\nconfig S\n\tint "s"\n\trange 1 9 if A\n\trange 10 20\n\tdefault 5\n',
        id="another range may be active",
    ),
    pytest.param('config S\n\thex "s"\n\trange 0x10 0x20\n\tdefault 1f\n', id="a hex without 0x"),
    pytest.param('config F\n\tbool "f"\n\tdefault "y"\n', id="a quoted y"),
    pytest.param(
        'config S\n\tstring "s"\n\tdefault 1\nconfig F\n\tdef_bool S = 1 && S != "2"\n',
        id="numbers in comparisons",
    ),
]


@pytest.mark.parametrize("kconfig", SOUND)
def test_what_can_be_meant_is_not_told(kconfig: str, tmp_path: Path) -> None:
    """No warning where some configuration has the value that the text promises."""
    (tmp_path / "Kconfig").write_text(kconfig)
    assert [] == list(lint(Tree.load(tmp_path / "Kconfig").model))
