# SPDX-License-Identifier: MIT
"""What must be there before a sweep runs, and what it is not asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kvariant.cli import run
from project_trees import lay_out, outcomes, sweep

Capture = pytest.CaptureFixture[str]

CROSS = """
[[toolchain]]
where = "A"
env = { CROSS_COMPILE = "no-such-machine-" }
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a foreign tree, which is the working folder."""
    lay_out(tmp_path / "tree", CROSS, ("none", "a"))
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


@pytest.mark.parametrize(
    "command",
    [
        "test -s {config}",
        "REV=$(no-such-program) test -s {config}",
        'test -n "$(date -u)" && test -s {config}',
        "no-such-program || test -s {config}",
        "no-such-program 2>/dev/null | cat; test -s {config}",
        "no-such-program & test -s {config}",
        "if command -v no-such-program; then no-such-program {out}; fi",
        "! no-such-program && test -s {config}",
        ">/dev/null 2>&1 test -s {config}",
        "cat >{out}/x <<E\nno-such-program | E && a\nE\n",
        "env -i X=1 test -s {config}",
        "printf '#!/bin/sh\\n' >{out}/x && chmod +x {out}/x && {out}/x",
        "make --version",
        "make CROSS_COMPILE= --version && test -s {config}",
    ],
)
def test_what_is_not_needed(tree: Path, capsys: Capture, command: str) -> None:
    """A command that ends well without a program or compiler is not refused for want of it."""
    code, cells = sweep(capsys, "--", command)
    assert (code, set(outcomes(cells).values())) == (0, {"ok"})


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("REV=$(date) no-such-program", "no-such-program"),
        ("cd {tree} && >{out}/log no-such-program", "no-such-program"),
        ("cat {config} | no-such-program", "no-such-program"),
        ("(cd {tree}; no-such-program)", "no-such-program"),
        ("env X=1 no-such-program {out}", "no-such-program"),
        ("$CROSS_COMPILE{env.ARCH}x {out} || ${CROSS_COMPILE}gcc {out}", "no-such-machine-gcc"),
        ("make -f /dev/null {out}", "no-such-machine-gcc"),
        ("sh tools/build.sh {out}", "no-such-machine-gcc"),
    ],
)
def test_what_is_needed(
    tree: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, command: str, missing: str
) -> None:
    """A program that a command cannot do without is told before anything runs."""
    monkeypatch.setenv("ARCH", "x")
    (tree / "tools").mkdir()
    (tree / "tools/build.sh").write_text("${CROSS_COMPILE}gcc -c x.c\n")
    assert run(["sweep", "--", command]) == 3
    assert f"{missing} is not on PATH" in capsys.readouterr().err


def test_a_step_of_its_own(tree: Path, capsys: Capture) -> None:
    """Of several steps only those that run are asked what they need."""
    text = '[[step]]\nname = "config"\nrun = "test -s {config}"\n'
    text += '[[step]]\nname = "build"\nrun = "make O={out}"\n'
    (tree / "kvariant.toml").write_text(text + CROSS)
    assert run(["sweep"]) == 3
    assert "no-such-machine-gcc is not on PATH; 1 of 2 variants" in capsys.readouterr().err
    code, cells = sweep(capsys, "--step", "config")
    assert (code, set(outcomes(cells).values())) == (0, {"ok"})


def test_a_path_of_the_step(tree: Path, capsys: Capture) -> None:
    """Programs are looked for as the step would find them: in its PATH, from the project's folder.

    A folder of PATH that a placeholder names may be made by a step.
    """
    (tree / "tools").mkdir()
    (tree / "tools/check").write_text("#!/bin/sh\n")
    (tree / "tools/check").chmod(0o755)
    for path in ("tools:{env.PATH}", "tools:/usr/bin:/bin", "{tree}/tools:{env.PATH}"):
        text = f'[[step]]\nname = "build"\nrun = "check"\nenv = {{ PATH = "{path}" }}\n'
        (tree / "kvariant.toml").write_text(text)
        (tree / "below").mkdir(exist_ok=True)
        code, cells = sweep(capsys, "--project", str(tree / "kvariant.toml"))
        assert (code, set(outcomes(cells).values())) == (0, {"ok"}), path


@pytest.fixture
def without_gcc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take compilers from PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "test", "cat"):
        program = shutil.which(name)
        assert program
        (folder / name).symlink_to(program)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.usefixtures("without_gcc")
@pytest.mark.parametrize(
    "steps",
    [
        '[[step]]\nname = "build"\nrun = "test -s {config}"\n'
        '[[step]]\nname = "test"\nrun = "true"\n',
        '[[step]]\nname = "config"\nrun = "test -s {config}"\nneeds = ["generate"]\n',
    ],
)
def test_templates_of_c_that_nobody_builds(tree: Path, capsys: Capture, steps: str) -> None:
    """Where our own build does not run, no compiler is asked for."""
    (tree / "templates").mkdir()
    (tree / "templates/x.h.j2").write_text("/* A */\n")
    where = '[generate]\ntemplates = "templates"\noutput = "generated"\n'
    (tree / "kvariant.toml").write_text(where + steps)
    only = ["--step", "config"] if "config" in steps.split('"') else []
    assert run(["sweep", *only]) == 0, capsys.readouterr().err
    assert run(["sweep", "--", "test -s {config}"]) == 0, capsys.readouterr().err
    if only:
        assert run(["sweep"]) == 3
        assert "gcc is not on PATH; 2 variants need it" in capsys.readouterr().err
