# SPDX-License-Identifier: MIT
"""Git asked about somebody's checkout runs none of the programs that its configuration names."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kvariant.blame.checkout import checkout_of
from kvariant.cli import run
from kvariant.review.changed_files import state_of

KCONFIG = 'config A\n\tbool "a"\n'


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of two commits and an edit, whose configuration would leave a file `hurt`."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    (folder / ".gitattributes").write_text("* diff=hurt\n")
    (folder / "Kconfig").write_text(KCONFIG)
    git("add", ".")
    git("commit", "-q", "-m", "one")
    (folder / "Kconfig").write_text(KCONFIG + 'config B\n\tbool "b"\n')
    git("commit", "-q", "-a", "-m", "two")
    (folder / "Kconfig").write_text(KCONFIG + 'config C\n\tbool "c"\n')
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\ntouch {tmp_path}/hurt\ncat "$1" 2>/dev/null\nexit 0\n')
    program.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "diff.hurt.command", "diff.hurt.textconv"):
        git("config", key, str(program))
    git("config", "core.hooksPath", str(tmp_path))
    return tmp_path


def _patch() -> None:
    assert run(["matrix", "patch", "--diff", "HEAD~1..HEAD"]) in (0, 2)


def _review() -> None:
    assert run(["review", "HEAD~1"]) == 0


ASKING: dict[str, Callable[[], object]] = {
    "state": lambda: state_of(Path.cwd(), ()),
    "checkout": lambda: checkout_of(Path.cwd()),
    "patch": _patch,
    "review": _review,
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_no_program_of_the_configuration_is_run(hostile: Path, ask: Callable[[], object]) -> None:
    """File system monitors, drivers of differences and text conversions stay where they are."""
    ask()
    assert not (hostile / "hurt").exists()


def test_the_configuration_would_be_run(hostile: Path) -> None:
    """A plain `git diff` here does run them: the test above can fail."""
    subprocess.run(["git", "diff", "HEAD"], capture_output=True, check=False)
    assert (hostile / "hurt").exists()
