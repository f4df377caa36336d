# SPDX-License-Identifier: MIT
"""Hosts with a network of their own: namespaces on a bridge, each with processes and mounts.

    here  10.99.0.1 --bridge--+-- port-alpha ---- 10.99.0.2  alpha
                              +-- port-beta  ---- 10.99.0.3  beta

No address of the machine is among them, and nothing of it is changed: what a host has of its own
(name, home, /run, accounts, what it does not see) is mounted for it alone and ends with it.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_HELD = ("-n", "-m", "-u", "-p", "-f", "--kill-child", "--mount-proc")
_FIRST = """
import os, time
while True:
    try:
        os.wait()
    except ChildProcessError:
        time.sleep(0.1)
"""
"""The first process of a host: what its parent has left is its own."""


def why_not() -> str:
    """Return why there can be no such hosts here, "" if there can."""
    if sys.platform != "linux":
        return "namespaces are Linux's"
    for program in ("unshare", "nsenter", "ip", "mount"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    try_it = "ip link add bridge0 type bridge && ip link add port0 type veth peer name port1"
    done = subprocess.run(
        ["unshare", *_HELD, "sh", "-c", try_it], capture_output=True, text=True, check=False
    )
    said = done.stderr.strip().splitlines()
    return f"no namespaces with a network may be made here: {said[-1:]}" if done.returncode else ""


@dataclass(kw_only=True)
class Host:
    """A machine as far as its processes can tell."""

    name: str
    address: str
    home: Path
    first: int
    """Its first process, as this machine numbers it."""
    held: subprocess.Popen[bytes]

    def words(self, *command: str) -> list[str]:
        """Return a command that runs another one on it."""
        own = ["-n", "-m", "-u", "-p"]
        return ["nsenter", "-t", str(self.first), *own, "--", *command]

    def run(self, script: str) -> str:
        """Run a shell script on it and return what it prints."""
        done = subprocess.run(
            self.words("sh", "-ec", script), capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def running(self, words: str) -> list[str]:
        """Return the command lines of its processes that have some words."""
        space = Path(f"/proc/{self.first}/ns/pid").readlink()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (entry / "ns/pid").readlink() == space:
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return [line for line in found if words in line]


@dataclass
class Hosts:
    """The hosts, and this side of their bridge."""

    folder: Path
    here: Host
    others: dict[str, Host] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Host:
        return self.others[name]

    def words(self, *command: str) -> list[str]:
        """Return a command that runs another one on this side, with the machine's own files."""
        return ["nsenter", "-t", str(self.here.first), "-n", "--", *command]

    def cut(self, name: str) -> None:
        """Take a host off the network: nothing it or others send arrives, and nobody is told."""
        self.here.run(f"ip link set port-{name} down")

    def join(self, name: str) -> None:
        """Bring it back."""
        self.here.run(f"ip link set port-{name} up")


@contextlib.contextmanager
def hosts(folder: Path, names: Sequence[str], hidden: Path) -> Iterator[Hosts]:
    """Yield hosts that do not see a folder.

    Args:
        folder: for what they have of their own.
        names: of the hosts.
        hidden: an empty folder on each of them.
    """
    with contextlib.ExitStack() as stack:
        here = stack.enter_context(_host("here", "10.99.0.1", folder))
        here.run(
            "ip link set lo up; ip link add bridge0 type bridge; ip link set bridge0 up; "
            "ip address add 10.99.0.1/24 dev bridge0"
        )
        found = Hosts(folder, here)
        for number, name in enumerate(names, 2):
            host = stack.enter_context(_host(name, f"10.99.0.{number}", folder))
            _joined(here, host)
            host.run(_OWN.format(home=host.home, name=name, hidden=hidden))
            found.others[name] = host
        yield found


_OWN = """
mount -t tmpfs none {hidden}
mount -t tmpfs none /run
mkdir /run/sshd
for file in passwd group; do mount --bind {home}/$file /etc/$file; done
[ ! -e /etc/shadow ] || mount --bind {home}/shadow /etc/shadow
hostname {name}
"""


def _joined(here: Host, host: Host) -> None:
    port = f"port-{host.name}"
    made = f"link add {port} type veth peer name out netns {host.first}"
    subprocess.run(["nsenter", "-t", str(here.first), "-n", "ip", *made.split()], check=True)
    here.run(f"ip link set {port} master bridge0 up")
    host.run(f"ip link set lo up; ip address add {host.address}/24 dev out; ip link set out up")


@contextlib.contextmanager
def _host(name: str, address: str, folder: Path) -> Iterator[Host]:
    home = folder / "homes" / name
    home.mkdir(parents=True)
    (home / "passwd").write_text(
        f"root:x:0:0::{home}:/bin/sh\nsshd:x:74:74::/run/sshd:/bin/false\n"
        "nobody:x:65534:65534::/:/bin/false\n"
    )
    (home / "group").write_text("root:x:0:\nsshd:x:74:\nnogroup:x:65534:\n")
    (home / "shadow").write_text("root:*:1::::::\nsshd:*:1::::::\n")
    held = subprocess.Popen(
        ["unshare", *_HELD, sys.executable, "-S", "-c", _FIRST], stdin=subprocess.DEVNULL
    )
    try:
        first = until(lambda: _child(held.pid))
        yield Host(name=name, address=address, home=home, first=first, held=held)
    finally:
        held.kill()  # all its processes go with the first
        held.wait()


def _child(parent: int) -> int:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            of = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if of == parent and (entry / "cmdline").read_text().startswith(sys.executable):
                return int(entry.name)
    return 0


def until(found: Callable[[], T], seconds: float = 30) -> T:
    """Wait until something is found, and return it."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return answer
