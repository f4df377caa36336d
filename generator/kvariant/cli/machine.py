# SPDX-License-Identifier: MIT
"""What the machine lacks, memory, threads or standard streams, in words and not as a traceback."""

from __future__ import annotations

import importlib
import os
import resource
import sys

from kvariant.errors import Diagnostic, MissingError

LEAST = (192 + 32 * (os.cpu_count() or 1)) * 1024 * 1024
"""Bytes of address space; with less, NumPy's library of algebra, which takes a part of it for
each core when it is loaded, ends the process itself."""


def open_streams() -> None:
    """Let standard streams that the shell has closed lead nowhere.

    Else the next file that is opened gets their number, and what is printed goes into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            handle = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def require_memory() -> None:
    """Refuse to begin with too little address space.

    Raises:
        MissingError: it is limited to less than `LEAST` [machine].
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    if limit < LEAST:
        raise missing(
            f"memory is limited to {limit >> 20} MB, and {LEAST >> 20} MB are needed at least",
            "ulimit -v unlimited takes the limit away",
        )
    # Later, behind large stacks, it might find too little and end the process without a word.
    importlib.import_module("numpy")


def lacking(error: BaseException) -> MissingError | None:
    """Return the error for a failure of the machine that is no `OSError`; None: it is none."""
    text = str(error)
    if isinstance(error, MemoryError) or (
        isinstance(error, ImportError | SystemError)
        and any(word in text for word in ("failed to map segment", "annot allocate memory"))
    ):
        return missing("memory is not enough", "close other programs, or try fewer jobs: -j 1")
    if isinstance(error, RuntimeError) and "can't start new thread" in text:
        return missing(
            "no more threads can be started: processes or memory are limited",
            "ulimit -u and ulimit -v say how; fewer jobs need fewer threads: -j 1",
        )
    return None


def is_interrupt(error: BaseException) -> bool:
    """Return whether an error is Ctrl-C as a solver says it: it hears the signal for Python."""
    return type(error).__module__ == "pysolvers" and "keyboard interrupt" in str(error)


def missing(message: str, hint: str) -> MissingError:
    """Return the error for something that the machine lacks."""
    return MissingError(Diagnostic(message=message, code="machine", hint=hint))
