# SPDX-License-Identifier: MIT
"""Bad days of a sweep: an outcome or one error, and never a hang, a traceback or a lost file."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .foreign import lay_out
from .killed import left_over

LIMIT = 60
"""Seconds after which a command hangs."""


def command(*arguments: str) -> list[str]:
    """Return kvariant's command line."""
    return [sys.executable, "-m", "kvariant", *arguments]


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run kvariant in a process of its own, which must not hang or show a traceback."""
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def twins(folder: Path, run: str) -> Path:
    """Lay out a tree of whose variants three are equal, so that two wait for the third."""
    text = f'[[step]]\nname = "build"\nrun = "{run}"\nreads = ["Kconfig"]\n'
    lay_out(folder, text, ("none", "a"))
    for name in ("a2", "a3"):
        (folder / f"configs/{name}.config").write_text("CONFIG_A=y\n")
    return folder


def test_full_disk_while_others_wait(tmp_path: Path) -> None:
    """A full disk ends the sweep although cells wait for the one that met it."""
    tree = twins(tmp_path, "sleep 0.5; echo No space left on device; exit 1")
    done = ran(tree, "sweep", "-j", "4")
    assert done.returncode == 3
    assert "the disk is full" in done.stderr


def test_interrupted_while_others_wait(tmp_path: Path) -> None:
    """Ctrl-C ends the sweep although cells wait for the one that is interrupted."""
    tree = twins(tmp_path, "touch {out}/began; exec sleep 7171")
    with subprocess.Popen(
        command("sweep", "-j", "4"), cwd=tree, stderr=subprocess.PIPE, text=True
    ) as process:
        out = tree / ".kvariant/out"
        while not all((out / name / "began").exists() for name in ("none", "a")):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT)
    assert (process.returncode, said.splitlines()[-1]) == (130, "interrupted")
    assert left_over("sleep 7171") == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_fail_fast_before_our_tests(tmp_path: Path, jobs: str) -> None:
    """The first failing build ends the sweep: tests of variants that were not built are missing."""
    assert ran(tmp_path, "init", "--language", "c").returncode == 0
    template = tmp_path / "templates/invoice.h.j2"
    template.write_text(template.read_text() + "#error no\n")
    done = ran(tmp_path, "sweep", "--fail-fast", "-j", jobs)
    assert done.returncode == 1
    assert "skipped: after build failed" in done.stdout
    assert "missing" in done.stdout or jobs == "2", done.stdout
