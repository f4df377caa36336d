# SPDX-License-Identifier: MIT
"""`--cluster ssh:alpha,beta`: two hosts on a network, real ssh between, none sees the project."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import kvariant
from hosts import Hosts, until

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

PYTHON = f"env PYTHONPATH={Path(kvariant.__file__).parents[1]} {sys.executable}"
MADE = "test ! -e a.ignored && sh tool.sh {name} >{out}/made; head -c 900000 /dev/zero >{out}/big"
PROJECT = f"""kconfig = "Kconfig"
[cluster]
python = "{PYTHON}"
[[step]]
name = "make"
run = "{MADE}"
artifacts = ["made"]
reads = ["Kconfig", "tool.sh"]
[[step]]
name = "use"
run = "cat {{out}}/made; %s; case {{name}} in *o2*) exit 1;; esac"
needs = ["make"]
reads = ["Kconfig"]
"""

SLOW = "sleep 1.5"
ENDLESS = "sleep 97531"


@pytest.fixture
def project(hosts: Hosts) -> Path:
    """Return a project in git with a file that is not committed, and one that is ignored."""
    folder = hosts.folder / "hidden/project"
    folder.mkdir()
    (folder / "Kconfig").write_text("".join(f'config O{i}\n\tbool "o"\n' for i in range(1, 6)))
    (folder / "kvariant.toml").write_text(PROJECT % "true")
    (folder / ".gitignore").write_text("*.ignored\n.kvariant\n")
    (folder / "tool.sh").write_text("echo made $1\n")
    (folder / "a.ignored").touch()
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    return folder


class Sweeps:
    """Starts sweeps of 12 variants on this side of the network."""

    def __init__(self, hosts: Hosts, project: Path, ssh: Path, stack: ExitStack) -> None:
        self.hosts, self.project = hosts, project
        self._environment = {**os.environ, "PATH": f"{ssh}:{os.environ['PATH']}"}
        self._stack = stack

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start one."""
        command = [sys.executable, "-m", "kvariant", "sweep", "uniform", "--size", "12"]
        process = subprocess.Popen(
            self.hosts.words(*command, "--json", *words),
            cwd=self.project,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(process.communicate)
        self._stack.callback(process.kill)
        return process

    def start_on_hosts(self) -> subprocess.Popen[str]:
        """Start one on both hosts that takes nothing from before."""
        return self.start("--no-reuse", "--cluster", "ssh:alpha,beta")

    def unbroken(self) -> dict[str, Any]:
        """Return the report of a sweep without a cluster."""
        (self.project / "a.ignored").rename(self.project / "b.ignored")
        found = ended(self.start("-j", "4"))
        (self.project / "b.ignored").rename(self.project / "a.ignored")
        return found


@pytest.fixture
def sweeps(hosts: Hosts, project: Path, ssh: Path) -> Iterator[Sweeps]:
    """Yield what starts sweeps, and ends them with the test."""
    with ExitStack() as stack:
        yield Sweeps(hosts, project, ssh, stack)


def ended(process: subprocess.Popen[str], code: int = 1) -> dict[str, Any]:
    """Return the report of a sweep."""
    out, err = process.communicate(timeout=200)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert "Warning" not in err, "Dask's own words"
    found: dict[str, Any] = json.loads(out)
    return found


def cells(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of a report without what differs from run to run."""
    timed = ("duration", "seconds", "log")
    return [{k: v for k, v in cell.items() if k not in timed} for cell in report["cells"]]


def machines(project: Path) -> set[str]:
    """Return where cells were run, as the database has it."""
    with sqlite3.connect(project / ".kvariant/results.sqlite") as database:
        return {host for (host,) in database.execute("SELECT host FROM host WHERE host != ''")}


def test_two_hosts(hosts: Hosts, project: Path, sweeps: Sweeps) -> None:
    """Cells, keys and findings are those of a sweep without a cluster; both hosts have run some."""
    here = sweeps.unbroken()
    found = ended(sweeps.start_on_hosts())
    assert cells(found) == cells(here)
    assert len(cells(found)) == 24
    assert found["failures"] == here["failures"]
    assert {"alpha", "beta"} <= machines(project)
    outs = sorted((project / ".kvariant/out").iterdir())
    assert {(out / "made").read_text() for out in outs} == {f"made {out.name}\n" for out in outs}


@pytest.mark.parametrize("seconds", [5, 25])
def test_a_link_that_is_down_for_a_while(
    hosts: Hosts, project: Path, sweeps: Sweeps, seconds: int
) -> None:
    """Whether ssh has given up meanwhile or not, the outcomes are those of an unbroken sweep."""
    (project / "kvariant.toml").write_text(PROJECT % SLOW)
    here = sweeps.unbroken()
    process = sweeps.start_on_hosts()
    until(lambda: hosts["alpha"].running(SLOW), 60)
    hosts.cut("alpha")
    time.sleep(seconds)
    hosts.join("alpha")
    assert cells(ended(process)) == cells(here)


def test_a_link_that_is_down_for_good(hosts: Hosts, project: Path, sweeps: Sweeps) -> None:
    """What ran there runs on the other host, and there nothing of it goes on for long."""
    (project / "kvariant.toml").write_text(PROJECT % SLOW)
    here = sweeps.unbroken()
    process = sweeps.start_on_hosts()
    until(lambda: hosts["alpha"].running(SLOW), 60)
    hosts.cut("alpha")
    assert cells(ended(process)) == cells(here)
    until(lambda: not hosts["alpha"].running("worker_process"), 60)
    assert not hosts["alpha"].running(SLOW)


def test_cells_that_are_lost_twice(hosts: Hosts, project: Path, sweeps: Sweeps) -> None:
    """They are errors that name both machines, and say so once; what is left goes on."""
    mark = f"{hosts.folder}/{{name}}"
    over = hosts.folder / "over"  # what comes to alpha when it is back has an end
    on_alpha = f"if test ! -e {over} && mkdir {mark}-first; then exec {ENDLESS}; fi"
    on_beta = f"if test -e {mark}-first && mkdir {mark}-second; then exec {ENDLESS}; fi"
    # However fast beta is, alpha comes to a cell that does not end.
    begun = f"until ls {hosts.folder} | grep -q -- -first; do sleep 0.1; done"
    either = f"if test $(uname -n) = alpha; then {on_alpha}; else {begun}; {on_beta}; fi"
    step = f"case {{name}} in *o2*) {either};; esac"
    (project / "kvariant.toml").write_text(PROJECT % step)
    process = sweeps.start_on_hosts()
    until(lambda: hosts["alpha"].running(ENDLESS), 60)
    hosts.cut("alpha")
    until(lambda: [*hosts.folder.glob("*-second")], 60)
    hosts.cut("beta")
    over.touch()
    hosts.join("alpha")
    report = ended(process)
    found = {c["variant"]: c["reason"] for c in report["cells"] if c["outcome"] == "error"}
    assert found.keys() == {p.name.removesuffix("-second") for p in hosts.folder.glob("*-second")}
    assert {*found.values()} == {"lost with its machine twice: alpha and beta"}
    assert len(report["cells"]) == 24


@pytest.mark.parametrize("is_cut", [False, True])
def test_ctrl_c(hosts: Hosts, project: Path, sweeps: Sweeps, *, is_cut: bool) -> None:
    """Commands end within 5 s on hosts that can be reached, and on others when they notice."""
    (project / "kvariant.toml").write_text(PROJECT % ENDLESS)
    process = sweeps.start_on_hosts()
    for host in hosts.others.values():
        until(lambda host=host: host.running(ENDLESS), 60)  # type: ignore[misc]
    if is_cut:
        hosts.cut("alpha")
        time.sleep(1)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    reached = [hosts["beta"]] if is_cut else [*hosts.others.values()]
    until(lambda: not any(host.running(ENDLESS) for host in reached), 5)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    print("ended after", time.monotonic() - began)
    for host in hosts.others.values():
        until(lambda host=host: not host.running("worker_process"), 60)  # type: ignore[misc]
        assert not host.running(ENDLESS)
