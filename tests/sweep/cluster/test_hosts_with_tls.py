# SPDX-License-Identifier: MIT
"""`--cluster tls://`: a scheduler and workers that others have started, with certificates."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

import kvariant
from certificates import Authority
from hosts import Host, Hosts, until

ADDRESS = "tls://10.99.0.2:8786"
PROJECT = """kconfig = "Kconfig"
[[step]]
name = "make"
run = "echo made {name} >{out}/made; case {name} in *o2*) exit 1;; esac"
artifacts = ["made"]
reads = ["Kconfig"]
"""
DASK = """distributed:
  comm:
    require-encryption: true
    tls:
      ca-file: {ca}
      scheduler: {{cert: {own}, key: {own}}}
      worker: {{cert: {own}, key: {own}}}
      client: {{cert: {own}, key: {own}}}
"""


def configure(host: Host, ca: Path, own: Path) -> None:
    """Write Dask's configuration for a host's user, as docs/cluster.md has it."""
    folder = host.home / ".config/dask"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kvariant.yaml").write_text(DASK.format(ca=ca, own=own))


def of(host: Host) -> dict[str, str]:
    """Return the environment of a host's user."""
    names = ("PYTHONPATH", "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {**kept, "HOME": str(host.home), "PYTHONPATH": str(Path(kvariant.__file__).parents[1])}


@pytest.fixture
def authority(hosts: Hosts) -> Authority:
    """Return who signs the certificates of all three sides, which are configured."""
    found = Authority.made("builds", hosts.folder / "builds")
    for host in (hosts.here, *hosts.others.values()):
        configure(host, found.folder / "ca.pem", found.sign(host.name))
    return found


@pytest.fixture
def cluster(hosts: Hosts, authority: Authority) -> Iterator[Hosts]:
    """Yield hosts with a scheduler on alpha and a worker on each."""
    with ExitStack() as stack:

        def start(host: Host, *words: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]]
            log = stack.enter_context((host.home / f"{words[0]}.log").open("w"))
            process = subprocess.Popen(
                host.words(*command), env=of(host), cwd="/", stdin=-3, stdout=log, stderr=log
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        alpha, beta = hosts["alpha"], hosts["beta"]
        start(alpha, "dask_scheduler", "--protocol", "tls", "--port", "8786", "--no-dashboard")
        for host in (alpha, beta):
            start(host, "dask_worker", ADDRESS, "--nthreads", "1", "--no-dashboard")
        log = alpha.home / "dask_scheduler.log"
        until(lambda: log.read_text().count("Register worker") == 2)
        yield hosts


@pytest.fixture
def project(hosts: Hosts) -> Path:
    """Return a project that no host sees."""
    folder = hosts.folder / "hidden/project"
    folder.mkdir()
    (folder / "Kconfig").write_text("".join(f'config O{i}\n\tbool "o"\n' for i in range(1, 6)))
    (folder / "kvariant.toml").write_text(PROJECT)
    return folder


def swept(hosts: Hosts, project: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Sweep on this side of the network."""
    command = [sys.executable, "-m", "kvariant", "sweep", "uniform", "--size", "12", "--json"]
    return subprocess.run(
        hosts.words(*command, *words),
        cwd=project,
        env=of(hosts.here),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def cells(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the cells of a report without what differs from run to run."""
    assert done.returncode == 1, done.stderr
    timed = ("duration", "seconds", "log")
    report = json.loads(done.stdout)
    return [{k: v for k, v in cell.items() if k not in timed} for cell in report["cells"]]


def test_certificates_of_one_authority(cluster: Hosts, project: Path) -> None:
    """The cells are those of a sweep without a cluster, and both hosts have run some."""
    here = cells(swept(cluster, project, ["-j", "2"]))
    found = cells(swept(cluster, project, ["--no-reuse", "--cluster", ADDRESS]))
    assert found == here
    assert len(found) == 12
    outs = sorted((project / ".kvariant/out").iterdir())
    assert {(out / "made").read_text() for out in outs} == {f"made {out.name}\n" for out in outs}


def test_certificates_that_are_wrong(cluster: Hosts, authority: Authority, project: Path) -> None:
    """Of another authority, past their time, or none: one error in words, exit 3, nothing runs."""
    other = Authority.made("others", cluster.folder / "others")
    ours, theirs = authority.folder / "ca.pem", other.folder / "ca.pem"
    absent = cluster.folder / "absent.pem"
    for ca, own, words in [
        (ours, other.sign("here"), "it refuses our certificate: tlsv1 alert unknown ca"),
        (ours, authority.sign("old", days=-1), "it refuses our certificate: sslv3 alert "),
        (theirs, authority.folder / "here.pem", "its certificate is refused here: "),
        (ours, absent, f"{absent} is not there, which distributed.comm.tls.client.cert names"),
        (absent, absent, f"{absent} is not there, which distributed.comm.tls.ca-file names"),
        (ours, ours, "the certificates that distributed.comm.tls names cannot be used: "),
    ]:
        configure(cluster.here, ca, own)
        done = swept(cluster, project, ["--cluster", ADDRESS])
        assert done.returncode == 3, done.stderr
        assert f"error: no Dask scheduler answers at {ADDRESS}: {words}" in done.stderr
        assert "[no-cluster]" in done.stderr
        assert "Traceback" not in done.stderr
    assert not (project / ".kvariant/out").exists()
