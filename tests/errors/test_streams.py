"""Standard output that is closed, full or read only in part."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .case import sound_project

KVARIANT = f"{sys.executable} -m kvariant"


def shell(script: str, folder: Path) -> tuple[int, str, str]:
    """Run a script; return its code, stdout and stderr."""
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound project; nothing here writes into it."""
    return sound_project(tmp_path_factory.mktemp("streams") / "project")


@pytest.mark.parametrize("arguments", ["matrix", "matrix --json", "check", "--help", ""])
def test_reader_gone(project: Path, arguments: str) -> None:
    """A reader that has gone away (`| head`) hears no complaint; the code says incomplete."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*KVARIANT.split(), *arguments.split()],
            cwd=project,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("arguments", ["matrix", "matrix --json", "check", "--help", ""])
def test_full(project: Path, arguments: str) -> None:
    """A full standard output is one error with code 3."""
    code, _, errors = shell(f"{KVARIANT} {arguments} > /dev/full", project)
    assert errors == "error: cannot print the result: No space left on device [disk]\n"
    assert code == 3


def test_full_errors(project: Path) -> None:
    """Where even the error cannot be written, the code still tells."""
    assert shell(f"{KVARIANT} matrix -k nothing 2> /dev/full", project) == (2, "", "")


def test_closed(project: Path) -> None:
    """A closed standard output is no error: nobody wants to read."""
    assert shell(f"{KVARIANT} matrix >&-", project) == (0, "", "")


def test_file_name_that_cannot_be_printed(project: Path) -> None:
    """A file name that is not UTF-8 is printed with its bytes escaped."""
    code, output, errors = shell(
        f"echo > $'\\xe9.config'; {KVARIANT} matrix --config $'\\xe9.config'",
        project,
    )
    assert (code, output) == (2, "")
    assert errors == (
        "\\xe9.config: error: '\\udce9' cannot name a variant [variant-name]\n"
        "hint: names match [a-z0-9][a-z0-9._-]{0,63}; other characters become -, "
        "and here nothing is left\n"
    )
