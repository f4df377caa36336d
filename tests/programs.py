# SPDX-License-Identifier: MIT
"""kvariant and pytest in processes of their own that need not be started from nothing.

`run` and `Popen` are those of `subprocess`. What runs is a child of this process, with a
number, an exit code and signals; but it is a fork of a process that has loaded them once
(`program_server`), a fifth of the work, where all that is asked of it can be said of a fork:

- the command is `python -m kvariant` or `python -m pytest`: this Python, without other options;
- the environment has what Python reads when it starts as the process that forks: there is one
  for each such set, from the second run on;
- nothing is to be done before it begins but what is a parameter here: no `preexec_fn`, no files
  beside the standard streams.

All else is started from nothing. So is what is about starting itself, which says `subprocess`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from program_server import CLONES

SERVER = Path(__file__).with_name("program_server.py")
_READ_AT_START = ("PYTHON", "LC_", "LANG", "MALLOC_", "LD_", "GLIBC_", "OMP_", "OPENBLAS_")
"""How the variables begin that Python, and what it is made of, read when they start."""


def kvariant(*arguments: str) -> list[str]:
    """Return the command line of kvariant."""
    return [sys.executable, "-m", "kvariant", *arguments]


class _Server:
    """A process that forks for what is asked of it."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection = ours
        self._one = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(SERVER), module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # It is nobody's command, which would be ended with what else is marked so; and
                # threads do not come along.
                env={**_unmarked(environment), "OPENBLAS_NUM_THREADS": "1"},
            )

    def start(self, request: Mapping[str, Any], streams: Sequence[int]) -> int:
        """Start what is asked for, and return its number."""
        with self._one:
            socket.send_fds(self._connection, [json.dumps(request).encode()], streams)
            answer = self._connection.recv(64)
        assert answer, "the process that forks has ended"
        return int(answer)

    def close(self) -> None:
        """End it; what it has started runs on."""
        self._connection.close()
        self._process.wait()


def _unmarked(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: v for name, v in environment.items() if not name.startswith("KVARIANT_")}


class _Servers:
    """The processes that fork for this one, by what they read when they started."""

    def __init__(self) -> None:
        self._started: dict[tuple[str, tuple[tuple[str, str], ...]], _Server] = {}
        self._seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        self._one = threading.Lock()
        self._owner = 0

    def of(self, module: str, environment: Mapping[str, str]) -> _Server | None:
        """Return the one that has loaded a module and all of ours, for an environment.

        None where it is asked for the first time: for one run it would be more work than that.
        """
        read = ((n, v) for n, v in environment.items() if n.startswith(_READ_AT_START))
        key = module, tuple(sorted(read))
        with self._one:
            if self._owner != os.getpid():  # after a fork they are children of another process
                self._started, self._owner = {}, os.getpid()
                atexit.register(self._close, self._owner)
            if key not in self._seen:
                self._seen.add(key)
                return None
            if key not in self._started:
                self._started[key] = _Server(module, environment)
            return self._started[key]

    def _close(self, owner: int) -> None:
        if owner == os.getpid():
            for server in self._started.values():
                with contextlib.suppress(OSError):
                    server.close()


_SERVERS = _Servers()


class Popen(subprocess.Popen[Any]):
    """`subprocess.Popen`, which has kvariant and pytest forked where that can be."""

    def _execute_child(self, args: Any, executable: Any, preexec_fn: Any, close_fds: Any,
                       pass_fds: Any, cwd: Any, env: Any, startupinfo: Any, creationflags: Any,
                       shell: Any, *rest: Any) -> None:  # fmt: skip
        pipes, (_, gid, gids, uid, umask, session, group) = rest[:6], rest[6:]
        is_plain = not (executable or preexec_fn or pass_fds or shell)
        is_ours = is_plain and gid is gids is uid is None and _is_module(args)
        folder = Path.cwd() if cwd is None else Path(cwd)
        environment = dict(os.environ if env is None else env)
        server = None
        forks = sys.platform == "linux" and platform.machine() in CLONES
        if is_ours and folder.is_dir() and forks:
            server = _SERVERS.of(args[2], environment)
        if server is None:
            super()._execute_child(  # type: ignore[misc]
                args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo,
                creationflags, shell, *rest,
            )  # fmt: skip
            return
        request = {
            "arguments": [os.fspath(one) for one in args[3:]],
            "folder": str(folder),
            "environment": environment,
            "session": session,
            "group": group,
            "umask": umask,
        }
        p2cread, _, _, c2pwrite, _, errwrite = pipes
        given = zip((p2cread, c2pwrite, errwrite), (0, 1, 2), strict=True)
        streams = [number if one == -1 else one for one, number in given]
        try:
            self.pid = server.start(request, streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def _is_module(args: Any) -> bool:
    words = list(args[:3]) if isinstance(args, list | tuple) else []
    return words in ([sys.executable, "-m", name] for name in ("kvariant", "pytest"))


def run(
    args: Any,
    *,
    input: Any = None,  # noqa: A002  as there
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """Do as `subprocess.run` does."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
    if capture_output:
        options["stdout"] = options["stderr"] = subprocess.PIPE
    with Popen(args, **options) as process:
        try:
            out, err = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(args, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


AS_SUBPROCESS = types.SimpleNamespace(**{**vars(subprocess), "Popen": Popen, "run": run})
"""What a module may have in place of `subprocess`."""
