# SPDX-License-Identifier: MIT
"""Compile C into a shared library, and call what it exports in bulk.

Helpers travel as functions over 64-bit words, so one small C function
(caller.c) can run any of them over an array of inputs: no Python runs per call.
"""

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path


class CompileError(Exception):
    """The compiler refused; the text is what it said."""


def words(values: Sequence[int]) -> "array[int]":
    """Return 64-bit words as C sees them."""
    return array("Q", values)


@functools.cache
def compiler() -> str:
    """Return the C compiler's path, or "" where there is none."""
    return shutil.which("gcc") or shutil.which("cc") or ""


def compile_library(text: str, folder: Path, *options: str, identity: str = "") -> Path:
    """Return the library made of a C text, from `folder` if it is there already.

    Args:
        text: one translation unit.
        folder: cache of libraries; made if missing.
        options: for the compiler.
        identity: what else the library depends on, such as the headers' content.
            (Where they lie is no part of it: libraries outlive temporary folders.)
    """
    lasting = [option for option in options if not option.startswith("-I")]
    parts = "\0".join((text, identity, *lasting, _compiler_version()))
    library = folder / f"{hashlib.sha256(parts.encode()).hexdigest()[:32]}.so"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(suffix=".so", dir=folder)
        os.close(handle)
        try:
            run_compiler(text, "-shared", "-fPIC", "-o", temporary, *options)
            Path(temporary).replace(library)  # seen whole or not at all
        finally:
            Path(temporary).unlink(missing_ok=True)
    return library


def run_compiler(text: str, *options: str) -> str:
    """Run the compiler on a text and return what it printed.

    Raises:
        CompileError: it failed.
    """
    done = subprocess.run(
        [compiler(), "-x", "c", "-std=gnu11", *options, "-"],
        input=text,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise CompileError(done.stderr)
    return done.stdout


@functools.cache
def _compiler_version() -> str:
    return subprocess.run(
        [compiler(), "--version"], text=True, capture_output=True, check=True
    ).stdout


class Caller:
    """Calls functions of loaded libraries over arrays of inputs."""

    def __init__(self, folder: Path) -> None:
        """Compile the caller into `folder`, or take it from there."""
        text = (Path(__file__).parent / "caller.c").read_text(encoding="utf-8")
        self._call = ctypes.CDLL(str(compile_library(text, folder, "-O2", "-Wall"))).call
        self._call.restype = None
        self._call.argtypes = (
            ctypes.c_void_p,
            ctypes.c_size_t,
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_size_t,
        )

    def outputs(
        self, library: ctypes.CDLL, function: str, arity: int, inputs: "array[int]"
    ) -> "array[int]":
        """Return a function's result for each input.

        Args:
            library: has the function.
            function: takes `arity` words, at most 4, and returns one.
            arity: a function without arguments is called once.
            inputs: the arguments of all calls, one call's after the other's.
        """
        calls = len(inputs) // arity if arity else 1
        results = array("Q", bytes(8 * calls))
        address = ctypes.cast(library[function], ctypes.c_void_p)
        self._call(address, arity, inputs.buffer_info()[0], results.buffer_info()[0], calls)
        return results
