# SPDX-License-Identifier: MIT
"""Inputs without an end: pipes that nobody writes to, files that double, loops, huge numbers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kvariant.cli import run
from kvariant.render import templates

from .case import sound_project

LIMIT = 60
"""Seconds after which a command hangs, on a machine that is busy."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the sound project; what hangs in it fails."""
    project = sound_project(tmp_path / "project")
    monkeypatch.chdir(project)

    def fail(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LIMIT)
    yield project
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def appended(path: Path, text: str) -> None:
    """Write a text at the end of a file."""
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize(
    ("pipe", "command", "codes"),
    [
        ("Kconfig", "matrix", {2}),
        ("Kconfig.more", "matrix", {2}),
        ("configs/base.config", "matrix", {2}),
        ("templates/net.h.j2", "generate", {2}),
        ("templates/interface.toml", "generate", {2}),
        ("kvariant.toml", "matrix", {0, 2}),
        ("pyproject.toml", "matrix", {0, 2}),
        ("variants.lock", "check", {2}),
        ("generated/base/variant.json", "generate", {2}),
        ("generated/base/net.h", "generate", {2}),
        (".kvariant/results.sqlite", "sweep", {2, 3}),
        (".kvariant/results.sqlite", "report", {2}),
        (".kvariant/chosen/named.json", "matrix", {0}),
        ("x.config", "matrix --config x.config", {2}),
        ("x.config", "coverage --config x.config", {2}),
        ("x.config", "diff base x.config", {2}),
        ("x.toml", "matrix --project x.toml", {2}),
        ("x.sqlite", "report x.sqlite", {2}),
        ("Makefile", "space", {0}),
        ("scripts/kconfig/symbol.c", "space", {0}),
        ("scripts/kconfig/Makefile", "space", {0}),
        (".gitignore", "init", {2}),
    ],
)
def test_pipes(
    project: Path, capsys: pytest.CaptureFixture[str], pipe: str, command: str, codes: set[int]
) -> None:
    """A pipe in the place of a file is an error at once, or is left alone."""
    path = project / pipe
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    if pipe == "Kconfig.more":
        appended(project / "Kconfig", 'source "Kconfig.more"\n')
    code = run(command.split())
    assert code in codes, capsys.readouterr()
    assert path.is_fifo()


def test_pipes_of_a_shell(project: Path) -> None:
    """What a shell gives in the place of a file is read."""
    command = f"{sys.executable} -m kvariant matrix --json --config <(echo CONFIG_NET=y)"
    done = subprocess.run(
        ["bash", "-c", command], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"NET": "y"' in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% for i in range(10**9) %}x{% endfor %}", "took longer"),
        ("{% for i in range(10**9) %}{% endfor %}", "took longer"),
        (
            "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
            "{{ m(60) }}",
            "took longer",
        ),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
    ],
)
def test_templates(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    said: str,
) -> None:
    """A template that does not come to an end is an error at its line."""
    monkeypatch.setattr(templates, "SECONDS", 0.5)
    with (project / "templates/net.h.j2").open("a") as stream:
        stream.write(f"{text}\n")
    assert run(["generate"]) == 2
    errors = capsys.readouterr().err
    assert "templates/net.h.j2:4: error: " in errors
    assert said in errors
    assert not (project / "generated").exists()


def test_files_that_double(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forty fragments or Kconfig files that each read the next one twice are an error."""
    monkeypatch.setattr("kvariant.kconfig.expansion.FILES", 500)
    for number in range(40):
        following = f"f{number + 1}"
        (project / f"f{number}").write_text(f'source "{following}"\n' * 2)
        (project / f"configs/f{number}.config").write_text(f'#include "{following}.config"\n' * 2)
    (project / "f40").write_text("")
    (project / "configs/f40.config").write_text("CONFIG_NET=y\n")
    assert run(["matrix", "--config", "configs/f0.config"]) == 2
    assert "more than 1,000 fragments are included [include-cycle]" in capsys.readouterr().err
    appended(project / "Kconfig", 'source "f0"\n')
    assert run(["matrix"]) == 2
    assert "error: more than 500 files are read" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["aaaaaaaaaa", ""])
def test_macros_that_double(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seed: str
) -> None:
    """Forty macros that each expand to the one before, twice, are an error."""
    monkeypatch.setattr("kvariant.kconfig.expansion.EXPANSIONS", 10_000)
    monkeypatch.setattr("kvariant.kconfig.expansion.LONGEST", 10_000)
    macros = "".join(f"x{n + 1} = $(x{n})$(x{n})\n" for n in range(40))
    (project / "Kconfig").write_text(f'x0 = {seed}\n{macros}config A\n\tbool "$(x40)"\n')
    assert run(["matrix"]) == 2
    assert "expands to more than 10,000" in capsys.readouterr().err


@pytest.mark.parametrize("size", [10**30, 10**9, 1_000_001])
def test_sizes(project: Path, capsys: pytest.CaptureFixture[str], size: int) -> None:
    """More samples than a matrix can hold are refused, with what can be asked for."""
    assert run(["matrix", "uniform", "--size", str(size)]) == 2
    assert f"{size} samples are too many [no-size]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["CONFIG_DEPTH={}", "CONFIG_{}=y", "# {}", "{}", "CONFIG_DEPTH=1{}", 'CONFIG_X="{}"']
)
def test_long_lines(project: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    """A line of five million characters is judged like others, and not printed in full."""
    for filling in ("x", "9"):
        (project / "configs/base.config").write_text(line.format(filling * 5_000_000) + "\n")
        assert run(["matrix"]) in (0, 2)
        assert len(capsys.readouterr().err) < 100_000
