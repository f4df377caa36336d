# SPDX-License-Identifier: MIT
"""Machines that do not see our files, each a mount namespace of its own behind an `ssh`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import kvariant

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

_ALLOWED = (
    sys.platform == "linux"
    and subprocess.run(["unshare", "-m", "-u", "true"], capture_output=True, check=False).returncode
    == 0
)
pytestmark = pytest.mark.skipif(not _ALLOWED, reason="no namespaces may be made here")

SSH = """#!/bin/sh
while [ $# -gt 2 ]; do shift; done
export FAR_HOST=$1 FAR_COMMAND=$2 XDG_CACHE_HOME={caches}/$1
export SSH_CONNECTION="127.0.0.1 1 127.0.0.1 2"
mkdir -p $XDG_CACHE_HOME
exec unshare -m -u sh -c 'hostname $FAR_HOST; mount -t tmpfs none {hidden}; {also}
cd /; exec sh -c "$FAR_COMMAND"'
"""
MAKE = (
    "test ! -e a.ignored && sh tool.sh {name} >{out}/made; echo x >{out}/gone; "
    "head -c 900000 /dev/zero >{out}/big; uname -n >{out}/on"
)
USE = (
    "test -s {out}/big && cat {out}/made; uname -n >{out}/used; rm {out}/gone; "
    "case {name} in *o2*) exit 1;; esac"
)
PROJECT = f"""kconfig = "Kconfig"
[cluster]
python = "env PYTHONPATH={Path(kvariant.__file__).parents[1]} {sys.executable}"
[[step]]
name = "make"
run = "{MAKE}"
artifacts = ["made", "on", "used"]
reads = ["Kconfig", "tool.sh"]
[[step]]
name = "use"
run = "{USE}"
needs = ["make"]
reads = ["Kconfig"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project in git with a file that is not committed, and one that is ignored."""
    folder = tmp_path / "hidden/project"
    folder.mkdir(parents=True)
    (folder / "Kconfig").write_text("".join(f'config O{i}\n\tbool "o"\n' for i in range(1, 6)))
    (folder / "kvariant.toml").write_text(PROJECT)
    (folder / ".gitignore").write_text("*.ignored\n.kvariant\n")
    (folder / "tool.sh").write_text("echo made $1\n")
    (folder / "a.ignored").touch()
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    return folder


def swept(project: Path, where: str, also: str = "") -> subprocess.CompletedProcess[str]:
    """Sweep 10 variants of a project on machines that see none of its files."""
    folder = project.parents[1]
    (folder / "bin").mkdir(exist_ok=True)
    hidden, caches = project.parent, folder / "caches"
    (folder / "bin/ssh").write_text(SSH.format(hidden=hidden, caches=caches, also=also))
    (folder / "bin/ssh").chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "kvariant", "sweep", "uniform", "--size", "10", "--cluster", where],
        cwd=project,
        env={**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_tree_travels_and_what_is_made_comes_back(project: Path) -> None:
    """A file that is not committed is there, an ignored one is not, and artifacts are here."""
    done = swept(project, "ssh:alpha,beta")
    assert done.returncode == 1, done.stderr
    outs = sorted((project / ".kvariant/out").iterdir())
    assert len(outs) == 10
    assert {(out / "made").read_text() for out in outs} == {f"made {out.name}\n" for out in outs}
    assert {(out / "on").read_text() for out in outs} == {"alpha\n", "beta\n"}
    assert not [out for out in outs if (out / "gone").exists()]
    for out in outs:
        assert (out / "big").exists() == ("o2" in out.name), "good ones are tidied up"
    with sqlite3.connect(project / ".kvariant/results.sqlite") as database:
        hosts = dict(database.execute("SELECT variant, host FROM host WHERE step = 'use'"))
    assert hosts == {out.name: (out / "used").read_text().strip() for out in outs}


def test_a_machine_without_a_tool(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets no cell that needs the tool, and that is said once."""
    text = (
        (project / "kvariant.toml").read_text().replace("test ! -e", "set -e; fartool; test ! -e")
    )
    (project / "kvariant.toml").write_text(text)
    tools = project.parents[1] / "tools"
    tools.mkdir()
    (tools / "fartool").write_text("#!/bin/sh\n")
    (tools / "fartool").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    also = f"[ $FAR_HOST = alpha ] || mount -t tmpfs none {tools}"
    done = swept(project, "ssh:alpha,beta", also)
    assert done.returncode == 1, done.stderr
    said = "warning: beta gets no cells that need fartool: it is not there [cluster-machine]"
    assert done.stderr.count(said) == 1
    outs = sorted((project / ".kvariant/out").iterdir())
    assert {(out / "on").read_text() for out in outs} == {"alpha\n"}


def test_something_else_at_the_path(project: Path) -> None:
    """A machine that has files of its own where the tree belongs is not used, in words."""
    done = swept(project, "ssh:alpha", f"mkdir {project}; touch {project}/precious")
    assert done.returncode == 3
    assert f"alpha gets no cells: {project} is there, and is no copy of ours" in done.stderr
    assert "the cluster has no worker that can be used [no-cluster]" in done.stderr


def test_a_host_without_kvariant(project: Path) -> None:
    """What the other machine says is passed on."""
    text = (project / "kvariant.toml").read_text().replace(sys.executable, "/no/python")
    (project / "kvariant.toml").write_text(text)
    done = swept(project, "ssh:alpha")
    assert done.returncode == 3
    assert "/no/python" in done.stderr
    assert "[no-cluster]" in done.stderr
