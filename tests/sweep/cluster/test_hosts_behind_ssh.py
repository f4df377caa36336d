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


def started(hosts: Hosts, project: Path, ssh: Path, *words: str) -> subprocess.Popen[str]:
    """Start a sweep of 12 variants on this side of the network."""
    command = [sys.executable, "-m", "kvariant", "sweep", "uniform", "--size", "12", *words]
    return subprocess.Popen(
        hosts.words(*command),
        cwd=project,
        env={**os.environ, "PATH": f"{ssh}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], code: int = 1) -> dict[str, Any]:
    """Return the report of a sweep with `--json`."""
    out, err = process.communicate(timeout=200)
    assert process.returncode == code, err
    assert "Traceback" not in err
    found: dict[str, Any] = json.loads(out)
    return found


def unbroken(hosts: Hosts, project: Path, ssh: Path) -> dict[str, Any]:
    """Return the report of a sweep without a cluster, of which nothing is left."""
    (project / "a.ignored").rename(project / "b.ignored")
    found = ended(started(hosts, project, ssh, "--json", "-j", "2"))
    (project / "b.ignored").rename(project / "a.ignored")
    return found


def cells(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of a report without what differs from run to run."""
    timed = ("duration", "seconds", "log")
    return [{k: v for k, v in cell.items() if k not in timed} for cell in report["cells"]]


def machines(project: Path) -> set[str]:
    """Return where cells were run, as the database has it."""
    with sqlite3.connect(project / ".kvariant/results.sqlite") as database:
        return {host for (host,) in database.execute("SELECT host FROM host WHERE host != ''")}


def test_two_hosts(hosts: Hosts, project: Path, ssh: Path) -> None:
    """Cells, keys and findings are those of a sweep without a cluster; both hosts have run some."""
    here = unbroken(hosts, project, ssh)
    found = ended(
        started(hosts, project, ssh, "--json", "--no-reuse", "--cluster", "ssh:alpha,beta")
    )
    assert cells(found) == cells(here)
    assert len(cells(found)) == 24
    assert found["failures"] == here["failures"]
    assert {"alpha", "beta"} <= machines(project)
    outs = sorted((project / ".kvariant/out").iterdir())
    assert {(out / "made").read_text() for out in outs} == {f"made {out.name}\n" for out in outs}
