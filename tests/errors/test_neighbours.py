"""Two runs in one folder at once, and names that point out of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import programs
from kvariant.cli import run

from .case import sound_project
from .test_messages import contents


def at_once(project: Path, *arguments: str, runs: int = 3) -> list[tuple[int, str, str]]:
    """Start kvariant several times at the same moment; return codes, outputs and errors."""
    started = [
        programs.Popen(
            programs.kvariant(*arguments),
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(runs)
    ]
    printed = [process.communicate(timeout=60) for process in started]
    return [
        (process.returncode, *streams) for process, streams in zip(started, printed, strict=True)
    ]


def test_generate_at_once(tmp_path: Path) -> None:
    """Runs in one output folder wait for each other: one writes, the others find all fresh."""
    project = sound_project(tmp_path / "project")
    for number in range(40):
        (project / f"configs/v{number}.config").write_text("CONFIG_NET=y\n")
    ended = at_once(project, "generate")
    assert [code for code, _, _ in ended] == [0, 0, 0]
    said = sorted(output for _, output, _ in ended)
    assert said == ["42 variants are fresh\n"] * 2 + ["42 variants: 210 files written in 42\n"]
    waiting = "waiting for another kvariant in this output folder\n"
    assert {errors for _, _, errors in ended} <= {"", waiting}
    assert sorted(p.name for p in (project / "generated").iterdir() if p.name[0] == ".") == []


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not on PATH")
def test_sweep_at_once(tmp_path: Path) -> None:
    """Sweeps of one project at once all end green: none takes the other's results."""
    project = sound_project(tmp_path / "project")
    (project / "kvariant.toml").write_text(
        'tests = ["tests"]\n[generate]\ntemplates = "templates"\n'
    )
    (project / "tests").mkdir()
    (project / "tests/test_net.py").write_text(
        "def test_depth(variant):\n"
        "    expected = 3 if variant['NET'] else 0\n"
        "    assert variant.import_module('net').depth() == expected\n"
    )
    for code, output, _ in at_once(project, "sweep", "-j", "1", runs=2):
        assert "3 passed" in output
        assert code == 0, output
    left = sorted(path.name for path in (project / ".kvariant").iterdir())
    assert left == ["build", "results.sqlite"]


def test_fragments_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fragment may be anywhere and include from anywhere; what is written stays below -o."""
    project = sound_project(tmp_path / "project")
    (tmp_path / "deep").write_text(f'#include "{project}/configs/base.config"\n')
    (tmp_path / "outer.config").write_text(f'#include "{tmp_path}/deep"\nCONFIG_NET=y\n')
    before = contents(tmp_path)
    monkeypatch.chdir(project)
    assert run(["generate", "-o", "out", "--config", "../outer.config"]) == 0
    assert capsys.readouterr().out == "1 variant: 5 files written in 1\n"
    new = contents(tmp_path).keys() - before.keys()
    assert new
    assert {path for path in new if not path.startswith("project/out")} == set()
    assert "project/out/outer/net.h" in new


def test_foreign_links_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of ours that somebody replaced by a link is made anew, and its target untouched."""
    project = sound_project(tmp_path / "project")
    monkeypatch.chdir(project)
    assert run(["generate"]) == 0
    moved = project / "generated/net/include"
    moved.rename(tmp_path / "include")
    moved.symlink_to(tmp_path / "include")
    header = project / "templates/net.h.j2"
    header.write_text(header.read_text().replace("return", "return 1 +"))
    target = contents(tmp_path / "include")
    assert run(["generate"]) == 0
    assert target == contents(tmp_path / "include")
    assert not moved.is_symlink()
    assert run(["generate", "--check"]) == 0
