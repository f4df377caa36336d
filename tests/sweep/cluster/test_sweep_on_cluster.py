# SPDX-License-Identifier: MIT
"""`sweep --cluster`: what is killed or interrupted ends all, and nothing of a report differs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

COUNT = 60
STEP = "case {name} in *o3*) echo no {name}; exit 1;; esac; sleep 0.05"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of some options whose step fails where O3 is on."""
    options = (f'config O{i}\n\tbool "o{i}"\n' for i in range(1, 9))
    (tmp_path / "Kconfig").write_text("".join(options))
    (tmp_path / "kvariant.toml").write_text(
        f'kconfig = "Kconfig"\n[[step]]\nname = "check"\nrun = """{STEP}"""\nreads = ["Kconfig"]\n'
    )
    return tmp_path


def start(project: Path, *words: str) -> subprocess.Popen[str]:
    """Start a sweep of the project."""
    command = [sys.executable, "-m", "kvariant", "sweep", "uniform", "--size", str(COUNT), *words]
    return subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def swept(project: Path, *words: str) -> dict[str, Any]:
    """Run a sweep and return its report."""
    process = start(project, "--json", *words)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    found: dict[str, Any] = json.loads(out)
    return found


def cells(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of a report without what differs from run to run."""
    timed = ("duration", "seconds", "log")
    return [{k: v for k, v in cell.items() if k not in timed} for cell in report["cells"]]


def processes(words: str) -> list[int]:
    """Return the processes whose command line has some words."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if words in line and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def workers_of(parent: int) -> list[int]:
    """Return the workers that a sweep has started."""
    found = []
    for pid in processes("kvariant.sweep.cluster.worker_process"):
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        if int(status.rpartition(")")[2].split()[1]) == parent:
            found.append(pid)
    return found


def until(holds: Any, seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_equal_report(project: Path) -> None:
    """Cells, outcomes, reasons, keys and findings are those of a sweep without a cluster."""
    here = swept(project, "-j", "2")
    again = swept(project, "--no-reuse", "--cluster", "2")
    assert cells(again) == cells(here)
    assert len(cells(here)) >= COUNT
    assert here["cost"]["commands"] > 0
    assert again["cost"]["commands"] is again["cost"]["least"] is again["cost"]["cpu"]["commands"]
    assert again["cost"]["commands"] is None
    timed = ("cost", "duration", "cells")
    assert {k: again[k] for k in again if k not in timed} == {
        k: here[k] for k in here if k not in timed
    }


def test_workers_killed_again_and_again(project: Path) -> None:
    """However often a worker is killed, the outcomes are those of an unbroken sweep."""
    here = swept(project, "-j", "2")
    process = start(project, "--json", "--no-reuse", "--cluster", "2")
    killed: set[int] = set()
    while process.poll() is None and len(killed) < 10:
        for pid in workers_of(process.pid):
            if pid not in killed:
                time.sleep(0.7)
                if processes("case "):
                    killed.add(pid)
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        killed.discard(pid)
                    break
        time.sleep(0.05)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert killed
    again = {(c["variant"], c["step"]): c["outcome"] for c in json.loads(out)["cells"]}
    assert again == {(c["variant"], c["step"]): c["outcome"] for c in here["cells"]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_controller_that_ends(project: Path, number: signal.Signals) -> None:
    """Within five seconds nothing runs any more, and the same command goes on from there."""
    mark = str(project / "running")
    command = f"touch {mark}; exec sleep 97531"
    (project / "kvariant.toml").write_text(
        f'kconfig = "Kconfig"\n[[step]]\nname = "check"\nrun = "{command}"\n'
    )
    process = start(project, "--cluster", "2")
    until(lambda: len(processes("sleep 97531")) == 2)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    began = time.monotonic()
    process.send_signal(number)
    until(lambda: not processes("sleep 97531"), 5)
    assert time.monotonic() - began < 5
    _, err = process.communicate(timeout=30)
    assert process.returncode == (130 if number is signal.SIGINT else -9)
    assert "Traceback" not in err
    until(lambda: not [pid for pid in workers if Path(f"/proc/{pid}").exists()], 10)


def test_a_controller_that_is_run_again(project: Path) -> None:
    """Killed half-way and run again, it ends as an unbroken sweep does."""
    here = swept(project, "-j", "2")
    (project / "Kconfig").write_text((project / "Kconfig").read_text() + "\n")  # nothing is kept
    process = start(project, "--cluster", "2", "-v")
    assert process.stderr is not None
    for line in process.stderr:
        if " ok " in line or "check" in line:
            break
    time.sleep(0.5)
    process.kill()
    process.communicate()
    again = swept(project, "--cluster", "2")
    verdicts = {(c["variant"], c.get("ended") or c["outcome"]) for c in again["cells"]}
    reused = {c["outcome"] for c in again["cells"]}
    assert {v for v, _ in verdicts} == {c["variant"] for c in here["cells"]}
    assert "reused" in reused
    assert again["failures"] == here["failures"]


def test_without_the_extra(project: Path) -> None:
    """Where the packages are not installed one error says so, and how they are."""
    hidden = project / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "old = u.find_spec\n"
        "u.find_spec = lambda n, *a: None if n == 'distributed' else old(n, *a)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "kvariant", "sweep", "--cluster", "2"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{hidden}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == (
        "error: --cluster 2 needs distributed, which is not installed [no-cluster]\n"
        "hint: pip install 'kvariant[cluster]'\n"
        "exit code 3, nothing was built\n"
    )


def test_sizes_and_warnings_travel(project: Path) -> None:
    """What was counted on a worker is in the report as if it had been counted here."""
    (project / "kvariant.toml").write_text(
        'kconfig = "Kconfig"\nbaseline = "warnings.baseline"\n[[step]]\nname = "check"\n'
        'run = """cat {config} > {out}/app; case {name} in *o3*) echo '
        "'a.c:1:1: warning: w [-Wx]';; esac\"\"\"\nreads = ['Kconfig']\nmeasure = '{out}/app'\n"
    )
    reports = []
    for words in (["-j2"], ["--cluster", "2"]):
        process = start(project, "--json", "--no-reuse", *words)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 1, err
        reports.append(json.loads(out))
    here, there = reports
    assert cells(here) == cells(there)
    assert all(cell["sizes"]["total"] > 0 for cell in there["cells"])
    assert here["baselines"] == there["baselines"]
    assert there["baselines"][0]["new"][0]["appears_iff"] == "O3"
    assert here["sizes"]["options"] == there["sizes"]["options"]
