# SPDX-License-Identifier: MIT
"""Where `--cluster` says that cells are run: `4`, `tls://HOST:PORT`, `ssh:HOST,HOST`, `slurm`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from kvariant.errors import Diagnostic, InputError, nearest

QUEUES = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "lsf": "LSFCluster",
    "sge": "SGECluster",
    "htcondor": "HTCondorCluster",
    "oar": "OARCluster",
}
"""Batch systems -> their classes in dask-jobqueue."""
_FORMS = "a number of workers, tls://HOST:PORT, ssh:HOST,HOST, or slurm"
_MOST = 1024
"""Workers of this machine; more are a slip of the finger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterLocation:
    """Where cells are run; one of the fields is given."""

    text: str
    """As it was given."""
    workers: int = 0
    """How many processes of this machine."""
    address: str = ""
    """Of a Dask scheduler that runs: `tls://build7:8786`."""
    hosts: tuple[str, ...] = ()
    """Machines that ssh knows."""
    queue: str = ""
    """A batch system: a key of `QUEUES`."""

    @classmethod
    def parse(cls, text: str, *, is_insecure: bool = False) -> ClusterLocation:
        """Return what WHERE says.

        Args:
            text: what follows `--cluster`.
            is_insecure: whether a connection to another machine may be in the clear.

        Raises:
            InputError: it says nothing that we know [cluster], or would be open to
                everybody on the network [cluster-insecure].
        """
        if text.isascii() and text.isdecimal():
            if not 1 <= int(text) <= _MOST:
                raise _wrong(text, f"{text} is no number of workers from 1 to {_MOST:,}")
            return cls(text=text, workers=int(text))
        if text in QUEUES:
            return cls(text=text, queue=text)
        if text.startswith("ssh:"):
            hosts = tuple(text.removeprefix("ssh:").split(","))
            for host in hosts:
                if not re.fullmatch(r"[A-Za-z0-9_][^\s,/'\"\\]*", host):  # no option of ssh's
                    raise _wrong(text, f"'{host}' is no name of a host")
            if double := next((h for h in hosts if hosts.count(h) > 1), ""):
                raise _wrong(text, f"{double} is there twice")
            return cls(text=text, hosts=hosts)
        return cls(text=text, address=_address(text, is_insecure=is_insecure))

    @property
    def is_started(self) -> bool:
        """Whether we start its workers, and end them."""
        return bool(self.workers or self.hosts)


def _address(text: str, *, is_insecure: bool) -> str:
    found = re.fullmatch(r"(tls|tcp)://(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})/?", text)
    if found is None or not 0 < int(found[3]) < 1 << 16:
        words = [*QUEUES, "tls://", "tcp://", "ssh:"]
        near = nearest(text.partition("//")[0] if "//" in text else text, words)
        raise _wrong(text, "it names no place that is known", near)
    if found[1] == "tcp" and not is_insecure and not _is_here(found[2].strip("[]")):
        raise InputError(
            Diagnostic(
                message=f"--cluster {text} is neither encrypted nor asks who is there: whoever "
                "reaches that port runs commands on every worker",
                code="cluster-insecure",
                hint=f"use tls://{found[2]}:{found[3]} (docs/cluster.md), or on a network that "
                "you trust add --cluster-insecure",
            )
        )
    return text.rstrip("/")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong(text: str, why: str, near: str | None = None) -> InputError:
    return InputError(
        Diagnostic(
            message=f"--cluster {text}: {why}",
            code="cluster",
            hint=f"did you mean {near}?" if near else f"give {_FORMS}",
        )
    )
