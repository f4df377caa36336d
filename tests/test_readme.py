# SPDX-License-Identifier: MIT
"""What the README shows is so: every block is typed, and prints what stands below it.

What builds for minutes is typed where KVARIANT_WIDE is set; the rest always is. The block that
installs is typed by `test_install.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import debian
from console_blocks import Block, blocks, is_shown, typed

ROOT = Path(__file__).parents[1]
INSTALLS, *SHOWN = blocks(ROOT / "README.md")
FOREIGN = [block for block in SHOWN if "CUT" in block.text]
OWN = [block for block in SHOWN if block not in FOREIGN]
LONG = "kvariant sweep"
IS_WIDE = "KVARIANT_WIDE" in os.environ


def verify(block: Block, folder: Path) -> None:
    """Type what a block types; it must print what the block shows."""
    for command, shown in block.runs:
        if command.startswith(LONG) and not IS_WIDE:
            continue
        printed = typed(command, folder, {"PYTEST_ADDOPTS": "-p no:cacheprovider"})
        assert is_shown(shown or [""], printed), "\n".join([f"$ {command}", *printed])


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of this checkout."""
    folder = tmp_path_factory.mktemp("family") / "kvariant"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.decode().split("\0")[:-1]:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of BusyBox as Debian has it."""
    try:
        source = debian.source_package("busybox")
    except debian.Unavailable as reason:
        pytest.skip(f"no busybox here: {reason}")
    folder = tmp_path_factory.mktemp("foreign") / "busybox"
    shutil.copytree(source, folder, symlinks=True)
    return folder


def test_every_block_is_typed() -> None:
    """No block is of a language that nothing runs, and there are some of each kind."""
    assert INSTALLS.language == "sh"
    assert {block.language for block in SHOWN} == {"console"}
    assert len(FOREIGN) > 1
    assert len(OWN) > 2
    assert all(list(block.runs) for block in SHOWN)


@pytest.mark.parametrize("number", range(len(FOREIGN)))
def test_a_foreign_tree(number: int, busybox: Path) -> None:
    """In BusyBox, without any file of ours."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not on PATH")
    verify(FOREIGN[number], busybox)


@pytest.mark.parametrize("number", range(len(OWN)))
def test_the_flagship(number: int, family: Path) -> None:
    """In a checkout of this project."""
    verify(OWN[number], family)
