# SPDX-License-Identifier: MIT
"""Completion in the shells themselves: verbs, options, matrices and symbols."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import debian
from kvariant.cli import run

TREE = 'config ALPHA\n\tbool "alpha"\nconfig ALARM\n\tbool "alarm"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a project, and beside it one with a command called kvariant."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Kconfig").write_text(TREE)
    (folder / "kvariant.toml").write_text('[matrix.nightly]\nstrategy = "toggles"\n')
    program = tmp_path / "bin" / "kvariant"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m kvariant "$@"\n')
    program.chmod(0o755)
    return folder


CASES = [
    ("kvariant swe", ["sweep"]),
    ("kvariant matrix ni", ["nightly"]),
    ("kvariant matrix pair", ["pairwise"]),
    ("kvariant explain al", ["ALPHA", "ALARM"]),
    ("kvariant report --mark", ["--markdown"]),
    ("kvariant completion z", ["zsh"]),
]


@pytest.mark.parametrize(("line", "offered"), CASES)
def test_bash_completes(project: Path, line: str, offered: list[str]) -> None:
    """What bash offers after it has read the script."""
    words = line.split(" ")
    script = f"""
        eval "$(kvariant completion bash)" || exit 9
        COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}
        _kvariant_completion kvariant; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert offered == asked("bash", script, project)


@pytest.mark.parametrize(("line", "offered"), CASES)
def test_zsh_completes(project: Path, line: str, offered: list[str]) -> None:
    """What zsh is told to offer."""
    words = line.split(" ")
    script = f"""
        compdef() {{ :; }}; compadd() {{ :; }}
        _describe() {{ print -l -- ${{completions_with_descriptions}} | sed 's/:.*//'; }}
        compadd() {{ print -l -- ${{completions}}; }}
        eval "$(kvariant completion zsh)" || exit 9
        words=({" ".join(words)}); CURRENT={len(words)}
        _kvariant_completion
    """
    assert set(offered) == set(asked("zsh", script, project))


def asked(shell: str, script: str, folder: Path) -> list[str]:
    """Return the lines that a shell prints."""
    program = shutil.which(shell)
    if program is None:
        try:  # Debian's, unpacked into a folder of ours
            package = debian.binary_package(shell)
        except debian.Unavailable as why:
            pytest.skip(f"{shell} is not installed: {why}")
        program = str(package / "bin" / shell)
        script = f"module_path=({package}/usr/lib/*/zsh/*)\n{script}"
        if subprocess.run([program, "-c", ":"], capture_output=True, check=False).returncode:
            pytest.skip(f"{shell} is not installed, and Debian's does not run here")
    path = f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        [program, "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout.split()


def test_nothing_is_said_of_a_broken_project(project: Path) -> None:
    """Built-in matrices are offered, and no error is in the way."""
    (project / "kvariant.toml").write_text("[matrix")
    (project / "Kconfig").write_text("config\n")
    test_bash_completes(project, "kvariant sweep pair", ["pairwise"])
    test_bash_completes(project, "kvariant explain al", [])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The script names the command and the variable by which it asks."""
    assert run(["completion", shell]) == 0
    assert "_KVARIANT_COMPLETE" in capsys.readouterr().out


def test_another_shell_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """What there is, is told."""
    assert run(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err
