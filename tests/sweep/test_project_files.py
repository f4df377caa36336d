# SPDX-License-Identifier: MIT
"""Whether a project has changed since a sweep was cut: every way to change it, and what is none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kvariant.sweep import project_files

AN_HOUR = 3600


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a state folder; a sweep has noted its files and ended."""
    for path in ("Kconfig", "src/main.c", "src/old.h", ".git/index", ".kvariant/log"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("one\n")
    state = tmp_path / ".kvariant"
    project_files.note(state, 7, project_files.files_of([tmp_path], [state]))
    time.sleep(0.02)
    project_files.renew(state)
    time.sleep(0.02)
    return tmp_path


def _edited(project: Path) -> None:
    (project / "src/main.c").write_text("two\n")


def _edited_and_set_back(project: Path) -> None:
    path = project / "src/main.c"
    before = path.stat()
    path.write_text("two\n")
    os.utime(path, (before.st_atime, before.st_mtime))


def _removed(project: Path) -> None:
    (project / "src/old.h").unlink()


def _renamed_over(project: Path) -> None:
    (project / "src/old.h").replace(project / "src/main.c")


def _permitted(project: Path) -> None:
    (project / "Kconfig").chmod(0o600)


def _damaged(project: Path) -> None:
    (project / ".kvariant" / project_files.NAME).write_text("")


def _forgotten(project: Path) -> None:
    project_files.forget(project / ".kvariant")
    project_files.forget(project / ".kvariant")


@pytest.mark.parametrize(
    "change",
    [_edited, _edited_and_set_back, _removed, _renamed_over, _permitted, _damaged, _forgotten],
)
def test_changed(project: Path, change: Callable[[Path], None]) -> None:
    """An edit shows, also where the time of the file is set back; so does what cannot be told."""
    assert project_files.is_unchanged_since(project / ".kvariant", 7)
    change(project)
    assert not project_files.is_unchanged_since(project / ".kvariant", 7)


def test_another_sweep(project: Path) -> None:
    """What one sweep has noted says nothing of another."""
    assert not project_files.is_unchanged_since(project / ".kvariant", 8)


def test_no_change(project: Path) -> None:
    """A new file is none, as it may be a report; what git, Python or a sweep writes is none."""
    (project / "report.html").write_text("new\n")
    (project / ".git/index").write_text("two\n")
    (project / ".kvariant/log").write_text("two\n")
    (project / "src/__pycache__").mkdir()
    (project / "src/__pycache__/a.pyc").write_text("two\n")
    assert project_files.is_unchanged_since(project / ".kvariant", 7)


def test_what_steps_wrote(project: Path) -> None:
    """What was written before the sweep ended is its own work."""
    (project / "src/main.c").write_text("by a step\n")
    time.sleep(0.02)
    project_files.renew(project / ".kvariant")
    assert project_files.is_unchanged_since(project / ".kvariant", 7)


def test_our_own_output(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that we print into was emptied by the shell before we began."""
    (project / "src/main.c").write_text("")
    status = (project / "src/main.c").stat()
    real = os.fstat
    monkeypatch.setattr(os, "fstat", lambda fd: status if fd == 1 else real(fd))
    assert project_files.is_unchanged_since(project / ".kvariant", 7)
