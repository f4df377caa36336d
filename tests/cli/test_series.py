# SPDX-License-Identifier: MIT
"""A series of patches under `git rebase --exec`: each commit is swept in its own states."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

KCONFIG = 'config NET\n\tbool "Net"\n\nconfig LOG\n\tbool "Log"\n\nconfig USB\n\tbool "USB"\n'
CHECK = """\
! grep -q BROKEN net.c || grep -q CONFIG_NET=y $1 || { echo net.c:2: error: no net; exit 1; }
"""
COMMITS = {
    "base": ("net.c", "/* CONFIG_USB */\n"),
    "sound": ("usb.c", "#ifdef CONFIG_USB\n"),
    "broken": ("net.c", "#ifdef CONFIG_NET\nBROKEN\n"),
    "last": ("log.c", "#ifdef CONFIG_LOG\n"),
}
SWEEP = "sweep -q distinct --symbols reads:- -- sh check.sh {config}"


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run git as nobody in particular, without anybody's configuration or editor."""
    own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    outside = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_EDITOR": "true"}
    return subprocess.run(
        ["git", *own, *words],
        cwd=folder,
        env={**os.environ, **outside},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Return a checkout with three commits on a base, of which the second breaks without NET."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "check.sh").write_text(CHECK)
    (tmp_path / ".gitignore").write_text(".kvariant\n")
    git(tmp_path, "init", "-q", "-b", "main")
    for subject, (name, text) in COMMITS.items():
        (tmp_path / name).write_text(text)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", subject)
    return tmp_path


def test_a_rebase_stops_at_the_commit_that_breaks(series: Path) -> None:
    """The sweep of a commit that fails stops it there, with the condition; mended, it goes on."""
    command = f"git show | {shlex.quote(sys.executable)} -m kvariant {SWEEP}"
    stopped = git(series, "rebase", "--exec", command, "main~3")
    told = stopped.stdout + stopped.stderr
    assert stopped.returncode == 1, told
    assert "fails where !NET: 2 of 2 against 0 of 2" in told
    assert git(series, "show", "-s", "--format=%s").stdout == "broken\n"
    assert not git(series, "status", "--porcelain").stdout, "nothing is left in the checkout"
    (series / "net.c").write_text("#ifdef CONFIG_NET\n")
    git(series, "commit", "-qa", "--amend", "-m", "mended")
    goes_on = git(series, "rebase", "--continue")
    assert goes_on.returncode == 0, goes_on.stdout + goes_on.stderr
    assert git(series, "log", "--format=%s").stdout.split() == ["last", "mended", "sound", "base"]
