"""Bytes of Kconfig files, and characters that no tool knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant import Tree
from kvariant.errors import Location
from kvariant.kconfig.syntax.encoding import has_undecoded, readable, text_of
from kvariant.kconfig.syntax.stray import without_strays


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"caf\xc3\xa9", "café", id="UTF-8"),
        pytest.param(b"caf\xe9", "café", id="Latin-1"),
        pytest.param(b"\xc3\xa9 \xe9", "é é", id="both in one line"),
        pytest.param(b"\xef\xbb\xbfa", "a", id="a byte order mark"),
        pytest.param(b"a\xef\xbb\xbf", "a\ufeff", id="a byte order mark elsewhere"),
        pytest.param(b"a\r\nb\rc", "a\nb\nc", id="line ends"),
        pytest.param(b"", "", id="nothing"),
    ],
)
def test_bytes_become_text(data: bytes, expected: str) -> None:
    """Every byte has a character; those that are not UTF-8 are known until they are shown."""
    text = text_of(data).read()
    assert readable(text) == expected
    assert has_undecoded(text) == (b"\xe9" in data)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("config A;\n", ("config A\n", (";",)), id="at the end"),
        pytest.param(";config A\n", ("config A\n", (";",)), id="at the start"),
        pytest.param("bool \"a;b\" ; 'c;'\n", ("bool \"a;b\"  'c;'\n", (";",)), id="quoted"),
        pytest.param('bool "a\\";b";\n', ('bool "a\\";b"\n', (";",)), id="an escaped quote"),
        pytest.param("default $(f,a;(b;));\n", ("default $(f,a;(b;))\n", (";",)), id="a macro"),
        pytest.param("default y # ;\n", ("default y # ;\n", ()), id="a comment"),
        pytest.param("depends on é@\n", ("depends on \n", ("é", "@")), id="two of them"),
        pytest.param("depends on A & B\n", ("depends on A & B\n", ()), id="a mistyped operator"),
        pytest.param("source a/b.c-d\n", ("source a/b.c-d\n", ()), id="characters of names"),
    ],
)
def test_strays_are_left_out(line: str, expected: tuple[str, tuple[str, ...]]) -> None:
    """Only what the C tools skip is left out, and never from texts, macros and comments."""
    assert expected == without_strays(line)


def test_texts_are_readable(tmp_path: Path) -> None:
    """Prompts and titles in Latin-1 are shown as their authors see them, and the strays told."""
    (tmp_path / "Kconfig").write_bytes(
        b'menu "Men\xfc"\nconfig A\n\tbool "caf\xe9";\n\tdefault y\nendmenu\n'
    )
    tree = Tree.load(tmp_path / "Kconfig")
    assert "café" == tree.symbols["A"].prompt
    assert {"Menü": ("A",)} == tree.menus
    (warning,) = tree.diagnostics()
    assert (Location(str(tmp_path / "Kconfig"), 3), "ignored the character ';'") == (
        warning.location,
        warning.message,
    )
