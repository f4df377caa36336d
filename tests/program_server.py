# SPDX-License-Identifier: MIT
"""A process that has loaded kvariant with all its verbs, or pytest too, and forks for each run.

`programs` starts it, sends it what a run is to be like, and is the parent of what runs.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import json
import os
import pkgutil
import platform
import runpy
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MOST = 1 << 20
"""Bytes of a request."""
CLONES = {"x86_64": 56, "aarch64": 220}
"""The number of the system call `clone` [Linux, `syscall_64.tbl` and `asm-generic/unistd.h`]."""
_CLONE_PARENT = 0x8000
_BESIDE = ("pytest_plugin", "cli.mcp_server", "__main__")
"""Modules that are not loaded: of pytest, of an extra, or a program."""


def load() -> None:
    """Import all that a verb may need."""
    import kvariant

    for module in pkgutil.walk_packages(kvariant.__path__, "kvariant."):
        if not module.name.removeprefix("kvariant.").startswith(_BESIDE):
            try:
                __import__(module.name)
            except ImportError:  # of an extra that is not installed
                continue
    # What pytest would say otherwise: it rewrites asserts of what it loads as a plugin.
    kvariant.__doc__ = f"{kvariant.__doc__}\nPYTEST_DONT_REWRITE"


def forked() -> int:
    """Fork as `os.fork` does, but that the parent of the child is ours [clone(2), CLONE_PARENT].

    So its end is told to who asked for it, with its signal and its times, as of any process.
    """
    python, system = ctypes.pythonapi, ctypes.PyDLL(None)
    python.PyOS_BeforeFork()
    child = system.syscall(CLONES[platform.machine()], _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    assert child >= 0, "the system forks"
    return int(child)


def become(request: Mapping[str, Any], streams: Sequence[int], kept: int) -> None:
    """Be a process like one that has just begun to run a module as a program.

    Args:
        request: what it is to be like; see `programs`.
        streams: its standard input, output and errors.
        kept: the number of another file that stays open.
    """
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
    if request["session"]:
        os.setsid()
    if request["group"] >= 0:
        os.setpgid(0, request["group"])
    if request["umask"] >= 0:
        os.umask(request["umask"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _stream(number, getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.orig_argv = [sys.executable, "-m", sys.argv[1], *request["arguments"]]
    sys.argv = ["-m", *request["arguments"]]
    sys.path[0] = str(Path.cwd())


def _stream(number: int, like: io.TextIOWrapper) -> io.TextIOWrapper:
    """Return a standard stream as Python opens it [CPython, `create_stdio`]."""
    is_unbuffered = like.write_through
    binary = open(  # noqa: SIM115  it is there to the end
        number, "rb" if number == 0 else "wb", buffering=0 if is_unbuffered else -1, closefd=False
    )
    return io.TextIOWrapper(
        binary,
        encoding=like.encoding,
        errors=like.errors,
        newline=None if number == 0 else "\n",
        line_buffering=number == 2 or (not is_unbuffered and os.isatty(number)),
        write_through=is_unbuffered,
    )


def served(connection: socket.socket) -> bool:
    """Fork for every request until there are no more; return whether this is a child."""
    while True:
        text, streams, _, _ = socket.recv_fds(connection, MOST, 3)
        if not text:
            return False
        if forked() == 0:
            become(json.loads(text), streams, connection.fileno())
            connection.send(str(os.getpid()).encode())  # from now on signals may come
            connection.close()
            return True
        for stream in streams:
            os.close(stream)


def main() -> None:
    """Run a module as a program, as often as asked for; arguments: module, number of connection."""
    module, number = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for those that run
    connection = socket.socket(fileno=int(number))
    load()
    __import__(module)
    gc.collect()
    gc.freeze()  # what is loaded stays: a child would copy it to look for garbage in it
    if served(connection):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            if isinstance(ended.code, int):
                end(ended.code)
            raise


def end(code: int) -> None:
    """End as Python does, but for taking apart all that was loaded: that takes most of the time.

    Returns where something cannot be printed: Python says that.
    """
    threading._shutdown()  # type: ignore[attr-defined]  waits for threads, as `Py_Finalize` does
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code)


if __name__ == "__main__":
    main()
