# SPDX-License-Identifier: MIT
"""Dependency files: what they name, and of that what is there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kvariant.steps.depfiles import inputs, named_inputs


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("main.o: main.c a.h \\\n  b.h\n", ["main.c", "a.h", "b.h"]),
        ("a.o b.o: x.c\n\nx.c:\n", ["x.c"]),  # gcc -MP adds rules without inputs
        ("o: with\\ space.h has\\#mark.h 100$$.h\n", ["with space.h", "has#mark.h", "100$.h"]),
        (
            "savedcmd_mm/a.o := gcc -DX=y -c -o mm/a.o mm/a.c ; echo a: b\n\n"
            "source_mm/a.o := mm/a.c\n\n"
            "deps_mm/a.o := \\\n  $(wildcard include/config/SWAP) \\\n  include/linux/mm.h \\\n\n"
            "mm/a.o: $(deps_mm/a.o)\n\n$(deps_mm/a.o):\n",
            ["mm/a.c", "include/linux/mm.h"],
        ),
        ("X := a: b\nY = c\n# d: e\n", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    """Rules of make, and Kbuild's variables."""
    assert list(named_inputs(text)) == names


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not on PATH")
def test_what_gcc_writes(tmp_path: Path) -> None:
    """What gcc says it has read is found, names with spaces and all."""
    (tmp_path / "a file.h").write_text("int x;\n")
    (tmp_path / "main.c").write_text('#include "a file.h"\n')
    command = ["gcc", "-MMD", "-MP", "-MF", "main.d", "-c", "main.c", "-o", "main.o"]
    subprocess.run(command, cwd=tmp_path, check=True)
    found = inputs([tmp_path / "main.d"], [tmp_path])
    assert found == (tmp_path / "a file.h", tmp_path / "main.c")


def test_the_likeliest_folder_first(tmp_path: Path) -> None:
    """A relative name is looked for in each folder in turn; what is nowhere is no input."""
    for folder in ("out", "tree"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "both.h").write_text("")
    (tmp_path / "tree/one.h").write_text("")
    (tmp_path / "x.d").write_text("x.o: both.h one.h none.h\n")
    found = inputs([tmp_path / "x.d"], [tmp_path / "out", tmp_path / "tree"])
    assert found == (tmp_path / "out/both.h", tmp_path / "tree/one.h")
