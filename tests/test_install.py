# SPDX-License-Identifier: MIT
"""What is installed works: from a wheel, from a checkout, by pip and by pipx, and is whole.

A wheel is built and looked into always, where pip can have its backend; fresh environments are
made where KVARIANT_WIDE is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from console_blocks import blocks

ROOT = Path(__file__).parents[1]
wide = pytest.mark.skipif("KVARIANT_WIDE" not in os.environ, reason="KVARIANT_WIDE is not set")
FILES = ("page.html.j2", "project.json", "gitlab-jobs.yml", "github.yml", "py.typed", "page.js")
"""Some that are no modules and are needed."""


def ran(*command: str | Path, folder: Path, more: dict[str, str] | None = None) -> str:
    """Run a command outside this checkout; return what it prints."""
    given = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ended = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env={**given, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **(more or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}"
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
    try:
        ran(*build, folder=folder)
    except AssertionError as error:
        if "hatchling" not in str(error):
            raise
        pytest.skip("pip cannot have hatchling here")
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_is_whole(wheel: Path) -> None:
    """Every file of the package that is in version control, or could be, is in it; none else."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "kvariant"],
        cwd=ROOT / "generator", capture_output=True, check=True,
    )  # fmt: skip
    names = listed.stdout.decode().split("\0")
    files = {name for name in names if name and (ROOT / "generator" / name).is_file()}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert files == packed
    assert {*FILES} <= {Path(name).name for name in packed}


def verify(kvariant: Path, folder: Path) -> None:
    """What is installed makes a project, sweeps it and reports, with all its files at hand."""
    folder.mkdir()
    path = {"PATH": f"{kvariant.parent}:{os.environ['PATH']}"}
    assert ran(kvariant, "--version", folder=folder).startswith("kvariant ")
    for words in (
        ["init", "--language", "python", "--ci", "gitlab"],
        ["check"],
        ["sweep", "-q"],
        ["report", "--html", "report.html", "--sarif", "report.sarif"],
        ["matrix", "pairwise", "--verify"],
        ["matrix", "--ci", "gitlab"],
        ["schema", "project"],
        ["completion", "bash"],
    ):
        ran(kvariant, *words, folder=folder, more=path)
    assert (folder / "report.html").stat().st_size > 10_000


def environment(folder: Path) -> Path:
    """Make a fresh environment; return where its programs are."""
    ran(sys.executable, "-m", "venv", folder, folder=folder.parent)
    return folder / "bin"


@wide
@pytest.mark.parametrize("source", ["wheel", "checkout"])
def test_pip_in_a_fresh_environment(source: str, wheel: Path, tmp_path: Path) -> None:
    """`pip install` of a wheel and of a checkout gives a kvariant that works."""
    programs = environment(tmp_path / "fresh")
    what = wheel if source == "wheel" else ROOT
    ran(programs / "pip", "install", "--quiet", what, folder=tmp_path)
    verify(programs / "kvariant", tmp_path / "project")


@wide
def test_the_readme_installs(tmp_path: Path) -> None:
    """The block of the README that installs, typed in a checkout by a pipx of its own."""
    programs = environment(tmp_path / "pipx")
    ran(programs / "pip", "install", "--quiet", "pipx", folder=tmp_path)
    homes = {"PIPX_HOME": f"{tmp_path}/home", "PIPX_BIN_DIR": f"{tmp_path}/bin"}
    path = {"PATH": f"{tmp_path}/bin:{programs}:{os.environ['PATH']}"}
    block = blocks(ROOT / "README.md")[0]
    said = ran("bash", "-e", "-c", block.text, folder=ROOT, more={**homes, **path})
    assert said.rstrip().splitlines()[-1].startswith("kvariant ")
    verify(tmp_path / "bin/kvariant", tmp_path / "project")
