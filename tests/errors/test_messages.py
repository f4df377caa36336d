"""Each bad input: the whole message, the exit code, and nothing touched."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

import pytest

from kvariant.cli import run

from .case import Case, sections
from .days import day

CASES = [
    pytest.param(case, id=f"{section.title.lower().replace(' ', '-')}/{case.name}")
    for section in sections()
    for case in section.cases
]


@pytest.mark.parametrize("case", CASES)
def test_message(
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A bad input ends with its message and code, and changes no file."""
    project = tmp_path / "project"
    case.lay_out(project)
    monkeypatch.chdir(project)
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)  # durations are printed
    with day(case.day, project, monkeypatch):
        before = contents(tmp_path)
        program, *arguments = shlex.split(case.command)
        assert program == "kvariant"
        code = run(arguments)
        after = contents(tmp_path)
    printed = "".join(capsys.readouterr())
    assert case.message == printed
    assert case.exit == code
    assert "Traceback" not in printed
    lost = {path for path, content in before.items() if after.get(path) != content}
    assert not lost, "something that was there is gone or changed"
    assert case.changes or before == after


def test_cases_have_names() -> None:
    """No two cases of a section have one name, and every case ends with a code that is not 0."""
    for section in sections():
        names = [case.name for case in section.cases]
        assert sorted(set(names)) == sorted(names)
        assert all(case.exit for case in section.cases)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return every file below a folder, path -> bytes, but kvariant's own state; None: a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if ".kvariant" not in path.parts
    }
