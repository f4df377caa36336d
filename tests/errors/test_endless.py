# SPDX-License-Identifier: MIT
"""Inputs without an end: pipes that nobody writes to, files that double, loops, huge numbers."""

from __future__ import annotations

import os
import resource
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


_LOOP = "{%% for i in range(10**6) %%}{%% for j in range(10**6) %%}%s{%% endfor %%}{%% endfor %%}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{_LOOP % 'x'}", "took longer"),
        (f"{_LOOP % ''}", "took longer"),
        (
            "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
            "{{ m(60) }}",
            "took longer",
        ),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        ('{{ "x" * 10**10 }}', "a text of 10,000,000,000"),
        ('{{ 10**10 * "x" }}', "a text of 10,000,000,000"),
        ("{% set n = [1, 2] * 10**9 %}", "a list of 2,000,000,000"),
        ("{{ 9**(9**9) }}", "a number of more than 65,536 bits"),
        (
            "{% set n = namespace(x=3) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}"
            "{% endfor %}",
            "a number of more than 65,536 bits",
        ),
        ("{{ range(10**9) | sum }}", "a range of more than 10,000,000 steps"),
        ("{{ range(10**99) }}", "a range of more than 10,000,000 steps"),
        ('{{ "x" | center(10**11) }}', "MB of memory"),
        ('{{ "x".ljust(10**11) }}', "MB of memory"),
        ('{{ "%099999999999d" % 1 }}', "MB of memory"),
        (
            '{% set n = namespace(x="x") %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}'
            "{% endfor %}",
            "MB of memory",
        ),
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


LONG = [
    ('kvariant.toml:[[step]]\nname = "s"\nrun = "echo {}"\nreads = ["Kconfig"]', "sweep"),
    ('configs/net.config:CONFIG_NET="{}"', "matrix"),
    ("Kconfig:{}", "matrix"),
    ('kvariant.toml:state = "{}"', "check"),
    ('kvariant.toml:"{}" = 1', "check"),
    ('kvariant.toml:[env]\nA = "{}', "check"),
    ('templates/interface.toml:"{}" = 1', "generate"),
    ("configs/net.config:CONFIG_{}=y", "matrix"),
    ("configs/net.config:{}", "matrix"),
]
"""What is spoilt, with {} for a long text, and who reads it."""


@pytest.mark.parametrize(("spoilt", "command"), LONG)
def test_long_texts(
    project: Path, capsys: pytest.CaptureFixture[str], spoilt: str, command: str
) -> None:
    """A text that is longer than any argument of a program is an error that tells its ends."""
    path, _, text = spoilt.partition(":")
    (project / path).write_text(text.format("x" * (1 << 17)) + "\n")
    assert run([command]) == 2
    said = capsys.readouterr()
    assert f"{path}:" in said.err
    assert len(said.out + said.err) < 10_000


@pytest.mark.parametrize(("spoilt", "command"), LONG[:3])
def test_very_long_texts(project: Path, spoilt: str, command: str) -> None:
    """A text of twenty million characters is an error in words, in little memory."""
    path, _, text = spoilt.partition(":")
    (project / path).write_text(text.format("x" * 20_000_000) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "kvariant", command],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
    )
    assert done.returncode == 2, done.stderr[:1000]
    assert f"{path}" in done.stderr
    assert len(done.stdout + done.stderr) < 10_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state = " + "9" * 10_000, "error: Exceeds the limit"),
        ("configs = [" + '"a",' * 2_000_000 + "]", "characters, and 4,194,304 are allowed"),
        ("state = " + "[" * 100_000 + "]" * 100_000, "nested too deeply"),
    ],
)
def test_project_files_without_end(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """A project file that is large, deep or has numbers of thousands of digits is an error."""
    (project / "kvariant.toml").write_text(f"{text}\n")
    assert run(["check"]) == 2
    assert said in capsys.readouterr().err
