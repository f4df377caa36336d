# SPDX-License-Identifier: MIT
"""The file of known warnings: the same text for the same lines, and every fault at its line."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest

from kvariant.errors import InputError
from kvariant.kconfig.expression import Expression
from kvariant.results.warning_baseline import KnownWarnings, WarningBaseline, known_count

TEXT = """\
# Compiler warnings that are known: there may be fewer, and no more.
# STEP: FILE: FLAG: COUNT if CONDITION; kvariant sweep --update-baseline lowers it.
format = 1
matrix = named
build: a b.c: -Wunused-variable: 1
# issue 7
build: src/a.c: -Wformat=: 2
build: src/a.c: -Wformat=: 3 if NET && !USB
build: src/a.c: no flag: 12 if $(ARCH) = "arm64" || NET && SPEED >= 9600
"""


def read(folder: Path, text: str) -> WarningBaseline:
    """Return what a text says."""
    path = folder / "warnings.baseline"
    path.write_text(text)
    return WarningBaseline.read(path)


def test_what_is_read_is_written(tmp_path: Path) -> None:
    """A file of ours comes out as it went in, its comments too; other orders give the same."""
    found = read(tmp_path, TEXT)
    assert found.is_there
    assert found.matrix == "named"
    assert found.text() == TEXT
    for seed in range(5):
        lines = list(found.lines)
        random.Random(seed).shuffle(lines)
        assert found.with_lines([*lines, *lines[:2]]).text() == TEXT


def test_what_is_known_where() -> None:
    """Of lines whose condition holds the largest count is known, and nothing where none holds."""
    lines = [
        KnownWarnings(step="b", path="a.c", flag="-W", count=count, where=Expression.parse(where))
        for count, where in ((1, "A"), (4, "A && B"), (2, "C"))
    ]
    for a, b, c in itertools.product("ny", repeat=3):
        values = {"A": a, "B": b, "C": c}
        expected = 4 if a == b == "y" else 2 if c == "y" else 1 if a == "y" else 0
        assert known_count(lines, lambda where, v=values: where.holds(v)) == expected  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: error: it does not say its format [baseline]"),
        ("format = 2\nbuild a newer line\n", "1: error: format 2 is newer than this kvariant"),
        ("format = one\n", "1: error: format 'one' is none [baseline]"),
        ("format = 1\nmatrx = x\n", "2: error: unknown key 'matrx' [baseline]"),
        ("format = 1\nb: a.c: -W: 1\nmatrix = x\n", "3: error: this is no line of a baseline"),
        ("format = 1\nb: a.c:12: -W: 1\n", "2: error: this is no line of a baseline"),
        ("format = 1\nb: a.c: -W: 0\n", "2: error: this is no line of a baseline"),
        ("format = 1\nb: a.c: -W: 1 if\n", "2: error: this is no line of a baseline"),
        ("format = 1\nb: a.c: -W: 1 if NET &&\n", "2:"),
        ("format = 1\nb: a.c: -W: 1 if (((NET\n", "2:"),
        ("format = 1\nb: a.c: -W: " + "9" * 30 + "\n", "2: error: this is no line of a baseline"),
        ("format = 1\n<<<<<<< HEAD\n", "2: error: a merge has left its marks here [baseline]"),
        ("format = 1\n=======\n", "2: error: a merge has left its marks here [baseline]"),
        ("format = 1\n||||||| 1a2b\n", "2: error: a merge has left its marks here [baseline]"),
        ("format = 1\n>>>>>>> other\n", "2: error: a merge has left its marks here [baseline]"),
        ("format = 1\nb: x.c:1:2: -W: 1\n", "2: error: this is no line of a baseline"),
        ('format = 1\nb: "a.c: -W: 1\n', "2: error: this is no line of a baseline"),
        ('format = 1\nb: "a\\q": -W: 1\n', "2: error: this is no line of a baseline"),
        ('format = 1\nb: "": -W: 1\n', "2: error: this is no line of a baseline"),
        ("format = 1\nformat = 1\n", "2: error: format is said twice [baseline]"),
        ("format = 1\nmatrix = a\nmatrix = b\n", "3: error: matrix is said twice [baseline]"),
        ("format = 1\n\0\n", "2: error: this is no line of a baseline"),
        ("<<<<<<< HEAD\nformat = 1\n", "1: error: a merge has left its marks here [baseline]"),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    """Each fault is told at its line."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert f"warnings.baseline:{expected}" in said, said
    assert "error: " in said.splitlines()[0]


def test_all_faults_at_once(tmp_path: Path) -> None:
    """A file with several faults is told all of them, its sound lines are no help."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, "format = 1\nfirst\nb: a.c: -W: 1\nsecond\n=======\n")
    assert [one.location.line for one in caught.value.diagnostics if one.location] == [2, 4, 5]


def test_what_is_no_file_of_ours(tmp_path: Path) -> None:
    """Bytes that are no text, a folder and a pipe are errors at once; no file knows nothing."""
    path = tmp_path / "warnings.baseline"
    assert not WarningBaseline.read(path).is_there
    path.write_bytes(b"format = 1\n\xff\n")
    with pytest.raises(InputError, match="not UTF-8 text: byte 0xff"):
        WarningBaseline.read(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match="Not a regular file"):
        WarningBaseline.read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="Is a directory"):
        WarningBaseline.read(path)


def test_lines_that_other_systems_end(tmp_path: Path) -> None:
    """Ends of lines of DOS, blanks behind and empty lines are no fault."""
    text = "format = 1\r\n\r\nbuild: a.c: -Wx: 1 if A  \r\n"
    (line,) = read(tmp_path, text).lines
    assert str(line) == "build: a.c: -Wx: 1 if A"
    (line,) = read(tmp_path, "\ufeffformat = 1\nbuild: a.c: -Wx: 1\n").lines
    assert str(line) == "build: a.c: -Wx: 1"


PATHS = [
    "a:b.c", "C:\\x\\a.c", "a.c:12", "a.c:12:3", "a: b.c", "a: -W: 3 if X", '"a".c', " a.c", "a.c ",
    "a:", ":a", "a::b",
    "\u00e9.c", "a\u2028b.c", "a\\.c", "/abs/a.c", "x if Y", "a\tb", "#a", "format = 1",
]  # fmt: skip


@pytest.mark.parametrize("where", ["NET", '$(X) = "b: -W: 3"'])
def test_any_path_is_read_as_it_was_written(tmp_path: Path, where: str) -> None:
    """Colons, quotation marks, blanks at the ends, what looks like the number of a line."""
    for path in PATHS:
        one = KnownWarnings(
            step="build", path=path, flag="-Wx", count=2, where=Expression.parse(where)
        )
        text = WarningBaseline(path=tmp_path).with_lines([one]).text()
        assert 4 == text.count("\n"), text
        assert (one,) == read(tmp_path, text).lines


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    """It is an error that names where it leads, and so is one that leads to itself; one to a file
    is that file."""
    link, file = tmp_path / "link", tmp_path / "file"
    link.symlink_to("file")
    with pytest.raises(InputError, match="a symbolic link to file, which is not there"):
        WarningBaseline.read(link)
    file.write_text("format = 1\nbuild: a.c: -Wx: 1\n")
    assert 1 == len(WarningBaseline.read(link).lines)
    file.unlink()
    file.symlink_to("link")
    with pytest.raises(InputError, match="Too many levels of symbolic links"):
        WarningBaseline.read(link)
