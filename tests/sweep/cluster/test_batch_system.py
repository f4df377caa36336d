# SPDX-License-Identifier: MIT
"""`--cluster slurm`: jobs of a batch system, which is stood in for by two small programs.

`sbatch` runs the script that dask-jobqueue writes, as a batch system would, in the background;
`scancel` ends one. So the script, its certificates and its workers are the real ones.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import kvariant
from hosts import until

pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")

SBATCH = """#!/bin/sh
cd {folder}
cp "$1" job-$$.sh
setsid sh job-$$.sh >job-$$.log 2>&1 </dev/null &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
cd {folder}
echo "$@" >>cancelled
kill -TERM -- "-$1"
"""
PROJECT = """kconfig = "Kconfig"
[cluster]
jobs = 2
cores = 1
memory = "512MB"
queue = "builds"
walltime = "00:07:00"
[[step]]
name = "make"
run = "echo made {name} >{out}/made; STEP; case {name} in *o2*) exit 1;; esac"
artifacts = ["made"]
reads = ["Kconfig"]
"""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Path]:
    """Yield the folder of a batch system, of which no job outlives the test."""
    folder = tmp_path / "system"
    (folder / "bin").mkdir(parents=True)
    for name, text in {"sbatch": SBATCH, "scancel": SCANCEL}.items():
        (folder / "bin" / name).write_text(text.format(folder=folder))
        (folder / "bin" / name).chmod(0o755)
    yield folder
    for pid in running("sh\0job-"):  # and leave what ends their commands
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of some options."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Kconfig").write_text("".join(f'config O{i}\n\tbool "o"\n' for i in range(1, 6)))
    (folder / "kvariant.toml").write_text(PROJECT.replace("STEP", "true"))
    return folder


def running(words: str) -> list[int]:
    """Return the processes whose command line or folder has some words."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes() + str((entry / "cwd").readlink()).encode()
            if words.encode() in line and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def start(system: Path, project: Path, *words: str) -> subprocess.Popen[str]:
    """Start a sweep of 12 variants."""
    command = [sys.executable, "-m", "kvariant", "sweep", "uniform", "--size", "12", "--json"]
    path = f"{system}/bin:{os.environ['PATH']}"
    return subprocess.Popen(
        [*command, *words],
        cwd=project,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(Path(kvariant.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def cells(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Return the cells of a report without what differs from run to run."""
    out, err = process.communicate(timeout=150)
    assert process.returncode == 1, err
    timed = ("duration", "seconds", "log")
    return [{k: v for k, v in c.items() if k not in timed} for c in json.loads(out)["cells"]]


def test_jobs_of_slurm(system: Path, project: Path) -> None:
    """They are as `[cluster]` says, are cancelled in the end, and the cells are as without."""
    here = cells(start(system, project, "-j", "2"))
    assert cells(start(system, project, "--no-reuse", "--cluster", "slurm")) == here
    assert len(here) == 12
    scripts = [path.read_text() for path in system.glob("job-*.sh")]
    assert len(scripts) == 2
    for script in scripts:
        asked = dict(re.findall(r"^#SBATCH (-\S+?)[ =](\S+)$", script, re.MULTILINE))
        assert (asked["-p"], asked["-t"], asked["--cpus-per-task"]) == ("builds", "00:07:00", "1")
        assert "--tls-ca-file" in script
        assert "BEGIN" not in script, "a key in a script is read by all"
    assert len((system / "cancelled").read_text().split()) == 2
    until(lambda: not running(str(system)), 20)
    assert not [*(project / ".kvariant").glob("certificates-*")]


def test_ctrl_c_ends_jobs(system: Path, project: Path) -> None:
    """Both jobs have got a cell, whichever came first; within five seconds nothing of it runs."""
    text = PROJECT.replace("STEP", "exec sleep 97532")
    (project / "kvariant.toml").write_text(text)
    process = start(system, project, "--cluster", "slurm")
    try:
        until(lambda: len(running("sleep\00097532")) == 2 or process.poll() is not None, 90)
        process.send_signal(signal.SIGINT)
        until(lambda: not running("sleep\00097532"), 5)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    until(lambda: not running(str(system)), 20)
