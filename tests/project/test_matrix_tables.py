# SPDX-License-Identifier: MIT
"""Tables of matrices: what a table says, what it inherits, and errors at the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.project import Project


def project_of(folder: Path, text: str) -> Project:
    """Return the project of a kvariant.toml."""
    (folder / "kvariant.toml").write_text(text, encoding="utf-8")
    return Project.find(folder)


def errors(folder: Path, text: str) -> list[tuple[str, str, int, str]]:
    """Return code, message, line and hint of each error of a kvariant.toml."""
    with pytest.raises(InputError) as caught:
        project_of(folder, text)
    return [
        (d.code, d.message, d.location.line if d.location else 0, d.hint)
        for d in caught.value.diagnostics
    ]


def test_without_tables_there_are_the_built_in_ones(tmp_path: Path) -> None:
    """Each built-in matrix has a table of its own strategy."""
    project = project_of(tmp_path, "")
    assert "named" == project.matrix
    assert "uniform" == project.matrices.table("uniform").strategy
    assert project.matrices.names[0] == "named"


def test_a_default_without_tables_is_a_name(tmp_path: Path) -> None:
    """The key `matrix` names what is meant where nothing is named."""
    assert "uniform" == project_of(tmp_path, 'matrix = "uniform"\n').matrix


def test_a_default_beside_tables_is_a_key_among_them(tmp_path: Path) -> None:
    """TOML allows no key that is both a name and a table: it is matrix.default."""
    text = '[matrix]\ndefault = "few"\n[matrix.few]\nstrategy = "uniform"\nsize = 3\n'
    project = project_of(tmp_path, text)
    assert ("few", 3) == (project.matrix, project.matrices.table("few").size)
    dotted = 'matrix.default = "few"\n[matrix.few]\nstrategy = "uniform"\n'
    assert "few" == project_of(tmp_path, dotted).matrix


def test_a_table_extends_another(tmp_path: Path) -> None:
    """Keys that are given replace those that are inherited, whatever they are."""
    text = (
        '[matrix.a]\nstrategy = "uniform"\nsize = 3\nsymbols = ["X"]\n'
        '[matrix.b]\nextends = "a"\nsize = 5\n'
        '[matrix.c]\nextends = "b"\nsymbols = []\n'
        '[matrix.d]\nextends = "uniform"\nmax-variants = 2\n'
    )
    matrices = project_of(tmp_path, text).matrices
    assert ("uniform", 5, ("X",)) == tuple(
        getattr(matrices.table("b"), key) for key in ("strategy", "size", "symbols")
    )
    assert ("uniform", 5, ()) == tuple(
        getattr(matrices.table("c"), key) for key in ("strategy", "size", "symbols")
    )
    assert ("uniform", 2) == (matrices.table("d").strategy, matrices.table("d").max_variants)
    place = matrices.location("c", "size")
    assert place is not None
    assert 7 == place.line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[matrix.a]\nstrategy = "uniform"\nsizes = 3\n',
            [("unknown-key", "unknown key 'sizes'", 3, "did you mean size?")],
        ),
        (
            '[matrix.a]\nsize = -1\n[matrix.b]\nmax-variants = "x"\n',
            [
                ("bad-value", "size: must be at least 0, not -1", 2, ""),
                ("bad-value", "max-variants: must be a number, not 'x'", 4, ""),
            ],
        ),
        (
            '[matrix.a]\nrandom-seed = "today"\n',
            [("bad-value", 'random-seed: must be a number from 0, or "date"', 2, "")],
        ),
        (
            "[matrix.a]\nrandom-seed = true\n",
            [("bad-value", 'random-seed: must be a number from 0, or "date"', 2, "")],
        ),
        (
            '[matrix.pairs1]\nextends = "pair1"\n',
            [
                (
                    "no-matrix",
                    "extends: no matrix is named 'pair1'",
                    2,
                    "did you mean pairs1?",
                )
            ],
        ),
        (
            '[matrix.a]\nextends = "b"\n[matrix.b]\nextends = "a"\n',
            [("extends-cycle", "matrices extend each other: a -> b -> a", 2, "")],
        ),
        (
            '[matrix.a]\nextends = "a"\n',
            [("extends-cycle", "matrices extend each other: a -> a", 2, "")],
        ),
        (
            'matrix = "uniforn"\n',
            [("no-matrix", "no matrix is named 'uniforn'", 1, "did you mean uniform?")],
        ),
        (
            '[matrix]\ndefault = "pears"\n[matrix.pairs]\n',
            [("no-matrix", "no matrix is named 'pears'", 2, "did you mean pairs?")],
        ),
        ("matrix = 3\n", [("bad-value", "matrix: must be a name, or tables", 1, "")]),
        ("[matrix]\na = 3\n", [("bad-value", "a: must be a table, not 3", 2, "")]),
        (
            "[matrix]\ndefault = 3\n",
            [("bad-value", "default: must be a matrix's name", 2, "")],
        ),
        (
            '[matrix.a]\n[matrix."a b"]\n',
            [
                (
                    "bad-value",
                    "'a b' cannot name a matrix",
                    2,
                    "names are of letters, digits, ., _ and -, like small-set",
                )
            ],
        ),
    ],
)
def test_an_error_is_at_its_key(
    tmp_path: Path, text: str, expected: list[tuple[str, str, int, str]]
) -> None:
    """Every error names its line; an unknown name comes with the nearest one."""
    assert expected == errors(tmp_path, text)


def test_a_default_and_tables_of_one_name_are_explained(tmp_path: Path) -> None:
    """What TOML refuses has a hint that says how it is written."""
    ((code, _, line, hint),) = errors(tmp_path, 'matrix = "a"\n[matrix.a]\nsize = 1\n')
    assert ("toml", 2) == (code, line)
    assert "matrix.default" in hint
