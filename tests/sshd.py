# SPDX-License-Identifier: MIT
"""ssh servers on hosts of ours: Debian's, unpacked, with keys made for the test.

The client is told all it needs by a file of its own; neither side reads, or writes, what the
machine has of ssh.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import debian
from hosts import Hosts, until

_LIBRARIES = {
    "libwrap.so.0": "libwrap0",
    "libpam.so.0": "libpam0g",
    "libaudit.so.1": "libaudit1",
    "libcap-ng.so.0": "libcap-ng0",
    "libselinux.so.1": "libselinux1",
    "libpcre2-8.so.0": "libpcre2-8-0",
    "libsystemd.so.0": "libsystemd0",
    "libcrypt.so.1": "libcrypt1",
    "libcrypto.so.3": "libssl3",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libkrb5.so.3": "libkrb5-3",
    "libk5crypto.so.3": "libk5crypto3",
    "libkrb5support.so.0": "libkrb5support0",
    "libkeyutils.so.1": "libkeyutils1",
    "libcom_err.so.2": "libcom-err2",
    "libedit.so.2": "libedit2",
    "libbsd.so.0": "libbsd0",
    "libmd.so.0": "libmd0",
}
"""Shared library -> the package that has it, for those that a machine may lack."""


def server() -> Path:
    """Return the program sshd; `libraries` has what it needs beside it.

    Raises:
        Unavailable: it cannot be had here.
    """
    installed = Path("/usr/sbin/sshd")
    if installed.exists():
        return installed
    return debian.binary_package("openssh-server") / "usr/sbin/sshd"


def client(name: str) -> Path:
    """Return a program of the client: `ssh`, `ssh-keygen`.

    Raises:
        Unavailable: it cannot be had here.
    """
    found = shutil.which(name)
    return Path(found) if found else debian.binary_package("openssh-client") / "usr/bin" / name


def libraries(*programs: Path) -> str:
    """Return what LD_LIBRARY_PATH is to be, so that some programs find all.

    Raises:
        Unavailable: one cannot be had here.
    """
    folders = dict[str, None]()
    for program in programs:
        for _ in range(len(_LIBRARIES)):  # what was brought may lack others
            lacking = _lacking(program, ":".join(folders))
            if not lacking:
                break
            for name in lacking:
                if name not in _LIBRARIES:
                    raise debian.Unavailable(f"{name}, which {program.name} needs, is not here")
                package = debian.binary_package(_LIBRARIES[name])
                folders |= {str(path.parent): None for path in package.rglob(name)}
    return ":".join(folders)


def _lacking(program: Path, folders: str) -> list[str]:
    done = subprocess.run(
        ["ldd", str(program)],
        env={**os.environ, "LD_LIBRARY_PATH": folders},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split() for line in done.stdout.splitlines() if "not found" in line]
    return [words[0] for words in lines]


SERVER = """\
ListenAddress {address}
HostKey {home}/host_key
PidFile none
AuthorizedKeysFile {home}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
"""
CLIENT = """\
Host {name}
  HostName {address}
  User root
  IdentityFile {folder}/key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  StrictHostKeyChecking yes
"""


@contextlib.contextmanager
def served(hosts: Hosts) -> Iterator[Path]:
    """Run a server on every host; yield a folder with an `ssh` that knows them all.

    Raises:
        Unavailable: it cannot be had here.
    """
    folder = hosts.folder / "ssh"
    folder.mkdir()
    sshd, ssh, keygen = server(), client("ssh"), client("ssh-keygen")
    path = libraries(sshd, ssh, keygen)
    found = f"env LD_LIBRARY_PATH={path} " if path else ""
    _make_key(f"{found}{keygen}", folder / "key")
    known, settings = [], []
    for name, host in hosts.others.items():
        _make_key(f"{found}{keygen}", host.home / "host_key")
        shutil.copy(folder / "key.pub", host.home / "authorized_keys")
        known.append(f"{host.address} {(host.home / 'host_key.pub').read_text()}")
        settings.append(CLIENT.format(name=name, address=host.address, folder=folder))
        text = SERVER.format(address=host.address, home=host.home)
        (host.home / "sshd_config").write_text(text)
    (folder / "known").write_text("".join(known))
    (folder / "config").write_text("".join(settings))
    program = folder / "bin/ssh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {found}{ssh} -F {folder}/config "$@"\n')
    program.chmod(0o755)
    with contextlib.ExitStack() as stack:
        for host in hosts.others.values():
            serve = f"exec {found}{sshd} -D -f {host.home}/sshd_config -E {host.home}/sshd.log"
            process = subprocess.Popen(host.words("sh", "-c", serve), stdin=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
        for name in hosts.others:
            until(lambda name=name: _answers(hosts, program, name))  # type: ignore[misc]
        yield program.parent


def _answers(hosts: Hosts, program: Path, name: str) -> bool:
    asked = hosts.words(str(program), "-o", "BatchMode=yes", name, "uname -n")
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout == f"{name}\n"


def _make_key(keygen: str, path: Path) -> None:
    command = [*shlex.split(keygen), "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
