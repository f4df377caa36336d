# SPDX-License-Identifier: MIT
"""What is checked out: known where git says it, and nobody's error where it does not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kvariant.review.changed_files import CheckoutState, state_of

UNKNOWN = CheckoutState("", is_clean=False)


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository of one commit."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "a").write_text("a\n")
    git(folder, "init", "-q")
    git(folder, "add", "a")
    git(folder, "commit", "-q", "-m", "a")
    return folder


def test_a_checkout_is_known(checkout: Path) -> None:
    """Its revision is git's, and it is clean until a file differs, is new, or gone."""
    revision = git(checkout, "rev-parse", "HEAD")
    assert CheckoutState(revision, is_clean=True) == state_of(checkout, ())
    (checkout / "new").write_text("")
    assert CheckoutState(revision, is_clean=False) == state_of(checkout, ())
    assert CheckoutState(revision, is_clean=True) == state_of(checkout, (), untracked=False)
    (checkout / "new").unlink()
    (checkout / "a").unlink()
    assert CheckoutState(revision, is_clean=False) == state_of(checkout, (), untracked=False)


def _none(programs: Path) -> None:
    pass


def _not_executable(programs: Path) -> None:
    (programs / "git").write_text("#!/bin/sh\n")


def _folder(programs: Path) -> None:
    (programs / "git").mkdir()


def _no_program(programs: Path) -> None:
    (programs / "git").write_text("neither a script nor a program\n")
    (programs / "git").chmod(0o755)


def _failing(programs: Path) -> None:
    (programs / "git").write_text("#!/bin/sh\nexit 128\n")
    (programs / "git").chmod(0o755)


@pytest.mark.parametrize("make", [_none, _not_executable, _folder, _no_program, _failing])
def test_without_a_git_that_runs_nothing_is_known(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    """A sweep that only notes what is checked out is not stopped by a git that cannot be run."""
    programs = tmp_path / "programs"
    programs.mkdir()
    make(programs)
    monkeypatch.setenv("PATH", str(programs))
    assert UNKNOWN == state_of(checkout, ())


@pytest.mark.parametrize("code", [11, 12, 24])
def test_a_machine_at_its_limits_stops_no_sweep_here(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Too many processes, no memory, too many files: what is checked out stays unknown."""

    def none(*_: object, **__: object) -> None:
        raise OSError(code, "limit")

    monkeypatch.setattr(subprocess, "Popen", none)
    assert UNKNOWN == state_of(checkout, ())
